//! Secrets of connections: sealed, told to their server alone, and their keys.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::{McpServer, Script};

use super::{CONNECTIONS, call, make, program_of, until};
use crate::api::{events_after, text};
use crate::company::{Company, program};

/// What no answer, event, log or file may hold.
const TOKEN: &str = "hunter2-of-the-founder";

/// A connection to a program that gets a token.
fn trusted(server: &McpServer) -> Value {
    let mut body = program_of(server, "Files");
    body["env"] = json!({"TOKEN": TOKEN});
    body
}

fn key_file(company: &Company) -> PathBuf {
    company.daena.database().with_file_name("daena.db.key")
}

fn holds(file: &Path, words: &str) -> bool {
    std::fs::read(file).unwrap().windows(words.len()).any(|part| part == words.as_bytes())
}

async fn run(on: &Path, command: &str) -> (Option<i32>, String) {
    let (ended, stdout, stderr) = program().database(on).command(command).run_to_exit().await;
    (ended.code(), stdout + &stderr)
}

#[tokio::test]
async fn a_secret_is_given_to_its_server_and_told_to_nobody_else() {
    let company = Company::open(Script::echo()).await;
    let (http, server) = (company.http(), McpServer::new("well"));
    let id = make(&http, &trusted(&server)).await;
    until(&http, &id, "connected").await;
    let given = call(&http, &id, "variables", json!({})).await.ok();
    let told = text(&given["content"][0]["text"]);
    assert!(told.contains("***") && !told.contains(TOKEN), "it has it, and what it tells of it is blackened");

    let path = format!("{CONNECTIONS}/{id}");
    let shown = http.get(&path).await.ok();
    assert_eq!(shown["env"], json!(["TOKEN"]));
    let events = events_after(&http, 0).await;
    let audit = http.get("/api/v1/audit/export?format=jsonl").await;
    let export = http.get("/api/v1/chat-history/export").await;
    for (what, said) in [
        ("answers", shown.to_string() + &http.get(CONNECTIONS).await.text),
        ("events", json!(events).to_string()),
        ("the audit trail", audit.text),
        ("an export", export.text),
        ("the log", company.daena.log()),
    ] {
        assert!(!said.contains(TOKEN), "{what}");
    }
    let backup = http.post("/api/v1/system/backup", Value::Null).await.ok();
    let database = company.daena.database();
    let copy = database.with_file_name("backups").join(text(&backup["backup"]["name"]));
    assert!(holds(&copy, "TOKEN") && !holds(&copy, TOKEN), "a backup holds it sealed");
    assert!(!holds(&database, TOKEN) && !holds(&database.with_file_name("daena.db-wal"), TOKEN));
    let key = std::fs::metadata(key_file(&company)).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);

    http.patch(&path, json!({"env": {"TOKEN": TOKEN}})).await.with_status(200);
    until(&http, &id, "connected").await;
    let edited = http.patch(&path, json!({"env": {"TOKEN": null, "OTHER": "x"}})).await.with_status(200);
    assert_eq!((&edited["env"], &edited["status"]), (&json!(["OTHER"]), &json!("connecting")));
    until(&http, &id, "connected").await;
    let given = call(&http, &id, "variables", json!({})).await.ok();
    assert!(!text(&given["content"][0]["text"]).contains("***"));
    let renamed = http.patch(&path, json!({"name": "Papers"})).await.with_status(200);
    assert_eq!(renamed["status"], "connected", "a name is no reason to connect anew");
}

#[tokio::test]
async fn a_database_without_its_key_says_so_and_goes_on_once_it_is_back() {
    let mut company = Company::open(Script::echo()).await;
    let server = McpServer::new("well");
    let id = make(&company.http(), &trusted(&server)).await;
    let bare = make(&company.http(), &program_of(&server, "Bare")).await;
    until(&company.http(), &id, "connected").await;
    let database = company.daena.database();
    assert_eq!(company.daena.terminate().await.code(), Some(0));
    assert_eq!(run(&database, "doctor").await.0, Some(0));
    let (key, aside) = (key_file(&company), database.with_file_name("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let (status, said) = run(&database, "doctor").await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("PROBLEM: 1 sealed with the key"), "{said}");

    company.daena.restart().await;
    let http = company.http();
    let failed = until(&http, &id, "failed").await;
    assert!(text(&failed["error"]).contains("the key it was sealed with"), "{failed}");
    until(&http, &bare, "connected").await;
    assert_eq!(call(&http, &id, "echo", json!({"text": "a"})).await.with_status(409)["code"], "conflict");
    std::fs::rename(&aside, &key).unwrap();
    let tested = http.post(&format!("{CONNECTIONS}/{id}/test"), Value::Null).await.with_status(200);
    assert_eq!(tested["status"], "connected", "{tested}");
}

#[tokio::test]
async fn a_rotation_seals_everything_anew_and_the_old_key_opens_nothing_any_more() {
    let mut company = Company::open(Script::echo()).await;
    let server = McpServer::new("well");
    let id = make(&company.http(), &trusted(&server)).await;
    until(&company.http(), &id, "connected").await;
    let database = company.daena.database();
    let (status, said) = run(&database, "rotate-key").await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("in use by another process"), "{said}");
    company.daena.terminate().await;
    let old = std::fs::read(key_file(&company)).unwrap();
    let (status, said) = run(&database, "rotate-key").await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("1 secrets are sealed with the key"), "{said}");

    company.daena.restart().await;
    until(&company.http(), &id, "connected").await;
    let told = events_after(&company.http(), 0).await;
    assert_eq!(told.iter().filter(|event| event["event_type"] == "system.secrets").count(), 1);
    company.daena.terminate().await;
    let new = std::fs::read(key_file(&company)).unwrap();
    std::fs::write(key_file(&company), &old).unwrap();
    assert_eq!(run(&database, "doctor").await.0, Some(1));
    let (status, said) = run(&database, "rotate-key").await;
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(std::fs::read(key_file(&company)).unwrap(), old, "what fails changes nothing");
    std::fs::write(key_file(&company), new).unwrap();
    company.daena.restart().await;
    until(&company.http(), &id, "connected").await;
}

#[tokio::test]
async fn a_private_address_needs_the_founders_word_and_a_header_is_sealed() {
    let company = Company::open(Script::echo()).await;
    let (http, mut server) = (company.http(), McpServer::http("well"));
    let body = json!({"name": "Web", "transport": "http", "url": server.url("/locked")});
    let id = make(&http, &body).await;
    let path = format!("{CONNECTIONS}/{id}");
    until(&http, &id, "failed").await;
    http.patch(&path, json!({"allow_private": true})).await.with_status(200);
    until(&http, &id, "failed").await;
    let edit = json!({"headers": {"Authorization": "Bearer open-sesame"}});
    let edited = http.patch(&path, edit).await.with_status(200);
    assert_eq!(edited["headers"], json!(["authorization"]));
    until(&http, &id, "connected").await;
    call(&http, &id, "echo", json!({"text": "a"})).await.ok();
    server.kill();
    let tested = http.post(&format!("{path}/test"), Value::Null).await.with_status(200);
    assert_ne!(tested["status"], "connected", "{tested}");
    let off = http.patch(&path, json!({"enabled": false})).await.with_status(200);
    assert_eq!((&off["status"], &off["error"]), (&json!("disabled"), &Value::Null));
    http.post(&format!("{path}/test"), Value::Null).await.with_status(409);
}
