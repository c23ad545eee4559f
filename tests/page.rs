//! The page, in a real browser.

mod brain;
mod dialogs;
mod founder;
mod network;
mod offices;
mod outbox;
mod reach;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, Http, ModelCard, Script};

use crate::api::{DAENA, ENGINEERING, say, text};
use crate::browser::Browser;
use crate::company::{Company, program};

/// The pages, as their addresses have them.
const PAGES: &[&str] = &[
    "",
    "office",
    "departments",
    "departments/engineering",
    "agents",
    "agents/engineering-atlas",
    "councils",
    "councils/tech",
    "tasks",
    "tasks?view=list",
    "activity",
    "brain",
    "connections",
    "approvals",
    "founder",
    "settings",
    "call/daena",
    "call/agents/engineering-atlas",
];

/// The messages that are shown, with their texts.
const SHOWN: &str = "[...document.querySelectorAll('.message .body')].map((body) => body.innerText.trim())";

/// That these texts are shown, in this order, and nothing else.
fn shows(texts: &[&str]) -> String {
    format!("JSON.stringify({SHOWN}) === {}", json!(json!(texts).to_string()))
}

pub(crate) fn page(company: &Company, address: &str) -> String {
    format!("{}/#/{address}", company.daena.base())
}

#[tokio::test]
async fn what_is_written_is_answered_and_seen_in_two_windows_once() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["It ", "is **4**."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "What is 2+2?\n").await;
    let both = shows(&["What is 2+2?", "It is 4."]);
    browser.until("the answer", &both).await;
    browser.until("bold text", "document.querySelector('.message strong + time') && document.querySelector('.body strong')?.innerText === '4'").await;
    let url = browser.url().await;

    let first = browser.second_window().await;
    browser.go(&url).await;
    browser.until("the same in the second window", &both).await;
    browser.write("#write", "And again?\n").await;
    let four = shows(&["What is 2+2?", "It is 4.", "And again?", "It is 4."]);
    browser.until("two turns in the second window", &four).await;
    browser.to_window(first).await;
    browser.until("two turns in the first window", &four).await;
    browser.reload().await;
    browser.until("the same after a reload", &four).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_written_while_the_server_is_dead_is_kept_and_sent() {
    let Some(browser) = Browser::open().await else { return };
    let mut company = Company::open(Script::tokens(["Yes."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "One\n").await;
    browser.until("the first answer", &format!("{SHOWN}.length === 2")).await;
    browser.until("the page is kept", "navigator.serviceWorker.controller !== null").await;

    company.daena.kill().await;
    browser.until_text("cannot be reached").await;
    browser.write("#write", "Two\n").await;
    browser.until("the message in the outbox", &format!("{SHOWN}[2] === 'Two'")).await;
    browser.write("#write", "a draft").await;
    browser.reload().await;
    browser.until("what was seen last", &format!("{SHOWN}[0] === 'One'")).await;
    browser.until("the message is still there", &format!("{SHOWN}.includes('Two')")).await;
    browser.until("the draft", "document.querySelector('#write')?.value === 'a draft'").await;

    let port = company.daena.base().rsplit_once(':').unwrap().1.to_owned();
    let again = company.daena.to_builder().arg("--port").arg(port);
    company.daena = again.start().await;
    let sent = format!("{SHOWN}.length === 4 && {SHOWN}.filter((text) => text === 'Two').length === 1");
    browser.until("the message is sent once, and answered", &sent).await;
    browser.until("nothing waits", "document.querySelector('.message .trouble') === null").await;
}

#[tokio::test]
async fn a_reply_goes_on_while_the_page_is_reloaded() {
    let Some(browser) = Browser::open().await else { return };
    let company =
        Company::open(Script { hold_after: Some(1), ..Script::tokens(["One ", "two ", "three."]) }).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Count\n").await;
    browser.until("the first piece", &format!("{SHOWN}[1] === 'One'")).await;
    browser.reload().await;
    browser.until("what was there", &format!("{SHOWN}.length === 2")).await;
    company.model.release();
    browser.until("the whole", &shows(&["Count", "One two three."])).await;
}

#[tokio::test]
async fn a_reply_is_stopped_and_made_again() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(["One ", "two."]) }).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Count\n").await;
    browser.until("the first piece", &format!("{SHOWN}[1] === 'One'")).await;
    browser.press(".message.assistant .tools button").await;
    browser.until_text("Stopped").await;
    browser.press(".message.assistant .tools button.button:not(.icon)").await;
    company.model.release();
    browser.until("the whole", &shows(&["Count", "One two."])).await;
}

