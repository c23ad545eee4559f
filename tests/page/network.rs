//! A network that goes away in the middle of a reply.

use testkit::Script;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::SHOWN;
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
