//! The Founder's overrides and emergencies, on the real binary.

use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Script, wait_until};

use crate::api::{
    DAENA, ENGINEERING, HR, PATIENCE, TALENT, brain, events_after, head, list, message, messages, say,
    sessions, text, turn, until_replies, until_status,
};
use crate::company::{Company, IMPATIENT};

const OVERRIDES: &str = "/api/v1/founder-panel/overrides";
const EMERGENCY: &str = "/api/v1/founder-panel/emergency";

fn because(value: &Value) -> Value {
    json!({"value": value, "reason": "the auditors are here"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_all_ends_twenty_generations_at_the_model_server_and_keeps_their_text() {
    const RUNNING: usize = 20;
    let script = Script { hold_after: Some(2), ..Script::default() };
    let company = Company::open_with(script, |start| start).await;
    let http = company.http();
    let asking = join_all((0..RUNNING).map(|place| {
        let http = http.clone();
        async move { turn(&http, DAENA, &format!("Question {place}"), None).await }
    }));
    let stopping = async {
        company.model.wait_for("all to be speaking", |stats| stats.held == RUNNING).await;
        for session in sessions(&http, "").await {
            let heard = async || {
                let reply = messages(&http, text(&session["session_id"])).await.pop()?;
                (reply["content"] == "Hello from").then_some(())
            };
            wait_until("the text so far", PATIENCE, heard).await;
        }
        let since = head(&http).await;
        let begun = Instant::now();
        let stopped = http.request("POST", &format!("{EMERGENCY}/stop-all")).send().await.ok();
        let closed = |stats: &testkit::Stats| stats.streams_cancelled == RUNNING;
        company.model.wait_for("the connections to be closed", closed).await;
        println!("{RUNNING} generations ended in {:?}", begun.elapsed());
        assert_eq!(stopped, json!({"stopped": RUNNING}));
        since
    };
    let (answers, since) = tokio::join!(asking, stopping);
    for answer in answers {
        let answer = answer.ok();
        assert_eq!(
            (&answer["reply"]["status"], &answer["response"]),
            (&json!("stopped"), &json!("Hello from"))
        );
        let id = text(&answer["reply"]["message_id"]);
        assert_eq!(message(&http, id).await, answer["reply"]);
    }
    let events = events_after(&http, since).await;
    let count = |kind: &str| events.iter().filter(|event| event["event_type"] == kind).count();
    assert_eq!((count("chat.reply.stopped"), count("system.emergency")), (RUNNING, 1));
    assert_eq!(events.last().unwrap()["payload"]["stopped"], RUNNING);
    assert_eq!(http.request("POST", &format!("{EMERGENCY}/stop-all")).send().await.ok()["stopped"], 0);
    company.model.set(Script::echo());
    assert_eq!(say(&http, DAENA, "Go on", None).await["response"], "Go on");
}

#[tokio::test]
async fn a_lockdown_survives_a_crash_and_keeps_the_model_server_unasked_until_it_is_released() {
    let mut company = Company::open_with(Script::echo(), |start| start.config(IMPATIENT)).await;
    let http = company.http();
    http.post(&format!("{EMERGENCY}/lockdown"), json!({"reason": "the auditors are here"})).await.ok();
    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    for door in [DAENA, ENGINEERING, TALENT] {
        let refused = turn(&http, door, "Hello", None).await.problem(403, "forbidden");
        assert!(text(&refused["detail"]).contains("the auditors are here"), "{refused}");
    }
    let status = brain(&http).await;
    assert_eq!((&status["enabled"], &status["checked_at"]), (&json!(false), &json!(null)), "never probed");
    assert_eq!(company.model.stats().chats, 0);
    http.request("POST", &format!("{EMERGENCY}/release")).send().await.ok();
    assert_eq!(say(&http, DAENA, "Hello", None).await["response"], "Hello");
}

#[tokio::test]
async fn overrides_survive_a_restart_at_every_door_and_end_when_they_are_undone() {
    let mut company = Company::open_with(Script::echo(), |start| start.config(IMPATIENT)).await;
    let http = company.http();
    for (key, value) in [
        ("brain.enabled", json!(false)),
        ("department.hr.locked", json!(true)),
        ("daena.instructions", json!("Speak of the sea.")),
    ] {
        http.put(&format!("{OVERRIDES}/{key}"), because(&value)).await.ok();
    }
    let before = http.get(OVERRIDES).await.ok()["overrides"].clone();
    company.daena.restart().await;
    let http = company.http();
    assert_eq!(http.get(OVERRIDES).await.ok()["overrides"], before);
    assert_eq!(list(&before).len(), 3);
    turn(&http, HR, "Hello", None).await.problem(403, "forbidden");
    let asked = company.model.stats().requests;
    let waits = say(&http, DAENA, "Where to?", None).await;
    assert_eq!((&waits["offline"], &waits["reply"]["status"]), (&json!(true), &json!("deferred")));
    assert!(text(&waits["response"]).contains("switched off by the Founder (the auditors are here)"));
    until_replies(&http, 0, 1).await;
    assert_eq!(company.model.stats().requests, asked, "no call, no probe");
    http.delete(&format!("{OVERRIDES}/brain.enabled")).await.with_status(204);
    let answered = until_status(&http, text(&waits["reply"]["message_id"]), "complete").await;
    assert_eq!(answered["content"], "Where to?");
    assert!(company.model.chats()[0].messages[0].1.contains("Speak of the sea."));
    http.delete(&format!("{OVERRIDES}/department.hr.locked")).await.with_status(204);
    assert_eq!(say(&http, HR, "Hello", None).await["response"], "Hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_all_leaves_no_task_and_no_debate_that_would_ask_again() {
    let script = Script { hold_after: Some(1), ..Script::default() };
    let company = Company::open_with(script, |start| start).await;
    let http = company.http();
    let task = |title: &str| json!({"title": title, "agent_id": "hr-talent", "start": true});
    let first = http.post("/api/v1/tasks", task("First")).await.with_status(201);
    let second = http.post("/api/v1/tasks", task("Waits for the first")).await.with_status(201);
    let debate =
        http.post("/api/v1/councils/tech/debates", json!({"topic": "Which way?"})).await.with_status(202);
    company.model.wait_for("both to be speaking", |stats| stats.held == 2).await;
    http.request("POST", &format!("{EMERGENCY}/stop-all")).send().await.ok();
    company.model.wait_for("silence", |stats| stats.streams_cancelled == 2).await;
    for id in [&first, &second] {
        let task = http.get(&format!("/api/v1/tasks/{}", text(&id["task_id"]))).await.ok();
        assert_eq!(task["status"], "cancelled", "{task}");
    }
    let debate = http.get(&format!("/api/v1/debates/{}", text(&debate["debate_id"]))).await.ok();
    assert_eq!(debate["status"], "cancelled");
    let counts = http.get("/api/v1/founder-panel/dashboard").await.ok()["counts"].clone();
    assert_eq!(
        (&counts["tasks_by_status"]["cancelled"], &counts["debates_by_status"]["cancelled"]),
        (&json!(2), &json!(1))
    );
    company.model.set(Script::echo());
    say(&http, DAENA, "Still there?", None).await;
    assert_eq!(company.model.chats().len(), 3, "nothing else was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_waits_while_the_founder_holds_it_back_and_goes_on_when_released() {
    let company = Company::open_with(Script::echo(), |start| start).await;
    let http = company.http();
    let put =
        async |key: &str, value: Value| http.put(&format!("{OVERRIDES}/{key}"), because(&value)).await.ok();
    let task = json!({"title": "Later", "agent_id": "hr-talent", "start": true});
    put("agent.hr-talent.locked", json!(true)).await;
    let task = http.post("/api/v1/tasks", task).await.with_status(201);
    let path = format!("/api/v1/tasks/{}", text(&task["task_id"]));
    let held = async || {
        let task = http.get(&path).await.ok();
        task["error"].as_str().is_some_and(|why| why.contains("auditors")).then_some(task)
    };
    assert_eq!(wait_until("the reason", PATIENCE, held).await["status"], "pending");
    put("brain.enabled", json!(false)).await;
    let debate = http.post("/api/v1/councils/tech/debates", json!({"topic": "Wait", "rounds": 1})).await;
    let debate = format!("/api/v1/debates/{}", text(&debate.with_status(202)["debate_id"]));
    let deferred = async || (http.get(&debate).await.ok()["status"] == "deferred").then_some(());
    wait_until("the debate to wait", PATIENCE, deferred).await;
    assert!(company.model.chats().is_empty(), "nobody was asked");
    http.delete(&format!("{OVERRIDES}/brain.enabled")).await.with_status(204);
    http.delete(&format!("{OVERRIDES}/agent.hr-talent.locked")).await.with_status(204);
    let done = async || {
        let (task, debate) = (http.get(&path).await.ok(), http.get(&debate).await.ok());
        (task["status"] == "completed" && debate["status"] == "synthesized").then_some(())
    };
    wait_until("both to be done", PATIENCE, done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instructions_and_the_model_reach_tasks_and_debates_too() {
    let company = Company::open_with(Script::echo(), |start| start).await;
    let http = company.http();
    let said = "Answer in the manner of an auditor.";
    let instructions = format!("{OVERRIDES}/daena.instructions");
    http.put(&instructions, because(&json!(said))).await.ok();
    let task = json!({"title": "Short", "agent_id": "hr-talent", "start": true});
    let task = http.post("/api/v1/tasks", task).await.with_status(201);
    let task = format!("/api/v1/tasks/{}", text(&task["task_id"]));
    let debate = http.post("/api/v1/councils/tech/debates", json!({"topic": "How?", "rounds": 1})).await;
    let debate = format!("/api/v1/debates/{}", text(&debate.with_status(202)["debate_id"]));
    let done = async || {
        let (task, debate) = (http.get(&task).await.ok(), http.get(&debate).await.ok());
        (task["status"] == "completed" && debate["status"] == "synthesized").then_some(())
    };
    wait_until("both to be done", PATIENCE, done).await;
    let asked = company.model.chats();
    assert!(asked.len() > 5, "a task and five members: {}", asked.len());
    for chat in asked {
        let system = text(&chat.body["messages"][0]["content"]);
        assert!(system.contains(said), "{system}");
    }
}
