//! The page's connections, approvals and cards of tools, in a real browser.

use serde_json::{Value, json};
use testkit::{Http, McpServer, Script, wait_until};

use crate::api::{PATIENCE, list, text};
use crate::browser::Browser;
use crate::company::Company;
use crate::page::{flaws, page};

/// What would run if a tool's words became markup.
const EVIL: &str = "<img src=x onerror=window.hit=1><script>window.hit=1</script>";

/// Whether anything of a stranger runs or is drawn as markup.
const HARM: &str = "return [window.hit ?? null, document.querySelectorAll('main img[src=x], dialog img[src=x], main script, dialog script').length]";

/// A model that calls the tool whose name ends so, with these arguments, and then says `Done.`
fn calling(tool: &'static str, arguments: Value) -> Script {
    let done = || Script::tokens(["Done."]);
    Script::choose(move |request| {
        let tools = request.body["tools"].as_array()?;
        let named = |it: &Value| {
            it["function"]["name"].as_str().filter(|name| name.ends_with(tool)).map(str::to_owned)
        };
        let name = tools.iter().find_map(named)?;
        Some(Script { calls: vec![(name, arguments.clone())], ..done() })
    })
}

/// A connection to the scripted server that Daena may use, once it stands.
async fn connected(http: &Http, server: &McpServer, name: &str) -> String {
    let (command, args) = server.command();
    let made = http
        .post(
            "/api/v1/connections",
            json!({ "name": name, "transport": "stdio", "command": command, "args": args, "grants": ["daena"] }),
        )
        .await
        .with_status(201);
    let id = text(&made["connection_id"]).to_owned();
    wait_until("the connection", PATIENCE, async || {
        let row = http.get(&format!("/api/v1/connections/{id}")).await.ok();
        (row["status"] == "connected").then_some(())
    })
    .await;
    id
}

/// A connection is made, looked at, tried, granted, switched off and deleted; its secret is never shown.
#[tokio::test]
async fn a_connection_is_made_tried_and_deleted() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(Script::echo()).await;
    let server = McpServer::new("well");
    let (command, args) = server.command();
    browser.go(&page(&company, "connections")).await;
    browser.until_text("No connections yet").await;
    browser.press("main header .button.first").await;
    browser.write("dialog [name=name]", "Scripted").await;
    browser.write("dialog [name=command]", &command).await;
    browser.write("dialog [name=args]", &args.join("\n")).await;
    browser.press("dialog .secrets button").await;
    browser.write("dialog [name=new-name]", "TOKEN").await;
    browser.write("dialog [name=new-value]", "sesame-open").await;
    browser.press("dialog .button.first").await;
    browser
        .until(
            "its page",
            "location.hash.startsWith('#/connections/') && !document.querySelector('dialog[open]')",
        )
        .await;
    browser
        .until(
            "it is connected",
            "document.querySelector('main [role=status] h2')?.innerText === 'Connected'",
        )
        .await;
    browser.until("its tools", "document.querySelectorAll('.tool').length >= 10").await;

    let of = |tool: &str| {
        format!(
            "[...document.querySelectorAll('.tool')].find((it) => it.querySelector('strong').innerText === '{tool}')"
        )
    };
    let press_try = |tool: &str| format!("return {}.querySelector('button').click()", of(tool));
    browser.run(&press_try("echo"), Value::Null).await;
    browser.press("dialog .button.first").await;
    browser.write("dialog textarea[name='field:text']", EVIL).await;
    browser.press("dialog .button.first").await;
    browser
        .until(
            "the answer as text",
            &format!("document.querySelector('dialog .answer pre')?.innerText === {}", json!(EVIL)),
        )
        .await;
    assert_eq!(browser.run(HARM, Value::Null).await, json!([null, 0]));
    browser.press("dialog .actions .button:not(.first)").await;

    // What the tool says it does is the Founder's to correct.
    let choose = format!(
        "const it = {}.querySelector('select'); it.value = 'read'; it.dispatchEvent(new Event('change', {{ bubbles: true }}))",
        of("die")
    );
    browser.run(&choose, Value::Null).await;
    browser.until("the mark", &format!("{}.querySelector('.tag').innerText === 'reads'", of("die"))).await;
    browser.run("const it = document.querySelector('.field.short select'); it.value = 'daena'; it.dispatchEvent(new Event('change', { bubbles: true }))", Value::Null).await;
    browser.until("the grant", "document.querySelector('.chips')?.innerText.includes('Daena')").await;

    let shown =
        browser.run("return document.documentElement.outerHTML.includes('sesame')", Value::Null).await;
    assert_eq!(shown, json!(false), "a secret is on the page");
    browser.press("main header .filters .button:nth-child(2)").await;
    browser.until_text("Switched off").await;
    browser.press("main header .button.danger").await;
    browser.press("dialog .button.danger").await;
    browser.until_text("No connections yet").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// A call that waits stands in both windows, is counted, and is decided in one for both; what it answers is text.
