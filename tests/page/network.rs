//! A network that goes away, and a server that is too busy.

use serde_json::{Value, json};
use testkit::Script;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{SHOWN, page, shows};
use crate::browser::Browser;
use crate::company::Company;

/// The way between browser and server. Cut, it ends every connection and takes no new one. It ends when dropped.
struct Way {
    base: String,
    open: watch::Sender<bool>,
    _accepting: JoinSet<()>,
}

impl Way {
    async fn to(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let open = watch::Sender::new(true);
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, server, open.subscribe()));
        Self { base, open, _accepting: accepting }
    }
}

async fn accept(listener: TcpListener, server: String, open: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        connections.spawn(pass(near, server.clone(), open.clone()));
    }
}

async fn pass(mut near: TcpStream, server: String, mut open: watch::Receiver<bool>) {
    let copy = async {
        let mut far = TcpStream::connect(server).await.ok()?;
        copy_bidirectional(&mut near, &mut far).await.ok()
    };
    tokio::select! {
        _ = open.wait_for(|open| !open) => {}
        _ = copy => {}
    }
}

#[tokio::test]
async fn a_reply_goes_on_from_where_it_was_when_the_network_comes_back() {
    let Some(browser) = Browser::open().await else { return };
    let words: Vec<String> = (1..=9).map(|number| format!("{number} ")).collect();
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(words) }).await;
    let way = Way::to(company.daena.base()).await;
    browser.go(&format!("{}/#/office?new=1", way.base)).await;
    browser.write("#write", "Count\n").await;
    let shown = |text: &str| format!("{SHOWN}[1] === '{text}'");
    browser.until("the first word", &shown("1")).await;
    company.model.step(2);
    browser.until("three words", &shown("1 2 3")).await;

    way.open.send_replace(false);
    browser.until_text("cannot be reached").await;
    company.model.step(3);
    assert_eq!(browser.until("what was there", &format!("{SHOWN}[1]")).await, "1 2 3");
    way.open.send_replace(true);
    browser.until("what was said meanwhile", &shown("1 2 3 4 5 6")).await;
    browser.until("it is still coming", "document.querySelector('.message[aria-busy=true]')").await;
    company.model.step(1);
    browser.until("what is said now", &shown("1 2 3 4 5 6 7")).await;
    company.model.release();
    browser.until("the whole, once", &shown("1 2 3 4 5 6 7 8 9")).await;
    browser.until("it is whole", "!document.querySelector('.message[aria-busy=true]')").await;
}

/// Until `window.mended`, what the page asks of a path gets no answer, or that the server is too busy; its line stands.
async fn fail(browser: &Browser, path: &str, busy: bool) {
    let script = "
        const [[path, busy]] = arguments;
        const real = window.fetch;
        window.fetch = (url, ...more) => {
            if (window.mended || !url.startsWith(path)) return real(url, ...more);
            return busy ? Promise.resolve(new Response('{\"detail\": \"Much too busy\"}', { status: 503 })) : Promise.reject(new TypeError('no network'));
        };";
    browser.run(script, json!([path, busy])).await;
}

#[tokio::test]
async fn what_could_not_be_read_is_read_when_it_is_tried_again() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    browser.go(&page(&company, "")).await;
    browser.until("the company", "document.querySelectorAll('.comb a').length === 9").await;
    fail(&browser, "/api/v1/councils", true).await;
    browser.go(&page(&company, "councils")).await;
    browser.until_text("Much too busy").await;
    browser.run("window.mended = true", Value::Null).await;
    browser.press_named("Try again").await;
    browser.until("the councils", "document.querySelector('main a.card[href=\"#/councils/tech\"]')").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_not_sent_in_a_silent_break_is_sent_when_the_network_is_back() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Yes."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "One\n").await;
    browser.until("the first answer", &shows(&["One", "Yes."])).await;
    fail(&browser, "/api/v1/daena/chat", false).await;
    browser.write("#write", "Two\n").await;
    browser.until("it waits", "document.querySelector('.message .trouble')").await;
    browser.run("window.mended = true; window.dispatchEvent(new Event('online'))", Value::Null).await;
    browser.until("it is sent, and answered", &shows(&["One", "Yes.", "Two", "Yes."])).await;
}

#[tokio::test]
async fn what_hangs_in_a_silent_break_is_sent_in_order_when_the_network_is_back() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Yes."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "One\n").await;
    browser.until("the first answer", &shows(&["One", "Yes."])).await;
    let hang = "
        const real = window.fetch;
        window.fetch = (url, given) => window.mended || !url.startsWith('/api/v1/daena/chat') ? real(url, given) : new Promise((_, fail) => {
            given.signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')));
        });";
    browser.run(hang, Value::Null).await;
    browser.write("#write", "Two\n").await;
    browser.write("#write", "Three\n").await;
    browser.until("both are on their way", &format!("{SHOWN}.length === 4")).await;
    browser.run("window.mended = true; window.dispatchEvent(new Event('online'))", Value::Null).await;
    browser
        .until("nothing waits", "!Object.keys(localStorage).some((key) => key.startsWith('daena:out:'))")
        .await;
    let said = format!("{SHOWN}.filter((text) => text !== 'Yes.').join() === 'One,Two,Three'");
    browser.until("they are sent in order", &format!("{SHOWN}.length === 6 && {said}")).await;
}
