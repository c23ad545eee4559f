//! Tasks on the real server, killed in the middle and with the brain away.

use serde_json::{Value, json};
use testkit::{ChatRequest, Http, Script, wait_until};

use crate::api::{PATIENCE, events_after, list, messages, positions, text, texts, until_connected};
use crate::company::Company;

const TASKS: &str = "/api/v1/tasks";

/// Plans three steps, and does them; the one that is named is held after its first word.
fn planner(held: &'static str) -> Script {
    let answer = |request: &ChatRequest| {
        let asked = request.last_user();
        match asked {
            _ if asked.starts_with("You have a task") => "STEP 1: Ask\nSTEP 2: Write\nSTEP 3: Check",
            _ if asked.starts_with("Do step") => "Done that step.",
            _ => "The report.",
        }
    };
    Script::choose(move |request| {
        let words = answer(request).split_inclusive(' ').map(str::to_owned);
        let script = Script::tokens(words);
        let hold = !held.is_empty() && request.last_user().starts_with(held);
        Some(if hold { Script { hold_after: Some(1), ..script } } else { script })
    })
}

async fn begin(http: &Http, title: &str) -> String {
    let body = json!({"title": title, "agent_id": "engineering-atlas", "start": true});
    text(&http.post(TASKS, body).await.with_status(201)["task_id"]).to_owned()
}

async fn until(http: &Http, id: &str, status: &str) -> Value {
    wait_until(&format!("task {id} to be {status}"), PATIENCE, async || {
        Some(http.get(&format!("{TASKS}/{id}")).await.ok()).filter(|task| task["status"] == status)
    })
    .await
}

#[tokio::test]
async fn a_task_goes_on_with_its_step_after_kill_9() {
    let mut company = Company::open(planner("Do step 2")).await;
    let task = begin(&company.http(), "Report").await;
    company.model.wait_for("step 2 to be held", |stats| stats.held == 1).await;
    let before = until(&company.http(), &task, "running").await;
    company.daena.kill().await;
    company.model.set(planner(""));
    company.daena.restart().await;
    let http = company.http();
    let done = until(&http, &task, "completed").await;
    assert_eq!((&done["result"], &done["progress"]), (&json!("The report."), &json!(1.0)));
    assert_eq!(done["session_id"], before["session_id"]);
    let said = messages(&http, text(&done["session_id"])).await;
    let answers: Vec<&str> = texts(&said, "content").into_iter().skip(3).step_by(2).collect();
    assert_eq!(answers, ["Done that step.", "Done that step.", "Done that step.", "The report."]);
    assert!(said.iter().all(|message| message["status"] == "complete"), "{said:#?}");
    let events = events_after(&http, 0).await;
    assert_eq!(positions(&events), (1..=events.len() as i64).collect::<Vec<_>>());
    let told: Vec<&Value> = events.iter().filter(|event| event["entity_id"] == task.as_str()).collect();
    let names: Vec<&str> = told.iter().map(|event| text(&event["event_type"])).collect();
    let progress = "task.progress";
    assert_eq!(
        names,
        ["task.created", "task.updated", progress, progress, progress, progress, progress, "task.completed"],
        "a turn that was finished before the crash is not told again"
    );
}

#[tokio::test]
async fn offline_a_task_waits_and_begins_by_itself_when_the_brain_is_back() {
    let company = Company::open_offline(planner(""), |start| start).await;
    let http = company.http();
    let task = begin(&http, "Report").await;
    let waits = http.get(&format!("{TASKS}/{task}")).await.ok();
    assert_eq!(waits["status"], "pending");
    assert!(text(&waits["error"]).contains("offline"), "{waits}");
    company.model.restart().await;
    until_connected(&http, true).await;
    let done = until(&http, &task, "completed").await;
    assert_eq!((&done["error"], &done["result"]), (&json!(null), &json!("The report.")));
    let agents = http.get("/api/v1/departments/engineering/activity").await.ok();
    let atlas = &list(&agents["agents"])[0];
    assert_eq!((&atlas["metrics"]["tasks_completed"], &atlas["metrics"]["replies"]), (&json!(1), &json!(5)));
}

#[tokio::test]
async fn a_cancelled_task_ends_at_the_model_server_and_stays_cancelled_after_a_restart() {
    let mut company = Company::open(planner("Do step 1")).await;
    let task = begin(&company.http(), "Report").await;
    company.model.wait_for("step 1 to be held", |stats| stats.held == 1).await;
    let http = company.http();
    let cancelled = http.post(&format!("{TASKS}/{task}/cancel"), json!({})).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    company.model.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;
    let said = messages(&http, text(&cancelled["session_id"])).await;
    let last = said.last().unwrap();
    assert_eq!((&last["status"], &last["content"]), (&json!("stopped"), &json!("Done ")));
    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    until_connected(&http, true).await;
    assert_eq!(until(&http, &task, "cancelled").await, cancelled);
}
