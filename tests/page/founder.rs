//! The Founder panel and the settings.

use serde_json::{Value, json};
use testkit::Script;

use super::page;
use crate::api::list;
use crate::browser::Browser;
use crate::company::{Company, program};

const OVERRIDES: &str = "/api/v1/founder-panel/overrides";

#[tokio::test]
async fn the_founder_overrides_stops_locks_and_backs_up() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    let http = company.http();
    browser.go(&page(&company, "founder")).await;
    let kind =
        "[...document.querySelectorAll('li.line')].find((it) => it.innerText.startsWith('daena.paused'))";
    browser.until("what can be set", kind).await;
    browser.press_in(kind, "Set").await;
    browser.fill("dialog [name=reason]", "A quiet day").await;
    browser.fill("dialog [name=expires_at]", "2099-01-31T12:00").await;
    browser.press_named("Set").await;
    browser.until("it is set", "document.querySelector('tbody tr')?.innerText.includes('A quiet day')").await;
    browser.until("its end", "document.querySelector('tbody tr').innerText.includes('2099')").await;
    let given = http.get(OVERRIDES).await.ok();
    let row = &list(&given["overrides"])[0];
    assert_eq!(
        (&row["key"], &row["value"], &row["reason"]),
        (&json!("daena.paused"), &json!(true), &json!("A quiet day"))
    );
    assert!(row["expires_at"].is_string());
    browser.press_in("document.querySelector('tbody')", "Undo").await;
    browser.until_text("None is set.").await;

    browser.press_named("Stop everything").await;
    browser.confirm().await;
    browser.until("nothing is stopped without the word", "document.querySelector('dialog[open]')").await;
    browser.fill("dialog input[name=word]", "stop").await;
    browser.confirm().await;
    browser.until_text("0 stopped").await;

    browser.press_named("Lock down").await;
    browser.fill("dialog [name=reason]", "Fire").await;
    browser.press_named("Lock down").await;
    browser.until_text("nothing is generated, nothing is changed").await;
    http.post("/api/v1/tasks", json!({ "title": "No" })).await.with_status(403);
    browser.press_named("Release").await;
    browser.until("nothing is locked", "!document.querySelector('main .failed')").await;

    browser.press_named("Take a backup").await;
    browser
        .until(
            "the backup",
            "[...document.querySelectorAll('td.mono')].some((it) => it.innerText.endsWith('.db'))",
        )
        .await;
    assert_eq!(unmeant(browser.complaints().await), Vec::<String>::new());
}

/// A browser complains of every answer that is an error, also where a token is wanted.
fn unmeant(complaints: Vec<String>) -> Vec<String> {
    let meant = ["401 (Unauthorized)", "HTTP Authentication failed"];
    complaints.into_iter().filter(|line| !meant.iter().any(|word| line.contains(word))).collect()
}

#[tokio::test]
async fn theme_language_and_token_are_kept_by_the_browser() {
    let Some(browser) = Browser::open().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let secret = "a-token-that-is-long-enough-0123456789";
    std::fs::write(&file, secret).unwrap();
    let daena = program().token_file(&file).start().await;
    browser.go(&format!("{}/#/settings", daena.base())).await;
    browser.write("#token", secret).await;
    browser.press_named("Use it").await;
    browser.until("the server's settings", "document.querySelectorAll('li.line .mono').length > 1").await;

    browser.press_named("Keys").await;
    browser.until_text("New line").await;
    browser.press_named("Close").await;
    browser.fill("label.field:nth-child(1) select", "dark").await;
    browser.fill("label.field:nth-child(2) select", "de").await;
    browser.until_text("Einstellungen").await;
    browser.reload().await;
    browser.until("both are kept", "document.documentElement.dataset.theme === 'dark' && document.documentElement.lang === 'de' && document.querySelector('h1')?.innerText === 'Einstellungen'").await;
    let paper =
        browser.run("return getComputedStyle(document.documentElement).backgroundColor", Value::Null).await;
    assert_eq!(paper, "rgb(21, 22, 26)");

    let row =
        "[...document.querySelectorAll('li.line')].find((it) => it.innerText.startsWith('brain.routing'))";
    browser.until("a setting", row).await;
    browser.press_in(row, "Bearbeiten").await;
    browser.fill("dialog [name=value]", "\"hybrid\"").await;
    browser.press_named("Speichern").await;
    browser.until("it is changed", &format!("{row}?.innerText.includes('hybrid')")).await;
    browser.press_named("Token vergessen").await;
    browser.until("the token is wanted again", "document.querySelector('#token')").await;
    assert_eq!(unmeant(browser.complaints().await), Vec::<String>::new());
}
