//! What is written and not yet acknowledged: in order, once, where it belongs, and never against the writer's will.

use serde_json::{Value, json};
use testkit::{Http, Script};

use super::{SHOWN, page, shows};
use crate::api::{list, text};
use crate::browser::Browser;
use crate::company::{Company, program};

/// What the Founder said in each session, the oldest session first.
async fn said(http: &Http) -> Vec<Vec<String>> {
    let sessions = http.get("/api/v1/chat-history/sessions").await.ok();
    let mut said = Vec::new();
    for session in list(&sessions["sessions"]).iter().rev() {
        let path = format!("/api/v1/daena/chat/{}", text(&session["session_id"]));
        let open = http.get(&path).await.ok();
        let words = list(&open["messages"]).iter().filter(|message| message["role"] == "user");
        said.push(words.map(|message| text(&message["content"]).to_owned()).collect());
    }
    said.sort();
    said
}

/// A page that came over plain HTTP from another host has less of a browser: no `crypto.randomUUID`.
#[tokio::test]
async fn what_is_written_is_sent_over_plain_http() {
    let more = ["--host-resolver-rules=MAP daena.test 127.0.0.1", "--no-proxy-server"].map(str::to_owned);
    let Some(browser) = Browser::open_with(&more).await else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "a-token-of-some-length-0123456789").unwrap();
    let daena = program().arg("--host").arg("0.0.0.0").token_file(&file).start().await;
    let url = format!("{}/#/office?new=1", daena.base().replace("0.0.0.0", "daena.test"));
    browser.go(&url).await;
    let token = json!("a-token-of-some-length-0123456789");
    browser.run("localStorage.setItem('daena:token', JSON.stringify(arguments[0]))", token).await;
    browser.reload().await;
    browser.write("#write", "An important thought\n").await;
    browser
        .until(
            "it is stored",
            &format!("{SHOWN}[0] === 'An important thought' && location.hash !== '#/office?new=1'"),
        )
        .await;
    browser
        .until("nothing waits", "!Object.keys(localStorage).some((key) => key.startsWith('daena:out:'))")
        .await;
    assert_eq!(browser.run("return isSecureContext", Value::Null).await, false);
}

#[tokio::test]
async fn what_waited_is_sent_in_order_and_one_new_chat_stays_one() {
    let Some(browser) = Browser::open().await else { return };
    let mut company = Company::open(Script::tokens(["Yes."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "0\n").await;
    browser.until("the first answer", &shows(&["0", "Yes."])).await;
    browser.until("the page is kept", "navigator.serviceWorker.controller !== null").await;

    company.daena.kill().await;
    browser.until_text("cannot be reached").await;
    let numbers: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    for number in &numbers[1..] {
        browser.write("#write", &format!("{number}\n")).await;
    }
    browser.until("all wait", "document.querySelectorAll('.message .trouble').length === 7").await;
    browser.go(&page(&company, "office?new=1")).await;
    for number in ["one", "two", "three"] {
        browser.write("#write", &format!("{number}\n")).await;
    }
    browser.until("all wait", "document.querySelectorAll('.message .trouble').length === 3").await;
    browser.reload().await;
    browser.write("#write", "a draft").await;

    let port = company.daena.base().rsplit_once(':').unwrap().1.to_owned();
    company.daena = company.daena.to_builder().arg("--port").arg(port).start().await;
    browser.until("its session", "/^#\\/office\\/./.test(location.hash)").await;
    browser.until("all are there", &format!("{SHOWN}.filter((text) => text === 'Yes.').length === 3")).await;
    browser.until("the draft", "document.querySelector('#write')?.value === 'a draft'").await;
    browser
        .until("nothing waits", "!Object.keys(localStorage).some((key) => key.startsWith('daena:out:'))")
        .await;
    let three = ["one", "two", "three"].map(str::to_owned).to_vec();
    assert_eq!(said(&company.http()).await, [numbers, three]);
}

#[tokio::test]
async fn what_was_refused_or_given_up_is_not_sent_by_itself() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Yes."])).await;
    let http = company.http();
    let locked = json!({ "reason": "a trial" });
    http.post("/api/v1/founder-panel/emergency/lockdown", locked).await.with_status(200);
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Refused\n").await;
    browser.until("it is refused", "document.querySelector('.message .trouble')").await;
    http.post("/api/v1/founder-panel/emergency/release", json!({})).await.with_status(200);
    browser.reload().await;
    browser.until("it waits", "document.querySelector('.message .trouble')").await;
    browser.write("#write", "Said\n").await;
    let both = shows(&["Said", "Yes.", "Refused"]);
    browser.until("the other is answered", &both).await;
    assert_eq!(said(&http).await, [["Said"]]);

    let url = browser.url().await;
    let first = browser.second_window().await;
    browser.go(&url).await;
    browser.until("the same in the second window", &both).await;
    browser.press_named("Discard").await;
    browser.until("it is gone", &shows(&["Said", "Yes."])).await;
    browser.to_window(first).await;
    browser.until("it is gone here too", &shows(&["Said", "Yes."])).await;
    assert_eq!(said(&http).await, [["Said"]]);
}

/// Talks with nobody in particular, such as imported ones, go on with Daena.
#[tokio::test]
async fn a_general_talk_goes_on() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Yes."])).await;
    let general = json!({ "scope_type": "general", "title": "Imported" });
    let session = company.http().post("/api/v1/chat-history/sessions", general).await.with_status(201);
    browser.go(&page(&company, &format!("office/{}", text(&session["session_id"])))).await;
    browser.write("#write", "Go on\n").await;
    browser.until("it goes on", &shows(&["Go on", "Yes."])).await;
}

#[tokio::test]
async fn an_answer_made_anew_and_a_message_written_anew_are_no_errors() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(["One ", "two."]) }).await;
    let begun = shows(&["Count", "One"]);
    let whole = shows(&["Count", "One two."]);
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Count\n").await;
    browser.until("the first piece", &begun).await;
    company.model.release();
    browser.until("the whole", &whole).await;
    browser.press_named("Answer anew").await;
    browser.until_text("2 / 2").await;
    browser.until("the whole again", &whole).await;

    company.model.set(Script { hold_after: Some(1), ..Script::tokens(["One ", "two."]) });
    browser.press_in("document.querySelector('.message.user')", "Edit").await;
    browser.fill(".message.user textarea", "Count again").await;
    browser.press(".message.user form .button.first").await;
    // The form is gone while the answer is still coming.
    browser.until("the first piece", &shows(&["Count again", "One"])).await;
    company.model.release();
    browser.until("the whole", &shows(&["Count again", "One two."])).await;
    assert_eq!(browser.run("return document.querySelectorAll('.toast').length", Value::Null).await, 0);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
