use serde_json::json;
use testkit::{DEFAULT_MODEL, Http, ModelServer, Script};

use crate::asking::{chat, openai_stream};

#[tokio::test]
async fn a_stream_goes_from_the_role_to_done() {
    let server = ModelServer::start(Script::tokens(["Good", " day"])).await;
    let events = openai_stream(&server).await.collect().await;
    assert_eq!(events.len(), 6);
    assert_eq!(events[0].json()["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(events[1].json()["choices"][0]["delta"]["content"], "Good");
    assert_eq!(events[2].json()["choices"][0]["delta"]["content"], " day");
    assert_eq!(events[3].json()["choices"][0]["finish_reason"], "stop");
    assert_eq!(events[4].json()["choices"], json!([]));
    assert_eq!(events[4].json()["usage"]["completion_tokens"], 2);
    assert_eq!(events[5].data, "[DONE]");
}

#[tokio::test]
async fn no_usage_is_sent_unless_asked_for() {
    let server = ModelServer::start(Script::default()).await;
    let http = Http::new(server.url());
    let events = http.sse("POST", "/v1/chat/completions", chat(true), &[]).await.collect().await;
    assert!(events.iter().all(|event| !event.data.contains("usage")));
}

#[tokio::test]
async fn an_answer_in_one_piece_is_the_default() {
    let server =
        ModelServer::start(Script::by(|request| vec![request.system(), request.model.clone()])).await;
    let mut body = chat(false);
    body.as_object_mut().unwrap().remove("stream");
    let answer = Http::new(server.url()).post("/v1/chat/completions", body).await.ok();
    assert_eq!(answer["choices"][0]["message"]["content"], format!("Be brief.{DEFAULT_MODEL}"));
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["usage"]["total_tokens"], 6);
}

#[tokio::test]
async fn models_are_listed_and_unknown_ones_refused() {
    let server = ModelServer::start(Script::default()).await;
    let http = Http::new(server.openai_url());
    assert_eq!(http.get("/models").await.ok()["data"][0]["id"], DEFAULT_MODEL);
    let refused =
        http.post("/chat/completions", json!({"model": "x", "messages": []})).await.with_status(404);
    assert_eq!(refused["error"]["code"], "model_not_found");
}

#[tokio::test]
async fn split_events_are_whole_again_at_the_reader() {
    let server = ModelServer::start(Script { split: Some(1), ..Script::tokens(["漢", "字"]) }).await;
    let events = openai_stream(&server).await.collect().await;
    assert_eq!(events[1].json()["choices"][0]["delta"]["content"], "漢");
    assert_eq!(events.last().unwrap().data, "[DONE]");
}
