//! The brain away: everything else works, and what was asked is answered when it returns.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Http, Script, Socket, wait_until};

use crate::api::{
    DAENA, ENGINEERING, HISTORY, HR, PATIENCE, TALENT, brain, events_after, head, list, message, messages,
    new_session, number, say, session, text, texts, told, turn, until_connected, until_replies, until_status,
};
use crate::company::{Company, IMPATIENT, program};

#[tokio::test]
async fn without_a_model_server_everything_but_generation_works() {
    let daena = program().start().await;
    let http = daena.http();
    http.get("/readyz").await.with_status(200);
    http.get("/healthz").await.with_status(200);
    let brain = until_connected(&http, false).await;
    assert_eq!((&brain["provider"], &brain["base_url"]), (&json!("ollama"), &json!("http://127.0.0.1:1")));
    assert!(brain["error"].is_string() && brain["available_models"] == json!([]), "{brain}");
    assert_eq!(list(&http.get("/api/v1/departments").await.ok()["departments"]).len(), 8);

    let mut socket = Socket::connect(daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    for (door, speaker) in [(DAENA, "Daena"), (ENGINEERING, "Atlas"), (TALENT, "Talent")] {
        let answer = say(&http, door, "Are you there?", None).await;
        assert_eq!((&answer["offline"], &answer["reply"]["status"]), (&json!(true), &json!("deferred")));
        assert!(text(&answer["response"]).contains(speaker), "{answer}");
        let id = text(&answer["session_id"]);
        let renamed =
            http.patch(&format!("{HISTORY}/{id}"), json!({"title": "Later", "pinned": true})).await.ok();
        assert_eq!((&renamed["title"], &renamed["message_count"]), (&json!("Later"), &json!(2)));
        socket.until(|frame| frame["event_type"] == "chat.session.updated" && frame["entity_id"] == id).await;
    }
    let status = crate::api::brain(&http).await;
    assert_eq!((&status["deferred_replies"], &status["running_replies"]), (&json!(3), &json!(0)));
    assert_eq!(http.get(HISTORY).await.ok()["total"], 3);
    let probed = http.request("POST", "/api/v1/brain/probe").send().await.with_status(200);
    assert_eq!(probed["connected"], false);
}

/// So that the order in which replies are made is the order in which they end.
const ONE_AT_A_TIME: &str = "[brain]\nconcurrency = 1\n";

/// Says things to everyone while the brain is away, two of them in one session; gives the replies in order.
async fn say_while_away(http: &Http) -> Vec<(String, Value)> {
    let first = new_session(http, "Two questions").await;
    let mut asked = Vec::new();
    for (place, (door, session)) in [
        (DAENA, None),
        (TALENT, None),
        (DAENA, Some(first.as_str())),
        (ENGINEERING, None),
        (DAENA, Some(&first)),
        (HR, None),
    ]
    .into_iter()
    .enumerate()
    {
        let message = format!("Hello number {place}");
        let answer = say(http, door, &message, session).await;
        assert_eq!(answer["offline"], true);
        asked.push((message, answer));
    }
    asked
}

/// Each deferred reply was completed where it stands: once, and in the order of the questions.
async fn were_answered_in_place(company: &Company, asked: &[(String, Value)], since: i64) {
    let http = company.http();
    for (_, answer) in asked {
        until_status(&http, text(&answer["reply"]["message_id"]), "complete").await;
    }
    assert_eq!(brain(&http).await["deferred_replies"], 0);
    let events = events_after(&http, since).await;
    let mut ends = Vec::new();
    for (question, answer) in asked {
        let id = text(&answer["reply"]["message_id"]);
        let reply = message(&http, id).await;
        assert_eq!((&reply["status"], &reply["content"]), (&json!("complete"), &json!(question)));
        assert_eq!(
            (&reply["parent_id"], &reply["created_at"]),
            (&answer["user_message"]["message_id"], &answer["reply"]["created_at"])
        );
        assert_eq!(reply["model"], testkit::DEFAULT_MODEL);
        assert_eq!(told(&events, "chat.message", id), 1, "{question}");
        let told =
            |event: &&Value| event["event_type"] == "chat.message" && event["payload"]["message_id"] == id;
        ends.push(number(&events.iter().find(told).unwrap()["event_id"]));
        let stored = messages(&http, text(&answer["session_id"])).await;
        assert_eq!(
            number(&session(&http, text(&answer["session_id"])).await["message_count"]),
            stored.len() as i64
        );
    }
    assert!(ends.is_sorted(), "oldest first: {ends:?}");
    let chats = company.model.chats();
    let questions: Vec<&str> = chats.iter().map(|chat| chat.messages.last().unwrap().1.as_str()).collect();
    assert_eq!(questions, asked.iter().map(|(question, _)| question.as_str()).collect::<Vec<_>>());
}

#[tokio::test]
async fn deferred_replies_are_completed_in_place_oldest_first_and_once_when_the_brain_returns() {
    let company = Company::open_offline(Script::echo(), |start| start.config(ONE_AT_A_TIME)).await;
    let http = company.http();
    let asked = say_while_away(&http).await;
    assert_eq!(until_replies(&http, 0, asked.len()).await["connected"], false);
    let since = head(&http).await;
    company.model.restart().await;
    were_answered_in_place(&company, &asked, since).await;
}

#[tokio::test]
async fn deferred_replies_are_completed_also_after_a_restart_in_between() {
    let mut company = Company::open_offline(Script::echo(), |start| start.config(ONE_AT_A_TIME)).await;
    let asked = say_while_away(&company.http()).await;
    let since = head(&company.http()).await;
    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    until_connected(&http, false).await;
    until_replies(&http, 0, asked.len()).await;
    company.daena.restart().await;
    company.model.restart().await;
    were_answered_in_place(&company, &asked, since).await;
}

#[tokio::test]
async fn a_deferred_reply_waits_while_its_session_is_in_the_trash() {
    let company = Company::open_offline(Script::echo(), |start| start.config(IMPATIENT)).await;
    let http = company.http();
    let binned = say(&http, DAENA, "Hello binned", None).await;
    let kept = say(&http, DAENA, "Hello kept", None).await;
    let id = text(&binned["session_id"]);
    http.delete(&format!("{HISTORY}/{id}")).await.with_status(204);
    assert_eq!(brain(&http).await["deferred_replies"], 1);
    company.model.restart().await;
    until_status(&http, text(&kept["reply"]["message_id"]), "complete").await;
    assert_eq!(company.model.stats().chats, 1);
    http.post(&format!("{HISTORY}/{id}/restore"), json!({})).await.with_status(200);
    let made = until_status(&http, text(&binned["reply"]["message_id"]), "complete").await;
    assert_eq!(made["content"], "Hello binned");
}

#[tokio::test]
async fn a_brain_that_goes_away_and_comes_back_is_seen_as_events_of_its_replies() {
    let company = Company::open_with(Script::echo(), |start| start.config(IMPATIENT)).await;
    let http = company.http();
    company.model.stop().await;
    // Whether the probe knows yet or the turn finds out: the answer is the same.
    let answer = say(&http, DAENA, "Hello again", None).await;
    assert_eq!(answer["offline"], true);
    assert_eq!(brain(&http).await["connected"], false);
    let id = text(&answer["reply"]["message_id"]);
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    company.model.restart().await;
    let frames = socket.until(|frame| frame["event_type"] == "chat.message").await;
    let about = frames.iter().filter(|frame| frame["payload"]["message_id"] == id);
    let types: Vec<&str> = about.filter_map(|frame| frame["event_type"].as_str()).collect();
    assert_eq!(types, ["chat.reply.started", "chat.message"]);
    assert_eq!(frames.last().unwrap()["payload"]["content"], "Hello again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_turns_that_wait_for_a_model_slow_no_list_page_or_event() {
    const WAITING: usize = 200;
    const AT_MOST: Duration = Duration::from_secs(1);
    let script = Script { hold_after: Some(0), ..Script::default() };
    let mut company = Company::open_with(script, |start| start.config("[brain]\nconcurrency = 4\n")).await;
    let http = company.http();
    let waiting =
        join_all((0..WAITING).map(|place| {
            let (http, door) = (http.clone(), [DAENA, TALENT][place % 2]);
            async move {
                http.request("POST", door).json(&json!({"message": "Wait for it"})).try_send().await.is_ok()
            }
        }));
    let looking = async {
        until_replies(&http, WAITING, 0).await;
        wait_until("all of them to be stored", PATIENCE, async || {
            (http.get(HISTORY).await.ok()["total"] == WAITING).then_some(())
        })
        .await;
        let mut slowest = (Duration::ZERO, "");
        let mut watch = |what: &'static str, begun: Instant| slowest = slowest.max((begun.elapsed(), what));
        let id = new_session(&http, "Meanwhile").await;
        for _ in 0..20 {
            let begun = Instant::now();
            assert_eq!(http.get(HISTORY).await.ok()["total"], WAITING + 1);
            watch("list", begun);
            let begun = Instant::now();
            http.get(&format!("{DAENA}/{id}")).await.ok();
            watch("page", begun);
            let begun = Instant::now();
            http.get("/api/v1/events?since=0").await.ok();
            watch("events", begun);
            let begun = Instant::now();
            let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
            socket.next_of_type("hello").await;
            http.patch(&format!("{HISTORY}/{id}"), json!({"pinned": true})).await.ok();
            http.patch(&format!("{HISTORY}/{id}"), json!({"pinned": false})).await.ok();
            socket.next_of_type("event").await;
            watch("event", begun);
            socket.close().await;
        }
        println!("with {WAITING} turns waiting the slowest of 80 was: {} in {:?}", slowest.1, slowest.0);
        assert!(slowest.0 < AT_MOST, "{slowest:?}");
    };
    let shutting_down = async {
        looking.await;
        company.model.stats()
    };
    tokio::pin!(waiting);
    let stats = tokio::select! {
        stats = shutting_down => stats,
        _ = &mut waiting => panic!("nobody released them"),
    };
    assert_eq!(stats.max_active, 4, "as many at the model server as configured");

    // With all of them still waiting the server shuts down within its time, and cleanly.
    let begun = Instant::now();
    let (status, _) = tokio::join!(company.daena.terminate(), waiting);
    let took = begun.elapsed();
    println!("shut down in {took:?}");
    assert_eq!(status.code(), Some(0), "{}", company.daena.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn lists_and_notices_agree_after_a_reload() {
    let company = Company::open_offline(Script::echo(), |start| start).await;
    let http = company.http();
    let answer = say(&http, HR, "Is anyone there?", None).await;
    let id = text(&answer["session_id"]);
    let opened = http.get(&format!("/api/v1/departments/hr/chat/sessions/{id}")).await.ok();
    assert_eq!(opened["messages"], json!([answer["user_message"], answer["reply"]]));
    let preview = text(&opened["session"]["last_message"]["preview"]);
    assert!(preview.len() > 50 && text(&answer["response"]).starts_with(preview), "{preview}");
    assert_eq!(texts(list(&opened["messages"]), "status"), ["complete", "deferred"]);
    let refused = turn(&http, HR, "  ", Some(id)).await.problem(400, "invalid_request");
    assert_eq!(refused["errors"][0]["pointer"], "/message");
}
