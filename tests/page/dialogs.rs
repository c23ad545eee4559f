//! Dialogs and forms: where the keys go, and that nothing typed is lost.

use serde_json::{Value, json};
use testkit::Script;

use super::{SHOWN, page};
use crate::api::{DAENA, say, text};
use crate::browser::Browser;
use crate::company::Company;

const CONTROL: &str = "\u{e009}";
const NO_MORE: &str = "\u{e000}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const MENU: &str = "button[aria-label='What to do with it']";
const NO_DIALOG: &str = "!document.querySelector('dialog[open]')";

#[tokio::test]
async fn a_dialog_that_follows_a_dialog_has_the_keys_and_gives_them_back() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Striped."])).await;
    let turn = say(&company.http(), DAENA, "How do zebras look?", None).await;
    let address = format!("office/{}", text(&turn["session_id"]));
    let on_menu = format!("{NO_DIALOG} && document.activeElement.matches(\"{MENU}\")");
    browser.go(&page(&company, &address)).await;
    browser.until("the talk", &format!("{SHOWN}.length === 2")).await;
    browser
        .run("HTMLAnchorElement.prototype.click = function () { window.saved = this.download; }", Value::Null)
        .await;

    browser.press(MENU).await;
    browser.press_named("Export").await;
    browser.until("what is asked has the keys", "document.activeElement.name === 'format'").await;
    browser.press_named("Export").await;
    browser.until("a file", "/\\.md$/.test(window.saved ?? '')").await;
    browser.until("the keys are back", &on_menu).await;

    // Letters that are shortcuts elsewhere are a title's here.
    browser.press(MENU).await;
    browser.press_named("Rename").await;
    browser.until("the title has the keys", "document.activeElement.name === 'title'").await;
    let name = browser.run("return document.querySelector('dialog').ariaLabel", Value::Null).await;
    assert_eq!(name, "Rename");
    browser.keys(&format!("{CONTROL}a{NO_MORE}n?gh")).await;
    browser.keys(ENTER).await;
    browser.until("the new title", "document.querySelector('.chat h1')?.innerText === 'n?gh'").await;
    browser.until("the keys are back", &on_menu).await;
    assert!(browser.url().await.ends_with(&address), "{}", browser.url().await);
}

#[tokio::test]
async fn a_field_under_a_dialog_takes_keys_when_it_has_closed() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "a").await;
    let in_field = |value: &str| {
        format!(
            "{NO_DIALOG} && document.activeElement.id === 'write' && document.activeElement.value === '{value}'"
        )
    };
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    browser.until("the palette", "document.activeElement.matches('dialog.palette input')").await;
    browser.keys(ESCAPE).await;
    browser.until("the field again", &in_field("a")).await;
    browser.keys("b").await;
    browser.until("it is written", &in_field("ab")).await;

    // Asked for again, it stays as it is; a press beside it leaves it.
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    browser.until("the palette", "document.activeElement.matches('dialog.palette input')").await;
    browser.keys("x").await;
    browser.until("it is searched", "document.activeElement.value === 'x'").await;
    browser.keys(&format!("{CONTROL}k{NO_MORE}y")).await;
    browser.until("it is the same", "document.activeElement.value === 'xy'").await;
    browser.run("document.querySelector('dialog').click()", Value::Null).await;
    browser.until("the field again", &in_field("ab")).await;
    browser.keys("c").await;
    browser.until("it is written", &in_field("abc")).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_while_it_changes_and_fails() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    browser.go(&page(&company, "connections")).await;
    browser.press("main header .button.first").await;
    browser.write("dialog [name=name]", "GitHub").await;
    browser.write("dialog [name=command]", "npx").await;
    browser.fill("dialog select", "http").await;
    browser.until("another field", "document.querySelector('dialog [name=url]')").await;
    let typed = "return ['name', 'url'].map((name) => document.querySelector(`dialog [name=${name}]`).value).join(' ')";
    assert_eq!(browser.run(typed, Value::Null).await, "GitHub ");
    browser.write("dialog [name=url]", "ftp://example.com").await;
    browser.press("dialog .actions .button.first").await;
    browser.until("it is refused", "document.querySelector('dialog [role=alert]')").await;
    assert_eq!(browser.run(typed, Value::Null).await, "GitHub ftp://example.com");
}

#[tokio::test]
async fn what_was_typed_stays_until_it_is_taken() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let closed = json!({ "enabled": true, "reason": "a trial" });
    http.post("/api/v1/system/maintenance", closed).await.with_status(200);
    browser.go(&page(&company, "tasks")).await;
    browser.press("main header .button.first").await;
    browser.write("dialog [name=title]", "My long title").await;
    browser.write("dialog [name=description]", "My long description").await;
    browser.fill("dialog [name=priority]", "urgent").await;
    browser.press("dialog .actions .button.first").await;
    browser.until("it is refused", "document.querySelector('dialog [role=alert]')").await;
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    let typed = "return ['title', 'description', 'priority'].map((name) => document.querySelector(`dialog [name=${name}]`).value).join(', ')";
    let all = "My long title, My long description, urgent";
    assert_eq!(browser.run(typed, Value::Null).await, all);

    http.post("/api/v1/founder-panel/emergency/release", json!({})).await.with_status(200);
    browser.press("dialog .actions .button.first").await;
    browser.until("it is made", &format!("{NO_DIALOG} && document.querySelector('.board a.card')")).await;
}

/// Only what somebody changed is sent, and any text can be an argument.
#[tokio::test]
async fn a_connection_keeps_its_arguments_when_it_is_renamed() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let args = json!(["plain", "", " spaced ", "two\nlines", "\"quoted\"", "back\\slash"]);
    let form = json!({ "name": "Odd", "transport": "stdio", "command": "/bin/false", "args": args });
    let made = http.post("/api/v1/connections", form).await.with_status(201);
    let path = format!("/api/v1/connections/{}", text(&made["connection_id"]));
    browser.go(&page(&company, &format!("connections/{}", text(&made["connection_id"])))).await;
    browser.press_named("Edit").await;
    browser.fill("dialog [name=name]", "Odd one").await;
    browser.press("dialog .actions .button.first").await;
    browser.until("it is renamed", "document.querySelector('main h1')?.innerText === 'Odd one'").await;
    assert_eq!(http.get(&path).await.ok()["args"], args);

    browser.press_named("Edit").await;
    let written = browser.until("its arguments", "document.querySelector('dialog [name=args]')?.value").await;
    browser.fill("dialog [name=args]", &format!("{}\nmore", text(&written))).await;
    browser.press("dialog .actions .button.first").await;
    browser.until("it is changed", NO_DIALOG).await;
    let mut more = args.as_array().unwrap().clone();
    more.push(json!("more"));
    assert_eq!(http.get(&path).await.ok()["args"], json!(more));
}
