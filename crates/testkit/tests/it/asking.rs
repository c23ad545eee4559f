//! Asking a model server as a client would.

use reqwest::Response;
use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, ModelServer, SseStream};

/// A body both wires take.
pub(crate) fn chat(stream: bool) -> Value {
    json!({
        "model": DEFAULT_MODEL,
        "stream": stream,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Good day"}],
    })
}

/// Opens an Ollama chat stream, as soon as its headers are there.
pub(crate) async fn ollama_stream(server: &ModelServer) -> reqwest::Result<Response> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(format!("{}/api/chat", server.url())).json(&chat(true)).send().await
}

pub(crate) async fn openai_stream(server: &ModelServer) -> SseStream {
    let mut body = chat(true);
    body["stream_options"] = json!({"include_usage": true});
    testkit::Http::new(server.url()).sse("POST", "/v1/chat/completions", body, &[]).await
}

/// The chunks of a body, as they came.
pub(crate) async fn chunks(mut answer: Response) -> reqwest::Result<Vec<Vec<u8>>> {
    let mut chunks = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        chunks.push(chunk.to_vec());
    }
    Ok(chunks)
}

/// The records of an NDJSON body; a line that is not JSON is null.
pub(crate) fn lines(chunks: &[Vec<u8>]) -> Vec<Value> {
    let text = String::from_utf8(chunks.concat()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect()
}
