use crate::house::{House, held, settings};
use chat_service::ScriptedModel;
use http_api::ApiSettings;
use serde_json::json;
use std::time::Duration;
use testkit::{Fault, ModelServer, Script};

#[tokio::test]
async fn a_turn_streams_session_deltas_and_done() {
    let house = House::new().await;
    let body = json!({"message": "hi", "stream": true});
    let answer = house.http.request("POST", "/api/v1/daena/chat").json(&body);
    let events = answer.sse().await.collect().await;
    let names: Vec<_> = events.iter().map(|event| event.name()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("session", "done"));
    assert!(names[1..names.len() - 1].iter().all(|name| *name == "delta"), "{names:?}");
    let begun = events[0].json();
    assert_eq!(begun["user_message"]["content"], "hi");
    assert_eq!(begun["reply"]["status"], "pending");
    let text: String = events[1..events.len() - 1]
        .iter()
        .map(|event| event.json()["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events[events.len() - 1].json()["message"]["content"], text);
    house.end().await;
}

#[tokio::test]
async fn a_departments_stream_tells_of_each_note() {
    let house = House::new().await;
    let long = "Please weigh the risks of moving our database to another engine this quarter, and say what you would do.";
    let mut stream =
        house.http.sse("POST", "/api/v1/departments/engineering/chat", json!({"message": long}), &[]).await;
    let events = stream.collect_until("done").await;
    let notes: Vec<_> =
        events.iter().filter(|event| event.name() == "note").map(|event| event.json()).collect();
    assert_eq!(notes.len(), 5);
    assert!(notes.iter().all(|note| note["message_id"].is_string() && note["note"]["agent_id"].is_string()));
    house.end().await;
}

#[tokio::test]
async fn a_deferred_turn_streams_session_and_done_at_once() {
    let model = ScriptedModel::saying("hello");
    model.set_online(false);
    let house = House::with_model(&model).await;
    let stream = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    let events = stream.collect().await;
    assert_eq!(events.iter().map(|event| event.name()).collect::<Vec<_>>(), ["session", "done"]);
    assert_eq!(events[1].json()["message"]["status"], "deferred");
    house.end().await;
}

#[tokio::test]
async fn a_failure_ends_the_stream_with_a_problem_that_carries_the_turn() {
    let server = ModelServer::start(Script::fault(Fault::ErrorLineAfter(2))).await;
    let house = House::with_server(&server).await;
    let stream = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    let events = stream.collect().await;
    let last = events.last().unwrap();
    assert_eq!(last.name(), "error");
    let problem = last.json();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(502), &json!("brain_error")));
    assert_eq!(problem["user_message"]["content"], "hi");
    assert_eq!(problem["reply"]["content"], "Hello from");
    house.end().await;
}

#[tokio::test]
async fn a_refusal_before_the_first_event_is_a_plain_problem() {
    let house = House::new().await;
    let body = json!({"message": "", "stream": true});
    house.http.post("/api/v1/daena/chat", body).await.problem(400, "invalid_request");
    house.end().await;
}

#[tokio::test]
async fn leaving_does_not_stop_the_reply() {
    let server = held(&["Good", " day"], 1).await;
    let house = House::with_server(&server).await;
    let mut stream = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    let reply = stream.next().await.unwrap().json()["reply"]["message_id"].as_str().unwrap().to_owned();
    server.wait_for("the stream to be held", |stats| stats.held == 1).await;
    drop(stream);
    server.release();
    let mut again =
        house.http.sse("GET", &format!("/api/v1/messages/{reply}/stream"), json!(null), &[]).await;
    let done = again.collect_until("done").await;
    assert_eq!(done.last().unwrap().json()["message"]["content"], "Good day");
    assert_eq!(server.stats().streams_cancelled, 0);
    house.end().await;
}

#[tokio::test]
async fn comments_keep_a_quiet_stream_open() {
    let server = held(&["Good", " day"], 0).await;
    let settings = ApiSettings { heartbeat: Duration::from_millis(50), ..settings() };
    let house = House::build(settings, |builder| builder.ollama(&server.url()).unwrap()).await;
    let mut turn = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    assert!(turn.next_comment(Duration::from_secs(5)).await.is_some());
    let mut events = house.http.sse("GET", "/api/v1/events/stream", json!(null), &[]).await;
    assert!(events.next_comment(Duration::from_secs(5)).await.is_some());
    server.release();
    house.end().await;
}

#[tokio::test]
async fn a_slow_model_is_a_timeout() {
    let server = ModelServer::start(Script::fault(Fault::Silent)).await;
    let gateway = chat_service::GatewaySettings {
        first_token_timeout: Duration::from_millis(100),
        ..chat_service::GatewaySettings::default()
    };
    let house =
        House::build(settings(), |builder| builder.gateway(gateway).ollama(&server.url()).unwrap()).await;
    let answer = house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await;
    let problem = answer.problem(504, "brain_timeout");
    assert_eq!(problem["reply"]["error"]["code"], "brain_timeout");
    house.end().await;
}