#[tokio::test]
async fn an_approval_is_given_in_one_window_and_seen_in_both() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(calling("fail", json!({ "note": EVIL }))).await;
    let server = McpServer::new("well");
    connected(&company.http(), &server, "Scripted").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Try it\n").await;
    browser
        .until("the card that waits", "document.querySelector('.message .call.waiting[open] .decide')")
        .await;
    browser.until("the badge", "document.querySelector('.badge')?.innerText === '1'").await;
    assert_eq!(browser.run(HARM, Value::Null).await, json!([null, 0]));

    let first = browser.second_window().await;
    browser.go(&page(&company, "approvals")).await;
    browser
        .until("the same among the approvals", "document.querySelector('main .call.waiting .decide')")
        .await;
    browser.press("main .decide .button.first").await;
    browser.until_text("Nothing waits for you").await;
    browser.until("no badge", "!document.querySelector('.badge')").await;
    browser.to_window(first).await;
    browser.until("it was made", "document.querySelector('.message .call.complete')").await;
    browser.until("no badge here either", "!document.querySelector('.badge')").await;
    browser
        .until(
            "the reply went on",
            "document.querySelector('.message.assistant .text')?.innerText.includes('Done.')",
        )
        .await;
    browser.run("document.querySelector('.message .call').open = true", Value::Null).await;
    browser.until_text("no luck").await;
    browser.reload().await;
    browser.until("the same after a reload", "document.querySelector('.message .call.complete')").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// A refusal carries its reason to the model, and the reply goes on.
#[tokio::test]
async fn a_call_is_refused_with_a_reason() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(calling("fail", json!({}))).await;
    let server = McpServer::new("well");
    connected(&company.http(), &server, "Scripted").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Try it\n").await;
    browser.press(".message .call.waiting .decide .button:nth-child(2)").await;
    browser.write("dialog [name=reason]", "Not on a Sunday").await;
    browser.press("dialog .button.first").await;
    browser.until("it was refused", "document.querySelector('.message .call.refused')").await;
    browser.run("document.querySelector('.message .call').open = true", Value::Null).await;
    browser.until_text("Not on a Sunday").await;
    browser
        .until(
            "the reply went on",
            "document.querySelector('.message.assistant .text')?.innerText.includes('Done.')",
        )
        .await;
    let told = company.model.chats();
    let last = &told.last().unwrap().body;
    assert!(last.to_string().contains("Not on a Sunday"), "the model was not told: {last}");
}

/// What a tool answers in a reply is text, whatever it looks like.
#[tokio::test]
async fn what_a_tool_answers_is_text() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(calling("echo", json!({ "text": EVIL }))).await;
    let server = McpServer::new("well");
    connected(&company.http(), &server, "<b onclick=window.hit=1>S</b>").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Echo it\n").await;
    browser.until("it was made", "document.querySelector('.message .call.complete')").await;
    browser.run("document.querySelector('.message .call').open = true", Value::Null).await;
    browser
        .until(
            "the answer as text",
            &format!(
                "document.querySelector('.message .call .block:last-of-type pre')?.innerText.includes({})",
                json!(EVIL)
            ),
        )
        .await;
    assert_eq!(browser.run(HARM, Value::Null).await, json!([null, 0]));
    browser.go(&page(&company, "connections")).await;
    browser.until_text("<b onclick").await;
    assert_eq!(browser.run(HARM, Value::Null).await, json!([null, 0]));
}

/// The pages with something on them: in both themes and three sizes, for everyone.
#[tokio::test]
async fn the_pages_of_tools_are_sound_for_everyone() {
    let Some(browser) = Browser::open().await else { return };
    let company = Company::open(calling("fail", json!({ "path": "/srv/report.txt" }))).await;
    let http = company.http();
    let server = McpServer::new("well");
    let id = connected(&http, &server, "Scripted").await;
    let away = json!({ "name": "Away", "transport": "http", "url": "http://127.0.0.1:1/mcp", "allow_private": true });
    http.post("/api/v1/connections", away).await.with_status(201);
    browser.go(&page(&company, "office?new=1")).await;
    browser.write("#write", "Try it\n").await;
    browser.until("the card that waits", "document.querySelector('.message .call.waiting')").await;
    let waiting = http.get("/api/v1/approvals?status=waiting").await.ok();
    let session = text(&list(&waiting["approvals"])[0]["session_id"]).to_owned();
    let addresses = [
        "connections".to_owned(),
        format!("connections/{id}"),
        "approvals".to_owned(),
        "approvals?view=all".to_owned(),
        format!("office/{session}"),
    ];
    let mut wrong = flaws(&browser, &company, "light", addresses.clone()).await;
    wrong.extend(flaws(&browser, &company, "dark", addresses).await);
    wrong.extend(browser.complaints().await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
