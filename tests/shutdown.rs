//! Shutting down: who is told, what is kept, how long it takes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Script, Socket, wait_until};

use crate::api::{DAENA, HISTORY, events_after, message, messages, text, told};
use crate::company::{Company, program};

#[tokio::test]
async fn a_shutdown_ends_streams_keeps_replies_and_takes_less_than_ten_seconds() {
    let mut company = Company::open(Script { hold_after: Some(2), ..Script::default() }).await;
    let http = company.http();
    let mut events = http.sse("GET", "/api/v1/events/stream", Value::Null, &[]).await;
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    let body = json!({"message": "Hold it", "stream": true});
    let mut reply = http.request("POST", DAENA).json(&body).sse().await;
    let begun = reply.next().await.unwrap().json();
    company.model.wait_for("the generation", |stats| stats.held == 1).await;
    let mut said = String::new();
    while said != "Hello from" {
        said.push_str(text(&reply.next().await.unwrap().json()["text"]));
    }
    let id = text(&begun["reply"]["message_id"]);
    let asking = {
        let http = http.clone();
        async move { http.request("POST", DAENA).json(&json!({"message": "Me too"})).try_send().await }
    };
    let stopping = async {
        company.model.wait_for("the other generation", |stats| stats.held == 2).await;
        let begun = Instant::now();
        let status = company.daena.terminate().await;
        (status, begun.elapsed())
    };
    let (asked, (status, took)) = tokio::join!(asking, stopping);
    println!("shut down in {took:?}");
    assert_eq!(status.code(), Some(0), "{}", company.daena.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    let answer = asked.expect("who waits is told").problem(503, "busy");
    assert_eq!(
        (&answer["reply"]["status"], &answer["reply"]["content"]),
        (&json!("interrupted"), &json!("Hello from"))
    );
    let error = reply.collect_until("error").await.pop().unwrap().json();
    assert_eq!((&error["code"], &error["reply"]["status"]), (&json!("busy"), &json!("interrupted")));
    while let Some(event) = events.next().await {
        assert_eq!(event.event, None);
    }
    assert_eq!(socket.close_code().await, 4010);

    company.daena.restart().await;
    let http = company.http();
    let kept = message(&http, id).await;
    assert_eq!((&kept["status"], &kept["content"]), (&json!("interrupted"), &json!("Hello from")));
    let events = events_after(&http, 0).await;
    assert_eq!(told(&events, "chat.reply.interrupted", id), 1);
    assert_eq!(messages(&http, text(&begun["session_id"])).await[1], kept);
}

#[tokio::test]
async fn a_signal_right_after_the_ready_line_is_heard() {
    for _ in 0..10 {
        let mut daena = program().no_seed().start().await;
        assert_eq!(daena.terminate().await.code(), Some(0), "{}", daena.log());
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut company = Company::open(Script { hold_after: Some(2), ..Script::default() }).await;
    let http = company.http();
    let asking = http.request("POST", DAENA).json(&json!({"message": "Hold it"})).try_send();
    let stopping = async {
        company.model.wait_for("the generation", |stats| stats.held == 1).await;
        company.daena.send_sigterm();
        wait_until("the shutdown to begin", Duration::from_secs(5), async || {
            company.daena.log().contains("shutting down").then_some(())
        })
        .await;
        company.daena.send_sigterm();
        let begun = Instant::now();
        (company.daena.wait().await, begun.elapsed())
    };
    let (_, (status, took)) = tokio::join!(asking, stopping);
    println!("ended with {status} {took:?} after the second signal");
    // The first signal may have done its work before the second arrived.
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    company.daena.restart().await;
    assert_eq!(company.http().get(HISTORY).await.ok()["total"], 1);
}
