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
