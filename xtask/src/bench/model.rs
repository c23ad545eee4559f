//! The scripted model server: an Ollama that answers at once, each token a chunk of its own, as the real one flushes
//! them. A process of its own; `PUT /script {"tokens": 64, "hang": false}` says how it answers from then on.

use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};

use super::wire::{Length, Wire, request_head};

const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
const MODEL: &str = "bench:latest";
const MADE_AT: &str = "2026-01-02T03:04:05.678901234Z";

/// How questions are answered.
#[derive(Clone)]
struct Script {
    tokens: usize,
    /// Whether the tokens wait for a script that does not hang.
    hang: bool,
    token: Arc<[u8]>,
    end: Arc<[u8]>,
    whole: Arc<[u8]>,
}

/// Serves until the process is ended; says on standard output where.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        let script = Arc::new(watch::Sender::new(Script::new(64, false)));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    connections.spawn(connection(Wire::new(stream)?, Arc::clone(&script)));
                }
                // one that failed is the client's to notice
                Some(_) = connections.join_next() => {}
            }
        }
    })
}

impl Script {
    fn new(tokens: usize, hang: bool) -> Self {
        let record = |content: &str| {
            json!({"model": MODEL, "created_at": MADE_AT, "done": false,
                   "message": {"role": "assistant", "content": content}})
        };
        let done = |content: &str| {
            let mut done = record(content);
            let counts = json!({"done": true, "done_reason": "stop", "total_duration": 174_560_334,
                "load_duration": 101_397_084, "prompt_eval_count": 26, "prompt_eval_duration": 13_074_791,
                "eval_count": tokens, "eval_duration": 52_479_709});
            if let (Some(done), Value::Object(counts)) = (done.as_object_mut(), counts) {
                done.extend(counts);
            }
            done.to_string()
        };
        let whole = plain(&done(&" token".repeat(tokens)));
        Self {
            tokens,
            hang,
            token: chunk(&record(" token").to_string()).into(),
            end: chunk(&done("")).into(),
            whole: whole.into(),
        }
    }
}

async fn connection(mut wire: Wire, script: Arc<watch::Sender<Script>>) -> anyhow::Result<()> {
    while let Some(head) = wire.head().await? {
        let (path, Length::Known(length)) = request_head(&head)? else {
            anyhow::bail!("a request of unknown length")
        };
        let body = wire.take(length).await?;
        match path.as_str() {
            "/api/chat" => {
                let streamed = memchr::memmem::find(&body, br#""stream":false"#).is_none();
                answer(&mut wire, script.subscribe(), streamed).await?;
            }
            "/script" => {
                let asked: Value = serde_json::from_slice(&body)?;
                let tokens = asked.get("tokens").and_then(Value::as_u64).context("no tokens")?;
                let hang = asked.get("hang").and_then(Value::as_bool).context("no hang")?;
                script.send_replace(Script::new(usize::try_from(tokens)?, hang));
                wire.write(&plain("{}")).await?;
            }
            "/api/version" => wire.write(&plain(r#"{"version":"0.12.0"}"#)).await?,
            "/api/tags" => wire.write(&plain(&tags().to_string())).await?,
            "/api/show" => wire.write(&plain(&shown().to_string())).await?,
            _ => wire.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await?,
        }
    }
    Ok(())
}

async fn answer(wire: &mut Wire, mut script: watch::Receiver<Script>, streamed: bool) -> anyhow::Result<()> {
    let script = script.wait_for(|script| !script.hang).await?.clone();
    if !streamed {
        return Ok(wire.write(&script.whole).await?);
    }
    let mut first = STREAM.as_bytes().to_vec();
    first.extend_from_slice(&script.token);
    wire.write(&first).await?;
    for _ in 1..script.tokens {
        // the other connections get their turn, as with a model that works on all of them
        yield_now().await;
        wire.write(&script.token).await?;
    }
    yield_now().await;
    wire.write(&script.end).await?;
    Ok(wire.write(LAST_CHUNK).await?)
}

fn chunk(record: &str) -> Vec<u8> {
    format!("{:x}\r\n{record}\n\r\n", record.len() + 1).into_bytes()
}

fn plain(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn tags() -> Value {
    json!({"models": [{"name": MODEL, "model": MODEL, "modified_at": MADE_AT, "size": 2_019_393_189_u64,
        "digest": "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
        "details": {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
                    "parameter_size": "3.2B", "quantization_level": "Q4_K_M"}}]})
}

fn shown() -> Value {
    json!({"details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
           "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
           "capabilities": ["completion"], "modelfile": "", "parameters": "", "template": "", "license": ""})
}
