use serde_json::json;
use testkit::{DEFAULT_MODEL, Http, ModelCard, ModelServer, Script};

use crate::asking::{chat, chunks, lines, ollama_stream};

#[tokio::test]
async fn a_stream_has_a_chunk_for_each_token_and_a_final_record() {
    let server = ModelServer::start(Script::tokens(["Gu", "ten", " Tag"])).await;
    let chunks = chunks(ollama_stream(&server).await.unwrap()).await.unwrap();
    assert_eq!(chunks.len(), 4);
    let lines = lines(&chunks);
    let content: String = lines.iter().filter_map(|line| line["message"]["content"].as_str()).collect();
    assert_eq!(content, "Guten Tag");
    assert!(lines[..3].iter().all(|line| line["done"] == false && line["message"]["role"] == "assistant"));
    assert_eq!(lines[3]["done"], true);
    assert_eq!(lines[3]["done_reason"], "stop");
    assert_eq!(lines[3]["prompt_eval_count"], 4);
    assert_eq!(lines[3]["eval_count"], 3);
}

#[tokio::test]
async fn an_answer_in_one_piece_carries_the_text_and_the_counts() {
    let server = ModelServer::start(Script::echo()).await;
    let answer = Http::new(server.url()).post("/api/chat", chat(false)).await.ok();
    assert_eq!(answer["message"]["content"], "Good day");
    assert_eq!(answer["done"], true);
    assert_eq!(answer["eval_count"], 2);
}

#[tokio::test]
async fn the_listing_routes_describe_the_scripts_models() {
    let loaded = ModelCard { loaded: true, ..ModelCard::new("qwen3:latest", 40_960) };
    let models = vec![ModelCard::new(DEFAULT_MODEL, 8192), loaded];
    let server = ModelServer::start(Script { models, ..Script::default() }).await;
    let http = Http::new(server.url());
    assert_eq!(http.get("/").await.text, "Ollama is running");
    assert!(http.get("/api/version").await.ok()["version"].is_string());
    assert_eq!(http.get("/api/tags").await.ok()["models"][0]["name"], DEFAULT_MODEL);
    assert_eq!(http.get("/api/ps").await.ok()["models"][0]["name"], "qwen3:latest");
    let shown = http.post("/api/show", json!({"model": "qwen3"})).await.ok();
    assert_eq!(shown["model_info"]["llama.context_length"], 40_960);
}

#[tokio::test]
async fn an_unknown_model_is_not_found() {
    let server = ModelServer::start(Script::default()).await;
    let answer = Http::new(server.url()).post("/api/chat", json!({"model": "x", "messages": []})).await;
    assert_eq!(answer.with_status(404), json!({"error": "model 'x' not found"}));
    assert_eq!((server.stats().chats, server.stats().streams_started), (1, 0));
}

#[tokio::test]
async fn split_writes_cut_lines_and_characters() {
    let server = ModelServer::start(Script { split: Some(3), ..Script::tokens(["né", "漢字", "🦀"]) }).await;
    let chunks = chunks(ollama_stream(&server).await.unwrap()).await.unwrap();
    assert!(chunks.iter().all(|chunk| chunk.len() <= 3));
    assert!(chunks.iter().any(|chunk| std::str::from_utf8(chunk).is_err()));
    assert_eq!(lines(&chunks)[1]["message"]["content"], "漢字");
}

#[tokio::test]
async fn coalesced_writes_come_as_one_chunk() {
    let server = ModelServer::start(Script { coalesce: true, ..Script::default() }).await;
    let chunks = chunks(ollama_stream(&server).await.unwrap()).await.unwrap();
    assert_eq!((chunks.len(), lines(&chunks).len()), (1, 5));
}

#[tokio::test]
async fn headers_come_with_the_first_token() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let mut asking = Box::pin(ollama_stream(&server));
    tokio::select! {
        _ = server.wait_for("the hold", |stats| stats.held == 1) => {}
        answer = &mut asking => panic!("{answer:?}"),
    }
    server.release();
    assert_eq!(asking.await.unwrap().status(), 200);
}
