//! Dialogs and forms: where the keys go, and that nothing typed is lost.

use serde_json::Value;
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

    // One over another takes its place, and the keys go back to where they were before both.
    browser.press(MENU).await;
    browser.until("the menu", "document.querySelector('dialog[open] h2')?.innerText === 'n?gh'").await;
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    browser.until("the palette has the keys", "document.activeElement.matches('dialog.palette input')").await;
    browser.keys("gh").await;
    browser.until("what it finds", "document.querySelector('dialog input').value === 'gh'").await;
    browser.keys(ESCAPE).await;
    browser.until("the keys are back", &on_menu).await;
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

    // One takes the place of another; a press beside it leaves it.
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    browser.until("the palette", "document.activeElement.matches('dialog.palette input')").await;
    browser.keys("x").await;
    browser.until("it is searched", "document.activeElement.value === 'x'").await;
    browser.keys(&format!("{CONTROL}k{NO_MORE}")).await;
    browser
        .until(
            "another palette",
            "document.activeElement.matches('dialog.palette input') && document.activeElement.value === ''",
        )
        .await;
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
