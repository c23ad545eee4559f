//! The brain, what it uses up, and what happened.

use serde_json::Value;
use testkit::{DEFAULT_MODEL, ModelCard, PullScript, Script};

use super::page;
use crate::api::{DAENA, number, say};
use crate::browser::Browser;
use crate::company::Company;

#[tokio::test]
async fn a_model_is_tested_chosen_and_pulled_and_usage_is_drawn() {
    let Some(browser) = Browser::open().await else { return };
    let models = ["other:1b", DEFAULT_MODEL].map(|name| ModelCard::new(name, 4096)).to_vec();
    let company = Company::open(Script { models: models.clone(), ..Script::default() }).await;
    let http = company.http();
    say(&http, DAENA, "Hello", None).await;
    browser.go(&page(&company, "brain")).await;
    browser.until("two models", "document.querySelectorAll('td .line').length === 2").await;
    let row = |name: &str| {
        format!("[...document.querySelectorAll('tr')].find((it) => it.innerText.includes('{name}'))")
    };
    browser.press_in(&row("other:1b"), "Test").await;
    browser.until_text("First token").await;
    browser.press_named("Close").await;
    let was = http.get("/api/v1/brain/status").await.ok()["active_model"].clone();
    let next = if was == "other:1b" { DEFAULT_MODEL } else { "other:1b" };
    browser.press_in(&row(next), "Use").await;
    browser.until("it is the active one", &format!("{}?.querySelector('.tag.good')", row(next))).await;
    assert_eq!(http.get("/api/v1/brain/status").await.ok()["active_model"], next);

    company.model.set(Script {
        models,
        hold_after: Some(2),
        pull: PullScript::default(),
        ..Script::default()
    });
    browser.press_named("Pull a model").await;
    browser.fill("dialog input[name=name]", "fresh:3b").await;
    browser.press_named("Pull a model").await;
    browser.until("how far it is", "document.querySelector('progress')?.value > 0").await;
    company.model.release();
    browser.until("it is there", &row("fresh:3b")).await;

    browser.until("the chart", "document.querySelector('.chart canvas')").await;
    let used = http.get("/api/v1/brain/usage?days=30&group_by=day").await.ok();
    browser.press_named("Calls").await;
    browser.press_named("As a table").await;
    let calls = number(&used["totals"]["calls"]);
    browser
        .until(
            "its numbers",
            &format!("document.querySelector('.chart tbody td.number')?.innerText === '{calls}'"),
        )
        .await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_happened_is_drawn_filtered_verified_and_exported() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    let http = company.http();
    browser.go(&page(&company, "activity")).await;
    browser.until("two charts", "document.querySelectorAll('.chart canvas').length === 2").await;
    say(&http, DAENA, "Hello", None).await;
    browser.until("it is seen live", "[...document.querySelectorAll('ol.rows li')].some((it) => it.innerText.includes('chat.message'))").await;
    let counted = http.get("/api/v1/events/stats?hours=48").await.ok();
    let total = number(&counted["total"]);
    let sum = "[...document.querySelectorAll('.chart')][0].querySelectorAll('tbody td.number')";
    browser.until("the hours count all of it", &format!("[...{sum}].reduce((all, it) => all + Number(it.textContent.replace(/\\D/g, '')), 0) === {total}")).await;
    browser.fill("#action", "agent.*").await;
    browser.until("only agents", "(() => { const all = [...document.querySelectorAll('.log tbody td:nth-child(3)')]; return all.length > 0 && all.every((it) => it.innerText.startsWith('agent.')); })()").await;
    browser.fill("#actor", "daena").await;
    browser.until_text("Nothing found").await;
    browser.fill("#actor", "").await;
    browser.fill("#from", "2099-01-01").await;
    browser.until_text("Nothing found").await;
    browser.fill("#from", "").await;
    browser.press_named("Verify the log").await;
    browser.until_text("The log is as it was written").await;
    browser
        .run("HTMLAnchorElement.prototype.click = function () { window.saved = this.download; }", Value::Null)
        .await;
    browser.press_named("Export as CSV").await;
    browser.until("a file", "/\\.csv$/.test(window.saved ?? '')").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
