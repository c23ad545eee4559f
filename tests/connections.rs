//! Connections: servers of tools that come and go, their secrets, and what the Founder says of their tools.

mod secrets;

use std::path::Path;

use serde_json::{Value, json};
use testkit::{Daena, Http, McpServer, Script, wait_until};

use crate::api::{DAENA, PATIENCE, TALENT, events_after, list, number, say, text, texts};
use crate::company::Company;

const CONNECTIONS: &str = "/api/v1/connections";

/// A connection to a program of this character, as it is asked for.
fn program_of(server: &McpServer, name: &str) -> Value {
    let (command, args) = server.command();
    json!({"name": name, "transport": "stdio", "command": command, "args": args})
}

/// Waits until a process has ended.
async fn gone(what: &str, process: &Path) {
    wait_until(&format!("{what} to be gone"), PATIENCE, async || {
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        (status.is_empty() || status.contains("State:\tZ")).then_some(())
    })
    .await;
}

async fn make(http: &Http, body: &Value) -> String {
    let made = http.post(CONNECTIONS, body.clone()).await.with_status(201);
    text(&made["connection_id"]).to_owned()
}

async fn until(http: &Http, id: &str, status: &str) -> Value {
    wait_until(&format!("{id} to be {status}"), PATIENCE, async || {
        Some(http.get(&format!("{CONNECTIONS}/{id}")).await.ok()).filter(|it| it["status"] == status)
    })
    .await
}

async fn call(http: &Http, id: &str, tool: &str, arguments: Value) -> testkit::Response {
    http.post(&format!("{CONNECTIONS}/{id}/tools/{tool}"), json!({"arguments": arguments})).await
}

async fn tool(http: &Http, id: &str, name: &str) -> Value {
    let tools = http.get(&format!("{CONNECTIONS}/{id}/tools")).await.ok();
    list(&tools["tools"]).iter().find(|tool| tool["name"] == name).unwrap().clone()
}

fn marks(tool: &Value) -> [&str; 3] {
    [text(&tool["access"]), text(&tool["access_source"]), text(&tool["approval"])]
}

#[tokio::test]
async fn a_program_is_connected_and_its_tools_are_listed_tried_and_marked() {
    let mut company = Company::open(Script::echo()).await;
    let (http, server) = (company.http(), McpServer::new("well"));
    let id = make(&http, &program_of(&server, "Files")).await;
    let connected = until(&http, &id, "connected").await;
    assert_eq!(connected["server"], json!({"name": "scripted", "version": "1"}));
    let tools = http.get(&format!("{CONNECTIONS}/{id}/tools")).await.ok();
    assert_eq!(connected["tool_count"], list(&tools["tools"]).len());
    assert!(connected["checked_at"].is_string() && connected["latency_ms"].is_number());

    let said = call(&http, &id, "echo", json!({"text": "<b>hi</b>"})).await.ok();
    assert_eq!(said["content"], json!([{"type": "text", "text": "<b>hi</b>"}]));
    assert_eq!((&said["is_error"], &said["cut"]), (&json!(false), &json!(false)));
    assert_eq!(call(&http, &id, "fail", json!({})).await.ok()["is_error"], true);
    let refused = call(&http, &id, "echo", json!({"text": 5})).await.with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/arguments/text");
    call(&http, &id, "nothing", json!({})).await.with_status(404);
    call(&http, &id, "no%2Fthing", json!({})).await.with_status(404);
    assert_eq!(call(&http, &id, "refuse", json!({})).await.with_status(502)["code"], "tool_error");
    let resources = http.get(&format!("{CONNECTIONS}/{id}/resources")).await.ok();
    assert_eq!(resources["resources"][0]["uri"], "file:///a");
    let prompts = http.get(&format!("{CONNECTIONS}/{id}/prompts")).await.ok();
    assert_eq!(prompts["prompts"][0]["arguments"][0]["name"], "whom");

    assert_eq!(marks(&tool(&http, &id, "echo").await), ["read", "server", "never"]);
    assert_eq!(marks(&tool(&http, &id, "fail").await), ["write", "server", "ask"]);
    assert_eq!(marks(&tool(&http, &id, "strange").await), ["destructive", "server", "ask"]);
    let path = format!("{CONNECTIONS}/{id}/tools/strange");
    let marked = http.patch(&path, json!({"access": "read", "approval": "always"})).await.with_status(200);
    assert_eq!(marks(&marked), ["read", "founder", "always"]);
    let marked = http.patch(&path, json!({"approval": "ask"})).await.with_status(200);
    assert_eq!(marks(&marked), ["read", "founder", "ask"]);

    let dashboard = http.get("/api/v1/founder-panel/dashboard").await.ok();
    assert_eq!(dashboard["counts"]["connections_by_status"]["connected"], 1);
    let metrics = http.get("/metrics").await;
    assert!(metrics.text.contains("daena_connections{status=\"connected\"} 1"), "{metrics}");

    company.daena.restart().await;
    let http = company.http();
    until(&http, &id, "connected").await;
    assert_eq!(marks(&tool(&http, &id, "strange").await), ["read", "founder", "ask"]);
    let told: Vec<Value> = events_after(&http, 0).await;
    let statuses: Vec<&str> = told
        .iter()
        .filter(|event| event["event_type"] == "connection.status")
        .map(|event| text(&event["payload"]["status"]))
        .collect();
    assert_eq!(statuses, ["connected", "connecting", "connected"], "only changes are told");
}