/// Nothing in a message, a title, a name, a note, a task, a debate or a model's name runs, whoever wrote it.
#[tokio::test]
async fn markup_of_others_is_text() {
    let Some(browser) = Browser::open().await else { return };
    let evil = "<img src=x onerror=window.hit=1><script>window.hit=1</script>";
    let answer = format!(
        "{evil} [a](javascript:window.hit=1) ![b](https://example.com/p.png) `{evil}`\n\n<svg onload=window.hit=1>\n\n```html\n{evil}\n```"
    );
    let models =
        [DEFAULT_MODEL, "<img src=x onerror=window.hit=1>"].map(|name| ModelCard::new(name, 4096)).to_vec();
    let company = Company::open(Script { models, ..Script::tokens([answer]) }).await;
    let http = company.http();
    let turn = say(&http, DAENA, evil, None).await;
    let with_notes = say(&http, ENGINEERING, evil, None).await;
    http.patch("/api/v1/agents/engineering-atlas", json!({ "name": "<b onclick=window.hit=1>A</b>" }))
        .await
        .with_status(200);
    http.patch("/api/v1/departments/engineering", json!({ "description": evil })).await.with_status(200);
    let task = json!({ "title": evil, "description": evil, "agent_id": "hr-talent", "start": true });
    let task = http.post("/api/v1/tasks", task).await.with_status(201);
    let debate = json!({ "topic": evil, "rounds": 1 });
    let debate = http.post("/api/v1/councils/tech/debates", debate).await.with_status(202);
    http.put("/api/v1/founder-panel/overrides/daena.instructions", json!({ "value": evil, "reason": evil }))
        .await
        .ok();
    for address in [
        format!("office/{}", text(&turn["session_id"])),
        format!("departments/engineering/{}", text(&with_notes["session_id"])),
        format!("councils/tech/{}", text(&debate["debate_id"])),
        format!("tasks/{}", text(&task["task_id"])),
        "office?q=onerror".to_owned(),
        "tasks".to_owned(),
        "tasks?view=list".to_owned(),
        "departments".to_owned(),
        "brain".to_owned(),
        "founder".to_owned(),
        String::new(),
        "agents".to_owned(),
        "activity".to_owned(),
    ] {
        browser.go(&page(&company, &address)).await;
        browser.until_text("<").await;
        browser.until("the page", "document.querySelector('main h1')").await;
        assert_eq!(browser.run("return [window.hit ?? null, document.querySelectorAll('main img, main script, main a[href^=javascript]').length]", Value::Null).await, json!([null, 0]), "{address}");
    }
}

#[tokio::test]
async fn every_page_is_sound_for_everyone_in_the_light() {
    every_page_is_sound("light").await;
}

#[tokio::test]
async fn every_page_is_sound_for_everyone_in_the_dark() {
    every_page_is_sound("dark").await;
}

/// Each page in a theme and three sizes: no complaint, nothing that axe calls serious, nothing wider than the window. The pictures
/// are in `target/screenshots`, to be looked at.
async fn every_page_is_sound(theme: &str) {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let turn = say(&http, ENGINEERING, "How do we deploy to the moon?", None).await;
    say(&http, DAENA, "A table:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nfn main() {}\n```", None)
        .await;
    let task = http
        .post("/api/v1/tasks", json!({ "title": "Write the report", "agent_id": "hr-talent" }))
        .await
        .with_status(201);
    let addresses = PAGES.iter().map(|address| (*address).to_owned()).chain([
        format!("office/{}", text(&turn["session_id"])),
        format!("tasks/{}", text(&task["task_id"])),
        "nowhere".to_owned(),
    ]);
    browser.go(&page(&company, "")).await;
    browser.until("the company", "document.querySelectorAll('.comb a').length === 9").await;
    let mut wrong = flaws(&browser, &company, theme, addresses).await;
    wrong.extend(browser.complaints().await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with these pages, in a theme and three sizes.
pub(crate) async fn flaws(
    browser: &Browser,
    company: &Company,
    theme: &str,
    addresses: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let pictures = pictures();
    let axe = include_str!("vendor/axe.min.js");
    browser.prefer(theme).await;
    let mut wrong = Vec::new();
    for address in addresses {
        for (width, height) in [(390, 844), (1024, 768), (1600, 1000)] {
            browser.resize(width, height).await;
            browser.go(&page(company, &address)).await;
            browser
                .until(
                    "what is read is there",
                    "document.querySelector('main h1, main h2') && !document.querySelector('main .skeleton')",
                )
                .await;
            let name = if address.is_empty() { "home" } else { &address };
            let name = name.replace(['/', '?', '='], "-");
            std::fs::write(pictures.join(format!("{name}-{width}-{theme}.png")), browser.screenshot().await)
                .unwrap();
            let overflow =
                browser.run("return document.documentElement.scrollWidth - innerWidth", Value::Null).await;
            if overflow.as_i64().unwrap() > 0 {
                wrong.push(format!("{name} at {width}: {overflow} pixels too wide"));
            }
        }
        browser.run("if (!window.axe) (0, eval)(arguments[0])", json!(axe)).await;
        let found = browser.run_async(AXE, Value::Null).await;
        wrong.extend(
            found.as_array().unwrap().iter().map(|found| format!("{address} ({theme}): {}", text(found))),
        );
    }
    wrong
}

/// What axe finds, a line each.
const AXE: &str = "
    const done = arguments[1];
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
        ({ violations }) => done(violations.map((rule) => `${rule.impact} ${rule.id}: ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`)),
        (error) => done([String(error)]),
    );";

fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Everything can be reached with keys alone.
#[tokio::test]
async fn the_palette_goes_everywhere() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::echo()).await;
    browser.go(&page(&company, "")).await;
    browser.until("the company", "document.querySelectorAll('.comb a').length === 9").await;
    browser.write("body", "/").await;
    browser.write("dialog.palette input", "engineering").await;
    browser
        .until(
            "one is found",
            "document.querySelector('dialog [role=option]')?.innerText.includes('Engineering')",
        )
        .await;
    browser.write("dialog.palette input", "\u{e007}").await;
    browser.until("the department's office", "location.hash === '#/departments/engineering'").await;
    browser.until_text("Chief Engineer").await;
}

