//! Talks: their list, a long one, a department's and an agent's.

use serde_json::{Value, json};
use testkit::Script;

use super::{SHOWN, page, shows};
use crate::api::{DAENA, HISTORY, list, say, text};
use crate::browser::Browser;
use crate::company::Company;

/// That the list of sessions shows one of this title.
fn listed(title: &str) -> String {
    format!(
        "[...document.querySelectorAll('aside .session .title')].some((it) => it.innerText === {})",
        json!(title)
    )
}

#[tokio::test]
async fn a_session_is_renamed_pinned_archived_found_and_goes_through_the_trash() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Striped."])).await;
    let http = company.http();
    let turn = say(&http, DAENA, "How do zebras look?", None).await;
    say(&http, DAENA, "And lions?", None).await;
    let id = text(&turn["session_id"]);
    let more = async |choice: &str| {
        browser.press_named("What to do with it").await;
        browser.press_named(choice).await;
    };
    let row = async || http.get(&format!("{HISTORY}/{id}")).await.ok();

    browser.go(&page(&company, &format!("office/{id}"))).await;
    more("Rename").await;
    browser.fill("dialog input[name=title]", "Zebras").await;
    browser.press_named("Rename").await;
    browser.until("the new title", "document.querySelector('.chat h1')?.innerText === 'Zebras'").await;
    browser.until("the new title in the list", &listed("Zebras")).await;

    more("Pin").await;
    browser.until("it stands above", "document.querySelector('aside nav h2')?.innerText === 'Pinned'").await;
    assert_eq!(row().await["pinned"], true);

    more("Archive").await;
    browser.until("it is not in the list", &format!("!{}", listed("Zebras"))).await;
    browser.fill("#shelf", "archived").await;
    browser.until("it is in the archive", &listed("Zebras")).await;
    more("Take out of the archive").await;
    browser.fill("#shelf", "").await;
    browser.until("it is back", &listed("Zebras")).await;

    browser.fill("#category", "agents").await;
    browser.until_text("No talks yet").await;
    browser.fill("#category", "all").await;
    browser.fill("#q", "").await;
    browser.write("#q", "striped\n").await;
    browser.until("two are found", "document.querySelectorAll('aside .session mark').length === 2").await;
    browser.go(&page(&company, &format!("office/{id}"))).await;

    more("Move to the trash").await;
    browser.press_named("Undo").await;
    browser.until("it is back", &listed("Zebras")).await;
    more("Move to the trash").await;
    browser.until("it is gone", &format!("!{}", listed("Zebras"))).await;
    browser.fill("#shelf", "deleted").await;
    browser.until("it is in the trash", &listed("Zebras")).await;
    more("Delete for good").await;
    browser.confirm().await;
    browser.until_text("The trash is empty").await;
    http.get(&format!("{HISTORY}/{id}")).await.with_status(404);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn another_first_question_takes_the_place_of_the_whole_talk() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["Yes."])).await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "One?\n").await;
    browser.until("the first answer", &shows(&["One?", "Yes."])).await;
    browser.write("#write", "Two?\n").await;
    browser.until("the second answer", &shows(&["One?", "Yes.", "Two?", "Yes."])).await;
    let first = "document.querySelector('.message.user')";
    browser.press_in(first, "Edit").await;
    browser.fill(".message.user textarea", "Uno?").await;
    browser.press_in(first, "Send").await;
    browser.until("the new branch alone", &shows(&["Uno?", "Yes."])).await;
    browser.until("there are two", &format!("{first}.innerText.includes('2 / 2')")).await;
    browser.press_in(first, "Branch before").await;
    browser.until("the old branch", &shows(&["One?", "Yes.", "Two?", "Yes."])).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// A talk of 600 messages: few are drawn, all can be reached.