#[tokio::test]
async fn dead_and_silent_servers_delay_nobody_and_a_shutdown_ends_every_program() {
    let mut company = Company::open(Script::echo()).await;
    let http = company.http();
    let (well, dead, silent) = (McpServer::new("well"), McpServer::new("dead"), McpServer::new("silent"));
    let id = make(&http, &program_of(&well, "Well")).await;
    let gone = make(&http, &program_of(&dead, "Dead")).await;
    let mute = make(&http, &program_of(&silent, "Silent")).await;
    let none = json!({"name": "None", "transport": "stdio", "command": "/nowhere/at/all"});
    let none = make(&http, &none).await;
    until(&http, &id, "connected").await;
    until(&http, &gone, "failed").await;
    assert!(until(&http, &none, "failed").await["error"].is_string());
    until(&http, &mute, "connecting").await;
    let child = call(&http, &id, "child", json!({})).await.ok();
    let child = text(&child["content"][0]["text"]).to_owned();
    assert!(Path::new("/proc").join(&child).exists());
    assert_eq!(company.daena.terminate().await.code(), Some(0), "{}", company.daena.log());
    wait_until("the program's child to be gone", PATIENCE, async || {
        let state = std::fs::read_to_string(Path::new("/proc").join(&child).join("stat"));
        state.is_err().then_some(())
    })
    .await;
    company.daena.restart().await;
    until(&company.http(), &id, "connected").await;
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_no_program_and_none_of_what_that_started() {
    let mut company = Company::open(Script::echo()).await;
    for character in ["stubborn", "well"] {
        let http = company.http();
        let server = McpServer::new(character);
        let id = make(&http, &program_of(&server, character)).await;
        until(&http, &id, "connected").await;
        let child = call(&http, &id, "child", json!({})).await.ok();
        let child = Path::new("/proc").join(text(&child["content"][0]["text"]));
        let of_server = Path::new("/proc").join(company.daena.pid().unwrap().to_string());
        assert!(child.exists() && of_server.exists());
        company.daena.kill().await;
        gone(&format!("what a {character} program started"), &child).await;
        company.daena.restart().await;
        let http = company.http();
        http.delete(&format!("{CONNECTIONS}/{id}")).await.with_status(204);
    }
}

/// A line of what Linux tells of a process.
fn status(process: &str, line: &str) -> String {
    let status = std::fs::read_to_string(Path::new("/proc").join(process).join("status")).unwrap();
    let mut lines = status.lines().filter_map(|it| it.split_once(":\t"));
    lines.find(|(name, _)| *name == line).unwrap().1.to_owned()
}

#[tokio::test]
async fn a_server_whose_file_is_gone_starts_programs_and_what_minds_them_has_another_name() {
    let built = Path::new(env!("CARGO_BIN_EXE_daena"));
    let folder = tempfile::tempdir_in(built.parent().unwrap()).unwrap();
    let file = folder.path().join("daena");
    std::fs::hard_link(built, &file).unwrap();
    let daena = Daena::builder(file.to_str().unwrap()).start().await;
    folder.close().unwrap();
    let (http, server) = (daena.http(), McpServer::new("well"));
    let id = make(&http, &program_of(&server, "Files")).await;
    until(&http, &id, "connected").await;
    let child = call(&http, &id, "child", json!({})).await.ok();
    let minder = status(&status(text(&child["content"][0]["text"]), "PPid"), "PPid");
    let ours = daena.pid().unwrap().to_string();
    assert_eq!(status(&minder, "PPid"), ours);
    assert_eq!([status(&minder, "Name"), status(&ours, "Name")], ["exe", "daena"]);
}

#[tokio::test]
async fn stopping_everything_ends_a_call_and_a_lockdown_begins_none() {
    let company = Company::open(Script::echo()).await;
    let (http, server) = (company.http(), McpServer::new("well"));
    let id = make(&http, &program_of(&server, "Files")).await;
    until(&http, &id, "connected").await;
    // It never answers; whenever it is under way, the next stop ends it.
    let forgotten = call(&http, &id, "forget", json!({}));
    tokio::pin!(forgotten);
    let called = loop {
        tokio::select! {
            called = &mut forgotten => break called,
            stopped = http.post("/api/v1/founder-panel/emergency/stop-all", Value::Null) => stopped.ok(),
        };
    };
    assert_eq!(called.with_status(409)["code"], "conflict");
    http.post("/api/v1/founder-panel/emergency/lockdown", json!({"reason": "a test"})).await.ok();
    call(&http, &id, "echo", json!({"text": "a"})).await.with_status(403);
    http.get(&format!("{CONNECTIONS}/{id}")).await.ok();
    http.post("/api/v1/founder-panel/emergency/release", Value::Null).await.ok();
    call(&http, &id, "echo", json!({"text": "a"})).await.ok();
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name_and_nothing_is_stored() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let fine = json!({"name": "A", "transport": "stdio", "command": "true", "enabled": false});
    let id = make(&http, &fine).await;
    let with = |change: Value| {
        let mut body = fine.clone();
        body["name"] = json!("B");
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let before = events_after(&http, 0).await.len();
    for (change, status, pointer) in [
        (json!({"name": "  "}), 422, "/name"),
        (json!({"transport": "smtp"}), 400, "/transport"),
        (json!({"command": null}), 400, "/command"),
        (json!({"command": "a\nb"}), 422, "/command"),
        (json!({"args": ["a", "b\u{0}"]}), 422, "/args/1"),
        (json!({"args": [1]}), 400, "/args/0"),
        (json!({"directory": "here"}), 422, "/directory"),
        (json!({"url": "https://host/"}), 422, "/url"),
        (json!({"env": {"A-B": "x"}}), 422, "/env/A-B"),
        (json!({"env": {"A": "x\u{0}"}}), 422, "/env/A"),
        (json!({"env": {"A": 1}}), 400, "/env/A"),
        (json!({"grants": ["daena", "nobody"]}), 422, "/grants/1"),
        (json!({"transport": "http", "command": null}), 400, "/url"),
        (json!({"transport": "http", "command": null, "url": "https://a:b@host/"}), 422, "/url"),
        (
            json!({"transport": "http", "command": null, "url": "https://h/", "headers": {"Host": "x"}}),
            422,
            "/headers/Host",
        ),
    ] {
        let refused = http.post(CONNECTIONS, with(change.clone())).await.with_status(status);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{change}: {refused}");
    }
    http.post(CONNECTIONS, with(json!({"name": "a"}))).await.with_status(409);
    let path = format!("{CONNECTIONS}/{id}");
    let refused = http.patch(&path, json!({"transport": "http"})).await.with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/transport");
    let refused = http.patch(&path, json!({"headers": {"X": "y"}})).await.with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/headers");
    assert_eq!(events_after(&http, 0).await.len(), before);
    for number in 1..64 {
        make(&http, &with(json!({"name": format!("C{number}")}))).await;
    }
    http.post(CONNECTIONS, with(json!({"name": "one more"}))).await.with_status(409);
    let page = http.get(&format!("{CONNECTIONS}?limit=40")).await.ok();
    let rest = http.get(&format!("{CONNECTIONS}?limit=40&cursor={}", text(&page["next_cursor"]))).await.ok();
    assert_eq!((list(&page["connections"]).len(), list(&rest["connections"]).len()), (40, 24));
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_grant_goes_with_whom_it_was_given_to() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let agent = json!({"name": "Temp", "role": "Temp", "type": "support", "department_id": "hr"});
    let agent = http.post("/api/v1/agents", agent).await.with_status(201);
    let slug = text(&agent["slug"]);
    let body = json!({
        "name": "A", "transport": "stdio", "command": "true", "enabled": false,
        "grants": ["daena", "engineering", slug, "engineering"],
    });
    let id = make(&http, &body).await;
    let path = format!("{CONNECTIONS}/{id}");
    assert_eq!(http.get(&path).await.ok()["grants"], json!(["daena", "engineering", slug]));
    http.delete(&format!("/api/v1/agents/{slug}")).await.with_status(204);
    assert_eq!(http.get(&path).await.ok()["grants"], json!(["daena", "engineering"]));
    let told = events_after(&http, 0).await;
    let last = told.iter().rev().find(|event| event["event_type"] == "connection.updated").unwrap();
    assert_eq!(last["payload"]["grants"], json!(["daena", "engineering"]));
    assert!(number(&last["event_id"]) > 0 && !texts(&told, "event_type").contains(&"connection.deleted"));
}

#[tokio::test]
async fn a_grant_lets_those_use_the_tools_whom_it_was_given_to_and_nobody_else() {
    let calls = vec![("my_files__echo".to_owned(), json!({"text": "from the server"}))];
    let company = Company::open(Script { calls, ..Script::tokens(["Done", "."]) }).await;
    let (http, server) = (company.http(), McpServer::new("well"));
    let mut body = program_of(&server, "My files");
    body["grants"] = json!(["hr"]);
    let id = make(&http, &body).await;
    until(&http, &id, "connected").await;
    assert_eq!(say(&http, DAENA, "Use it.", None).await["reply"]["tool_calls"], json!([]));
    let answered = say(&http, TALENT, "Use it.", None).await;
    let used = &answered["reply"]["tool_calls"][0];
    assert_eq!((&used["connection"], &used["tool"]), (&json!("My files"), &json!("echo")));
    assert_eq!((&used["status"], &used["access"]), (&json!("complete"), &json!("read")), "{used}");
    assert!(text(&used["result"]).contains("from the server"), "{used}");
    assert!(text(&answered["reply"]["content"]).contains("Done."));

    http.patch("/api/v1/agents/hr-talent", json!({"department_id": "product"})).await.with_status(200);
    assert_eq!(say(&http, TALENT, "And now?", None).await["reply"]["tool_calls"], json!([]));
    http.post("/api/v1/agents/hr-talent/reset", json!({})).await.with_status(200);
    let back = say(&http, TALENT, "And back again?", None).await;
    assert_eq!(list(&back["reply"]["tool_calls"]).len(), 1, "{back}");
    http.patch(&format!("{CONNECTIONS}/{id}"), json!({"grants": ["daena"]})).await.with_status(200);
    let used = say(&http, DAENA, "Use it.", None).await["reply"]["tool_calls"].clone();
    assert_eq!(list(&used).len(), 1, "{used}");
    http.patch(&format!("{CONNECTIONS}/{id}"), json!({"enabled": false})).await.with_status(200);
    assert_eq!(say(&http, DAENA, "Use it.", None).await["reply"]["tool_calls"], json!([]));
}
