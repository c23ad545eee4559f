//! The company a database starts with, put in by the server and by `seed-database`.

use std::path::Path;
use std::sync::Arc;

use chat_service::domain::Slug;
use chat_service::{ChatService, ScriptedModel};
use company_service::{AgentEdit, Company};
use serde_json::{Value, json};
use testkit::Http;
use tokio::process::Command;
use tokio::time::timeout;

use crate::api::{PATIENCE, events_after, head, list, number, text, texts};
use crate::company::program;

const DEPARTMENTS: [&str; 8] =
    ["engineering", "product", "sales", "marketing", "finance", "hr", "legal", "customer"];

/// Runs `seed-database`, which stands beside `daena` in the target folder; gives its exit status and what it printed.
async fn seed(database: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_daena")).with_file_name("seed-database");
    assert!(
        binary.is_file(),
        "build it first, as a run of the whole workspace does: cargo build -p seed-database"
    );
    let mut command = Command::new(binary);
    let run = command.arg("--database").arg(database).args(arguments).kill_on_drop(true).output();
    let output = timeout(PATIENCE, run).await.expect("seeding takes no long").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

async fn is_whole(http: &Http) {
    let departments = http.get("/api/v1/departments").await.ok();
    assert_eq!(texts(list(&departments["departments"]), "slug"), DEPARTMENTS);
    for department in list(&departments["departments"]) {
        let slug = text(&department["slug"]);
        let agents = http.get(&format!("/api/v1/departments/{slug}/agents")).await.ok();
        let agents = list(&agents["agents"]);
        assert_eq!((agents.len(), number(&department["agent_count"])), (6, 6), "{slug}");
        assert_eq!(department["spokesperson_id"], agents[0]["slug"], "{slug}");
        assert!(agents.iter().all(|agent| agent["department_id"] == slug));
        assert!(agents.iter().all(|agent| text(&agent["slug"]).starts_with(&format!("{slug}-"))));
    }
    let agents = http.get("/api/v1/agents?limit=200").await.ok();
    assert_eq!(list(&agents["agents"]).len(), 48);
    let categories = http.get("/api/v1/chat-history/categories").await.ok();
    assert_eq!(list(&categories["categories"]).len(), 12);
    let councils = http.get("/api/v1/councils").await.ok();
    assert_eq!(texts(list(&councils["councils"]), "slug"), ["finance", "tech", "strategy", "psychology"]);
    for council in list(&councils["councils"]) {
        let members = http.get(&format!("/api/v1/councils/{}/members", text(&council["slug"]))).await.ok();
        assert_eq!(list(&members["members"]).len(), 5);
    }
}

/// Works on the company in the file while no server has it.
async fn while_stopped<T>(database: &Path, work: impl AsyncFnOnce(&Company) -> T) -> T {
    let model = Arc::new(ScriptedModel::saying(""));
    let chat = ChatService::builder().database(database).model(model).at_rest().start().await.unwrap();
    let done = work(&Company::new(chat.clone())).await;
    chat.shutdown().await;
    done
}

#[tokio::test]
async fn a_first_start_founds_the_company_and_a_second_changes_nothing() {
    let mut daena = program().start().await;
    is_whole(&daena.http()).await;
    let founded = head(&daena.http()).await;
    for (path, name, role) in [
        ("engineering-atlas", "Atlas", "Chief Engineer"),
        ("hr-retention", "Retention", "Retention Specialist"),
        ("customer-retention", "Retention", "Retention Manager"),
        ("legal-ip", "IP", "IP Specialist"),
    ] {
        let agent = daena.http().get(&format!("/api/v1/agents/{path}")).await.ok();
        assert_eq!(
            (&agent["name"], &agent["role"], &agent["status"]),
            (&json!(name), &json!(role), &json!("idle"))
        );
    }
    daena.restart().await;
    is_whole(&daena.http()).await;
    assert_eq!(head(&daena.http()).await, founded);
}

#[tokio::test]
async fn no_seed_leaves_an_empty_database_empty() {
    let mut daena = program().no_seed().start().await;
    let http = daena.http();
    assert_eq!(http.get("/api/v1/departments").await.ok()["departments"], json!([]));
    assert_eq!(http.get("/api/v1/agents").await.ok()["agents"], json!([]));
    assert_eq!(head(&http).await, 0);
    daena.terminate().await;
    let (code, said) = seed(&daena.database(), &[]).await;
    assert_eq!(code, Some(0), "{said}");
    daena.restart().await;
    is_whole(&daena.http()).await;
}

#[tokio::test]
async fn seeding_again_brings_back_what_was_deleted_and_leaves_what_was_renamed() {
    let mut daena = program().start().await;
    daena.terminate().await;
    let database = daena.database();
    let slug = |text: &str| Slug::parse(text).unwrap();
    while_stopped(&database, async |company| {
        company.delete_agent(slug("hr-talent")).await.unwrap();
        let edit = AgentEdit { name: Some("Hercules".into()), ..AgentEdit::default() };
        company.edit_agent(slug("engineering-atlas"), edit).await.unwrap();
    })
    .await;

    daena.restart().await;
    let http = daena.http();
    http.get("/api/v1/agents/hr-talent").await.problem(404, "not_found");
    let hr = http.get("/api/v1/departments/hr").await.ok();
    assert_eq!(hr["agent_count"], 5, "a start heals nothing: what the Founder deleted stays deleted");
    let before = head(&http).await;
    let (code, said) = seed(&database, &[]).await;
    assert_eq!(code, Some(3), "a server has the file: {said}");
    assert!(said.contains("in use"), "{said}");
    daena.terminate().await;

    let (code, said) = seed(&database, &["--check"]).await;
    assert_eq!((code, said.contains("missing agent hr-talent")), (Some(1), true), "{said}");
    let (code, said) = seed(&database, &["--dry-run"]).await;
    assert_eq!((code, said.contains("missing agent hr-talent")), (Some(0), true), "{said}");
    let (code, said) = seed(&database, &[]).await;
    assert_eq!((code, said.contains("made agent hr-talent")), (Some(0), true), "{said}");
    let (code, said) = seed(&database, &[]).await;
    assert_eq!((code, said.contains("0 made")), (Some(0), true), "{said}");
    let (code, said) = seed(&database, &["--check"]).await;
    assert_eq!((code, said.contains("0 missing")), (Some(0), true), "{said}");

    daena.restart().await;
    let http = daena.http();
    is_whole(&http).await;
    let events = events_after(&http, before).await;
    assert_eq!(texts(&events, "event_type"), ["agent.created"]);
    assert_eq!(events[0]["entity_id"], "hr-talent");
    assert_eq!(http.get("/api/v1/agents/engineering-atlas").await.ok()["name"], "Hercules");
    let agents: Value = http.get("/api/v1/departments/hr/agents").await.ok();
    assert_eq!(agents["agents"][1]["slug"], "hr-talent", "it is back in its place");
}
