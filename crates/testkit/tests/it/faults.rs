use serde_json::{Value, json};
use testkit::{Fault, Http, ModelServer, Script};

use crate::asking::{chat, chunks, lines, ollama_stream, openai_stream};

#[tokio::test]
async fn a_status_has_the_wires_error_body() {
    let server = ModelServer::start(Script::fault(Fault::Status(503))).await;
    let http = Http::new(server.url());
    let ollama = http.post("/api/chat", chat(true)).await.with_status(503);
    assert_eq!(ollama, json!({"error": "scripted failure"}));
    let openai = http.post("/v1/chat/completions", chat(true)).await.with_status(503);
    assert_eq!(openai["error"]["type"], "server_error");
    http.get("/api/tags").await.ok();
    server.set(Script { fault_everywhere: true, ..Script::fault(Fault::Status(503)) });
    http.get("/api/tags").await.with_status(503);
}

#[tokio::test]
async fn a_page_looks_like_success() {
    let server = ModelServer::start(Script::fault(Fault::Html)).await;
    let answer = Http::new(server.url()).post("/api/chat", chat(true)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
}

#[tokio::test]
async fn a_drop_gives_no_answer() {
    let server = ModelServer::start(Script::fault(Fault::Drop)).await;
    ollama_stream(&server).await.unwrap_err();
}

#[tokio::test]
async fn a_cut_stream_breaks_after_its_tokens() {
    let server = ModelServer::start(Script::fault(Fault::DropAfter(2))).await;
    let mut answer = ollama_stream(&server).await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    assert!(answer.chunk().await.unwrap().is_some());
    answer.chunk().await.unwrap_err();
    assert_eq!(server.stats().streams_finished, 1);
}

#[tokio::test]
async fn an_error_record_ends_the_stream() {
    let server = ModelServer::start(Script::fault(Fault::ErrorLineAfter(1))).await;
    let lines = lines(&chunks(ollama_stream(&server).await.unwrap()).await.unwrap());
    assert_eq!(lines.len(), 2);
    assert!(lines[1]["error"].is_string());
    let events = openai_stream(&server).await.collect().await;
    assert!(events[2].json()["error"]["message"].is_string());
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn a_stream_without_its_final_record_ends_cleanly() {
    let server = ModelServer::start(Script::fault(Fault::NoFinalRecord)).await;
    let lines = lines(&chunks(ollama_stream(&server).await.unwrap()).await.unwrap());
    assert!(lines.len() == 4 && lines.iter().all(|line| line["done"] == false));
    let events = openai_stream(&server).await.collect().await;
    assert!(events.iter().all(|event| event.json()["choices"][0]["finish_reason"].is_null()));
}

#[tokio::test]
async fn garbage_follows_the_first_token() {
    let server = ModelServer::start(Script::fault(Fault::Garbage)).await;
    let lines = lines(&chunks(ollama_stream(&server).await.unwrap()).await.unwrap());
    assert_eq!(lines[1], Value::Null);
    assert_eq!(lines.len(), 6);
}

#[tokio::test]
async fn a_silent_chat_is_cancelled_when_its_reader_leaves() {
    for fault in [Fault::Silent, Fault::BlackHole, Fault::SilentAfter(0), Fault::SilentAfter(2)] {
        let server = ModelServer::start(Script::fault(fault)).await;
        let mut reading = Box::pin(async { chunks(ollama_stream(&server).await.unwrap()).await });
        let sent = if fault == Fault::SilentAfter(2) { 2 } else { 0 };
        tokio::select! {
            _ = server.wait_for("the silence", |stats| stats.active == 1 && stats.tokens_sent == sent) => {}
            answer = &mut reading => panic!("{fault:?} answered {answer:?}"),
        }
        drop(reading);
        server.wait_for("the cancellation", |stats| stats.streams_cancelled == 1 && stats.active == 0).await;
    }
}

#[tokio::test]
async fn silence_after_no_token_still_sends_headers() {
    let server = ModelServer::start(Script::fault(Fault::SilentAfter(0))).await;
    assert_eq!(ollama_stream(&server).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_black_hole_answers_no_route() {
    let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
    let http = Http::new(server.url());
    let mut asking = Box::pin(http.get("/api/version"));
    tokio::select! {
        _ = server.wait_for("the request", |stats| stats.requests == 1) => {}
        answer = &mut asking => panic!("{answer}"),
    }
}

#[tokio::test]
async fn one_chat_can_fail_while_others_answer() {
    let fails = |request: &testkit::ChatRequest| {
        request.system().contains("Atlas").then(|| Script::fault(Fault::Status(500)))
    };
    let server = ModelServer::start(Script::choose(fails)).await;
    let http = Http::new(server.url());
    http.post("/api/chat", chat(false)).await.ok();
    let mut body = chat(false);
    body["messages"][0]["content"] = json!("You are Atlas.");
    http.post("/api/chat", body).await.with_status(500);
}
