use serde_json::json;
use testkit::{DEFAULT_MODEL, Http, ModelServer, Script};

use crate::asking::{chat, chunks, lines, ollama_stream};

#[tokio::test]
async fn a_held_stream_goes_on_when_released() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let mut answer = ollama_stream(&server).await.unwrap();
    let held = server.wait_for("the hold", |stats| stats.held == 1).await;
    assert_eq!((held.tokens_sent, held.active), (2, 1));
    assert!(answer.chunk().await.unwrap().is_some());
    assert!(answer.chunk().await.unwrap().is_some());
    server.release();
    assert_eq!(chunks(answer).await.unwrap().len(), 3);
    assert_eq!(server.stats().streams_finished, 1);
}

#[tokio::test]
async fn steps_let_tokens_out_one_by_one() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    server.step(1);
    let mut answer = ollama_stream(&server).await.unwrap();
    for sent in 1..=4 {
        answer.chunk().await.unwrap().unwrap();
        let held = server.wait_for("the next hold", |stats| stats.held == 1).await;
        assert_eq!(held.tokens_sent, sent);
        server.step(1);
    }
    assert_eq!(lines(&[answer.chunk().await.unwrap().unwrap().to_vec()])[0]["done"], true);
}

#[tokio::test]
async fn a_release_reaches_streams_of_an_earlier_script() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let answer = ollama_stream(&server).await.unwrap();
    server.set(Script::tokens(["other"]));
    server.wait_for("the hold", |stats| stats.held == 1).await;
    server.release();
    assert_eq!(chunks(answer).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_reader_that_leaves_cancels_its_stream() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let (first, second) = (ollama_stream(&server).await.unwrap(), ollama_stream(&server).await.unwrap());
    drop(first);
    let stats = server.wait_for("the cancellation", |stats| stats.streams_cancelled == 1).await;
    assert_eq!((stats.active, stats.max_active), (1, 2));
    server.release();
    chunks(second).await.unwrap();
    assert_eq!(server.stats().streams_finished, 1);
}

#[tokio::test]
async fn a_reader_that_leaves_at_the_final_record_cancels_nothing() {
    let server = ModelServer::start(Script { split: Some(1), ..Script::default() }).await;
    let mut answer = ollama_stream(&server).await.unwrap();
    let mut text = String::new();
    while !text.contains("\"done\":true") {
        text.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap());
    }
    drop(answer);
    let stats = server.wait_for("the end", |stats| stats.active == 0).await;
    assert_eq!((stats.streams_finished, stats.streams_cancelled), (1, 0));
}

#[tokio::test]
async fn a_stopped_server_refuses_and_comes_back_on_its_port() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let running = ollama_stream(&server).await.unwrap();
    server.stop().await;
    chunks(running).await.unwrap_err();
    assert_eq!((server.stats().streams_cancelled, server.stats().active), (1, 0));
    let http = Http::new(server.url());
    assert!(http.request("GET", "/api/version").try_send().await.unwrap_err().is_connect());

    server.restart().await;
    http.get("/api/version").await.ok();
    assert_eq!(server.requests().len(), 2);

    server.stop().await;
    let other = ModelServer::start_on(server.port(), Script::default()).await;
    assert_eq!(other.url(), server.url());
    http.get("/api/version").await.ok();
    assert_eq!(other.requests().len(), 1);
}

#[tokio::test]
async fn requests_are_recorded_in_order() {
    let server = ModelServer::start(Script::default()).await;
    let http = Http::new(server.url()).with_token("secret");
    http.get("/api/tags?x=1").await.ok();
    http.post("/api/chat", chat(false)).await.ok();
    let parts = json!([{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]);
    let body = json!({"model": DEFAULT_MODEL, "messages": [{"role": "user", "content": parts}]});
    http.post("/v1/chat/completions", body).await.ok();
    let requests = server.requests();
    let routes: Vec<_> = requests.iter().map(|request| (&*request.method, &*request.route)).collect();
    assert_eq!(routes, [("GET", "/api/tags"), ("POST", "/api/chat"), ("POST", "/v1/chat/completions")]);
    assert_eq!(requests[0].headers["authorization"], "Bearer secret");
    assert_eq!(requests[1].messages[1], ("user".to_owned(), "Good day".to_owned()));
    assert_eq!(server.chats()[1].messages[0].1, "in parts");
    assert_eq!(server.chats()[1].sequence, 2);
}