#[tokio::test]
async fn a_long_talk_is_drawn_in_part_and_found_in_whole() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
    let messages: Vec<Value> = (0..600)
        .map(|number| {
            let word = if number == 17 { "a needle" } else { "hay" };
            json!({ "role": if number % 2 == 0 { "user" } else { "assistant" }, "content": format!("Message {number} is {word}."), "id": id(number) })
        })
        .collect();
    let nodes: Value = messages
        .iter()
        .enumerate()
        .map(|(number, message)| {
            let parent = if number == 0 { Value::Null } else { json!(id(number - 1)) };
            let children = if number == 599 { json!([]) } else { json!([id(number + 1)]) };
            let said = json!({
                "id": message["id"], "author": { "role": message["role"] }, "create_time": 1_750_000_000 + number,
                "content": { "content_type": "text", "parts": [message["content"]] },
            });
            (id(number), json!({ "id": id(number), "parent": parent, "children": children, "message": said }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    let file = json!([{ "id": id(9_999), "title": "Long", "create_time": 1_750_000_000, "current_node": id(599), "mapping": nodes }]);
    let made = http.post("/api/v1/chat-history/import", file).await.with_status(200);
    assert_eq!(made["messages"]["imported"], 600, "{made}");
    let session = text(&list(&http.get(HISTORY).await.ok()["sessions"])[0]["session_id"]).to_owned();

    browser.go(&page(&company, &format!("office/{session}"))).await;
    browser.until("its end", &format!("{SHOWN}.at(-1) === 'Message 599 is hay.'")).await;
    browser.press_named("Find in this talk").await;
    browser.write("#find", "NEEDLE").await;
    browser.until("one hit", "document.querySelector('.find [role=status]').innerText === '1 of 1'").await;
    let in_sight = |text: &str| {
        format!(
            "[...document.querySelectorAll('.message')].some((it) => it.innerText.includes({}) && it.getBoundingClientRect().top > 0 && it.getBoundingClientRect().bottom < innerHeight)",
            json!(text)
        )
    };
    browser.until("the hit in sight", &in_sight("Message 17 is")).await;
    let drawn = browser.run("return document.querySelectorAll('.message').length", Value::Null).await;
    assert!(drawn.as_u64().unwrap() < 100, "{drawn} messages are drawn");
    browser.keys("\u{e00c}").await;
    browser.press_named("Latest").await;
    browser.until("its end again", &in_sight("Message 599 is")).await;

    browser.write("#q", "needle\n").await;
    browser.press("aside .session").await;
    browser
        .until("the message that was found", "document.activeElement.innerText.includes('Message 17 is')")
        .await;
    browser.until("in sight", &in_sight("Message 17 is")).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_department_answers_with_the_notes_behind_it_and_an_agent_is_changed_and_paused() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::tokens(["By ", "rocket."])).await;
    let http = company.http();
    browser.go(&page(&company, "departments/engineering")).await;
    browser.write("#write", "How do we get to the moon?\n").await;
    browser.until("the answer", &format!("{SHOWN}.at(-1) === 'By rocket.'")).await;
    browser.until("its address", "/^#\\/departments\\/engineering\\/./.test(location.hash)").await;
    browser.press(".notes summary").await;
    browser.until("five notes", "[...document.querySelectorAll('.notes dd')].filter((it) => it.checkVisibility() && it.innerText === 'By rocket.').length === 5").await;

    browser.go(&page(&company, "agents?department=engineering")).await;
    browser.until("six agents", "document.querySelectorAll('a.card').length === 6").await;
    browser.fill("#q", "atlas").await;
    browser.until("one agent", "document.querySelectorAll('a.card').length === 1").await;
    browser.press("a.card").await;
    browser.press_named("Pause").await;
    browser.until("it is paused", "document.querySelector('aside .tag')?.innerText === 'Paused'").await;
    browser.press_named("Resume").await;
    browser.until("it is not", "document.querySelector('aside .tag')?.innerText === 'Idle'").await;
    browser.press_named("Edit").await;
    browser.fill("dialog input[name=role]", "Captain").await;
    browser.fill("dialog textarea[name=system_prompt]", "Be brief.").await;
    browser.press_named("Save").await;
    browser
        .until("the new role", "document.querySelector('aside .tools').innerText.includes('Captain')")
        .await;
    let agent = http.get("/api/v1/agents/engineering-atlas").await.ok();
    assert_eq!((&agent["role"], &agent["system_prompt"]), (&json!("Captain"), &json!("Be brief.")));
    browser.until("the dialog is gone", "!document.querySelector('dialog[open]')").await;
    browser.press_named("Reset").await;
    browser.confirm().await;
    browser
        .until("the old role", "document.querySelector('aside .tools').innerText.includes('Chief Engineer')")
        .await;
    browser.until_text("1 reply ").await;
    browser.write("#write", "And you?\n").await;
    browser.until_text("2 replies ").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