/// Every call that stands in the page's files is a route of the API, with that method.
#[tokio::test]
async fn every_call_of_the_page_is_a_route() {
    let document = served_document().await;
    let routes: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let path = path.strip_prefix("/api/v1").unwrap_or(path).to_owned();
            methods.as_object().unwrap().keys().map(move |method| (method.clone(), shape(&path)))
        })
        .collect();
    let mut calls = 0;
    for file in
        web_ui::FILES.iter().filter(|file| file.path.ends_with(".js") && !file.path.contains("/vendor/"))
    {
        let source = std::str::from_utf8(file.plain).unwrap();
        for (method, path) in written_calls(source) {
            calls += 1;
            let known = routes.contains(&(method.clone(), shape(&path)));
            assert!(known, "{}: {method} {path} is no route", file.path);
        }
    }
    assert!(calls > 30, "only {calls} calls were found: does the search still fit the sources?");
}

async fn served_document() -> Value {
    let daena = program().no_seed().start().await;
    Http::new(daena.base()).get("/api/openapi.json").await.with_status(200)
}

/// A path with a star for each part that varies.
fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.contains(['{', '$']) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The calls `get("/…")`, `post(`/…`)` and their like in a source.
fn written_calls(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (word, method) in [
        ("get", "get"),
        ("post", "post"),
        ("patch", "patch"),
        ("put", "put"),
        ("remove", "delete"),
        ("save", "get"),
        ("readAll", "get"),
    ] {
        for (at, _) in source.match_indices(&format!("{word}(")) {
            let before = source[..at].chars().next_back();
            let rest = &source[at + word.len() + 1..];
            let Some(quote) = rest.chars().next().filter(|sign| matches!(sign, '"' | '`')) else { continue };
            let Some(end) = rest[1..].find(quote) else { continue };
            let path = &rest[1..=end];
            if before.is_none_or(|sign| !sign.is_alphanumeric() && sign != '.') && path.starts_with('/') {
                found.push((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

/// Each language has every text, with the same places to fill in, and the page asks for no other.
#[test]
fn every_text_is_there_in_each_language() {
    let sources = || {
        let own = |path: &str| path.ends_with(".js") && !path.contains("/vendor/");
        web_ui::FILES
            .iter()
            .filter(move |file| own(file.path))
            .map(|file| (file.path, std::str::from_utf8(file.plain).unwrap()))
    };
    let table = |name: &str| -> BTreeMap<&str, BTreeSet<&str>> {
        let (_, source) = sources().find(|(path, _)| path.ends_with(&format!("/texts/{name}.js"))).unwrap();
        let texts = source.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "));
        texts
            .map(|(key, text)| {
                let places = text.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next());
                (key, places.collect())
            })
            .collect()
    };
    let english = table("en");
    assert!(english.len() > 300, "only {} texts were found", english.len());
    assert_eq!(table("de"), english);
    for (path, source) in sources().filter(|(path, _)| !path.contains("/texts/")) {
        for (at, _) in source.match_indices("t(\"") {
            let called = source[..at]
                .chars()
                .next_back()
                .is_none_or(|sign| !sign.is_alphanumeric() && !"._".contains(sign));
            let Some((name, _)) = source[at + 3..].split_once('"') else { continue };
            assert!(!called || english.contains_key(name), "{path}: no text is called {name}");
        }
    }
}
