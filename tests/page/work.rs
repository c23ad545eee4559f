//! Councils and tasks.

use testkit::Script;

use super::{SHOWN, page};
use crate::browser::Browser;
use crate::company::Company;

#[tokio::test]
async fn a_council_debates_while_the_founder_speaks_and_its_end_is_shown() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(["We ", "should."]) }).await;
    browser.go(&page(&company, "councils")).await;
    browser.press("a.card[href='#/councils/tech']").await;
    browser.press_named("Begin a debate").await;
    browser.fill("dialog textarea[name=topic]", "Rust or not?").await;
    browser.fill("dialog input[name=rounds]", "1").await;
    browser.press_named("Begin").await;
    browser.until("the room", "/^#\\/councils\\/tech\\/./.test(location.hash)").await;
    browser
        .until(
            "a member speaks, live",
            "document.querySelector('.message[aria-busy=true] .body')?.innerText.trim() === 'We'",
        )
        .await;
    browser.write("#join", "I object").await;
    browser.press_in("document.querySelector('.composer')", "Send").await;
    browser.until("the Founder's word", &format!("{SHOWN}.includes('I object')")).await;
    company.model.release();
    browser
        .until("the end", "document.querySelector('.chat > header .tag')?.innerText === 'Summed up'")
        .await;
    browser.until_text("Recommendation").await;
    browser.until_text("This debate is over.").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_task_is_made_started_cancelled_and_deleted() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["It is **done**."])).await;
    let make = async |title: &str| {
        browser.press_named("New task").await;
        browser.fill("dialog input[name=title]", title).await;
        browser.fill("dialog select[name=agent_id]", "hr-talent").await;
        browser.fill("dialog select[name=start]", "").await;
        browser.press_named("Make the task").await;
        let card =
            format!("[...document.querySelectorAll('.board section')][0].innerText.includes('{title}')");
        browser.until("the card", &card).await;
        browser.press_in("document.querySelector('.board')", &title_of_card(&browser, title).await).await;
    };
    browser.go(&page(&company, "tasks")).await;
    make("Write the report").await;
    browser.press_named("Start").await;
    browser.until("it is done", "document.querySelector('.page > header .tag')?.innerText === 'Done'").await;
    browser.until("its result", "document.querySelector('.card strong')?.innerText === 'done'").await;
    browser.press_named("See the talk").await;
    browser.until("the talk", &format!("{SHOWN}.at(-1) === 'It is done.'")).await;

    company.model.set(Script { hold_after: Some(1), ..Script::default() });
    browser.go(&page(&company, "tasks")).await;
    browser
        .until(
            "it lies with what is done",
            "[...document.querySelectorAll('.board section')][2]?.innerText.includes('Write the report')",
        )
        .await;
    make("Never mind").await;
    browser.press_named("Start").await;
    browser.press_named("Cancel the task").await;
    browser
        .until("it is cancelled", "document.querySelector('.page > header .tag')?.innerText === 'Cancelled'")
        .await;
    browser.press_named("Delete").await;
    browser.confirm().await;
    browser.until("the board", "location.hash === '#/tasks'").await;
    browser.until("one is left", "document.querySelectorAll('.board a.card').length === 1").await;
    company.model.release();
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// The whole text of the card that has this title: what it is called by.
async fn title_of_card(browser: &Browser, title: &str) -> String {
    let text = format!(
        "[...document.querySelectorAll('.board a.card')].find((it) => it.innerText.includes('{title}'))?.innerText.trim()"
    );
    browser.until("the card", &text).await.as_str().unwrap().to_owned()
}
