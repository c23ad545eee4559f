//! Keys, screen readers, and that nothing on a page is dead.

use serde_json::{Value, json};
use testkit::Script;

use super::{PAGES, page};
use crate::api::{DAENA, say};
use crate::browser::Browser;
use crate::company::Company;

/// Presses every button and every choice of a page, one after the other, and gives those after which nothing happened: no
/// request, no other address, no dialog, nothing drawn, no file saved.
const PRESS_ALL: &str = "
    const [{ skip, address }, done] = arguments;
    if (!window.counted) {
        window.counted = true;
        const real = window.fetch;
        window.fetch = (...given) => { window.happened += 1; return real(...given); };
        HTMLAnchorElement.prototype.click = function () { window.happened += 1; };
        const keep = Storage.prototype.setItem;
        Storage.prototype.setItem = function (...given) { window.happened += 1; return keep.apply(this, given); };
    }
    window.happened = 0;
    new MutationObserver(() => { window.happened += 1; }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    addEventListener('hashchange', () => { window.happened += 1; });
    const all = () => [...document.querySelectorAll('main button:not(:disabled), main select, main input[type=file], .rail button')].filter((it) => it.checkVisibility());
    const name = (it) => `${it.tagName} ${(it.getAttribute('aria-label') ?? it.id ?? '') || it.innerText.slice(0, 40)}`;
    const frame = () => new Promise((next) => setTimeout(next, 40));
    const until = async (is) => {
        for (let i = 0; i < 100; i += 1) {
            await frame();
            if (is()) return true;
        }
        return false;
    };
    (async () => {
        const dead = [];
        const count = all().length;
        for (let at = 0; at < count; at += 1) {
            // What is still happening comes from the one before.
            await until(() => { const still = window.happened === 0; window.happened = 0; return still; });
            const it = all()[at];
            if (!it || it.type === 'file' || skip.some((part) => name(it).includes(part))) continue;
            // What is chosen among several is there to be seen.
            if (it.getAttribute('aria-pressed') === 'true' && it.parentElement.querySelector('[aria-pressed=false]')) continue;
            const what = name(it);
            window.happened = 0;
            if (it.tagName === 'SELECT') {
                if (it.options.length < 2) continue;
                it.selectedIndex = (it.selectedIndex + 1) % it.options.length;
                it.dispatchEvent(new Event('change', { bubbles: true }));
            } else it.click();
            if (!await until(() => window.happened > 0)) dead.push(what);
            for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
            if (location.hash !== address) location.hash = address;
            await until(() => document.querySelector('main h1, main h2') && !document.querySelector('main .skeleton') && !document.querySelector('dialog[open]'));
        }
        done([count, dead]);
    })().catch((error) => done([0, [String(error)]]));
";

#[tokio::test]
async fn no_button_is_dead() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let turn = say(&http, DAENA, "Hello", None).await;
    let task = http.post("/api/v1/tasks", json!({ "title": "A task" })).await.with_status(201);
    let more = [
        format!("office/{}", turn["session_id"].as_str().unwrap()),
        format!("tasks/{}", task["task_id"].as_str().unwrap()),
    ];
    let mut pressed = 0;
    for address in PAGES.iter().map(|page| (*page).to_owned()).chain(more) {
        browser.go(&page(&company, &address)).await;
        browser
            .until(
                "what is read is there",
                "document.querySelector('main h1, main h2') && !document.querySelector('main .skeleton')",
            )
            .await;
        // The language would change the names; what it does is in another test.
        let given = json!({ "skip": ["English"], "address": format!("#/{address}") });
        let found = browser.run_async(PRESS_ALL, given).await;
        assert_eq!(found[1], json!([]), "dead on #/{address}");
        pressed += found[0].as_u64().unwrap();
    }
    assert!(pressed > 60, "only {pressed} were found");
}

#[tokio::test]
async fn everything_is_done_with_keys_alone_and_told_to_a_screen_reader() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(["It is ", "four."]) }).await;
    browser.go(&page(&company, "")).await;
    browser.until("the company", "document.querySelectorAll('.comb a').length === 9").await;
    const TAB: &str = "\u{e004}";
    const ESCAPE: &str = "\u{e00c}";
    const ENTER: &str = "\u{e007}";
    browser.keys(TAB).await;
    browser.until("the way past the rail", "document.activeElement.className === 'skip'").await;
    browser.keys(ENTER).await;
    browser.until("in the page", "document.activeElement.id === 'main'").await;
    browser.keys(TAB).await;
    browser
        .until("the first thing of the page", "document.activeElement.innerText === 'Talk to Daena'")
        .await;

    browser.keys("?").await;
    browser.until("the sheet of keys", "document.querySelector('dialog[open] table')").await;
    browser.keys(ESCAPE).await;
    browser
        .until(
            "back where it was",
            "!document.querySelector('dialog[open]') && document.activeElement.innerText === 'Talk to Daena'",
        )
        .await;
    browser.keys("gt").await;
    browser.until("the tasks", "location.hash === '#/tasks'").await;
    browser.keys("n").await;
    browser.until("a place to write", "document.activeElement.id === 'write'").await;
    browser.keys("What is 2+2?").await;
    browser.keys(ENTER).await;
    browser.until("it speaks", "document.querySelector('.message[aria-busy=true] .text')").await;
    assert_eq!(
        browser.run("return document.querySelector('p[aria-live=polite]').innerText", Value::Null).await,
        ""
    );
    company.model.release();
    browser
        .until(
            "the whole is told",
            "document.querySelector('p[aria-live=polite]').innerText === 'Daena said: It is four.'",
        )
        .await;
    browser.until("the talk has an address", "/^#\\/office\\/./.test(location.hash)").await;

    // Whatever is reached by Tab has a name, and is reached in the order in which it is read.
    let wrong = "[...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')].filter((it) => it.checkVisibility() && (it.tabIndex > 0 || !(it.getAttribute('aria-label') || it.textContent.trim() || it.labels?.length || it.id === 'main'))).map((it) => it.outerHTML.slice(0, 120))";
    for address in PAGES {
        browser.go(&page(&company, address)).await;
        browser
            .until(
                "what is read is there",
                "document.querySelector('main h1, main h2') && !document.querySelector('main .skeleton')",
            )
            .await;
        assert_eq!(browser.run(&format!("return {wrong}"), Value::Null).await, json!([]), "{address}");
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_address_that_cannot_be_read_harms_nothing() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    for address in ["office/%E0%A4%A", "tasks/%zz", "constructor", "nowhere"] {
        browser.go(&page(&company, address)).await;
        browser
            .until("nowhere", "document.querySelector('main h1')?.innerText === 'There is no such page'")
            .await;
        browser.go(&page(&company, "activity?from=foo")).await;
        browser.until("the page", "document.querySelector('main h1')?.innerText === 'Activity'").await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
