//! The routes of Ollama that change which models there are.

use std::future::pending;
use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering};

use bytes::Bytes;
use hyper::Response;
use serde_json::{Value, json};

use super::chat::{play, scripted_status};
use super::chat_request::ChatRequest;
use super::ollama::{DIGEST, Ollama};
use super::plan::Plan;
use super::player::{Cut, Player, Seen};
use super::routes::{AnswerBody, html, json, respond};
use super::script::{Fault, ModelCard};
use super::wire::Wire;
use super::{Shared, lock};

/// `POST /api/pull`: streams parts as a chat streams tokens, holds and faults included. What was fetched of a model stays,
/// so that the next pull of it goes on there; with the last part the model is among the script's.
pub(super) async fn pull(shared: &Arc<Shared>, body: Value) -> Result<Response<AnswerBody>, Cut> {
    let Some(request) = ChatRequest::from_body(body, true) else {
        return Ok(json(400, &Ollama.error_body(400, "model is required")));
    };
    let script = shared.script();
    match script.fault {
        Some(Fault::Status(status)) => return Ok(scripted_status(&Ollama, status)),
        Some(Fault::Html) => return Ok(html()),
        Some(Fault::Drop) => return Err(Cut),
        _ => {}
    }
    let stream = shared.recorder.begin_stream();
    if matches!(script.fault, Some(Fault::BlackHole | Fault::Silent)) {
        pending::<()>().await;
    }
    let parts = script.pull.parts;
    let fetched = Arc::clone(lock(&shared.fetched).entry(request.model.clone()).or_default());
    let tokens: Vec<String> =
        (fetched.load(Ordering::Relaxed)..parts).map(|part| (part + 1).to_string()).collect();
    let wire = Pull { parts, total: script.pull.total_bytes, error: script.pull.error.clone() };
    let plan = Plan::streamed(&wire, &script, &request, &tokens);
    let (shared_then, model) = (Arc::clone(shared), request.model);
    let player = Player::new(plan, shared.gate(), stream).seen_by(move |seen| match seen {
        Seen::Token => {
            fetched.fetch_add(1, Ordering::Relaxed);
        }
        Seen::Finished if fetched.load(Ordering::Relaxed) >= parts && script.fault.is_none() => {
            shared_then.add_model(&model);
        }
        Seen::Finished => {}
    });
    Ok(play(player, "application/x-ndjson").await)
}

/// `DELETE /api/delete`.
pub(super) fn delete(shared: &Shared, body: &Value) -> Response<AnswerBody> {
    let name = body["model"].as_str().unwrap_or_default();
    let known = shared.change(|models| {
        let before = models.len();
        models.retain(|model| !model.answers_to(name));
        models.len() < before
    });
    if known { respond(200, "text/plain", "") } else { json(404, &Ollama.unknown_model(name)) }
}

/// `POST /api/generate`, of which only the unloading is spoken: no prompt and a `keep_alive` of 0.
pub(super) fn unload(shared: &Shared, body: &Value) -> Response<AnswerBody> {
    let name = body["model"].as_str().unwrap_or_default();
    if body["keep_alive"] != 0 || !body["prompt"].is_null() {
        return json(400, &Ollama.error_body(400, "the scripted server only unloads here"));
    }
    let known = shared.change(|models| {
        let model = models.iter_mut().find(|model| model.answers_to(name));
        model.map(|model| model.loaded = false).is_some()
    });
    if !known {
        return json(404, &Ollama.unknown_model(name));
    }
    json(200, &json!({"model": name, "response": "", "done": true, "done_reason": "unload"}))
}

impl Shared {
    fn add_model(&self, name: &str) {
        let name = if name.contains(':') { name.to_owned() } else { format!("{name}:latest") };
        self.change(|models| {
            models.retain(|model| model.name != name);
            models.push(ModelCard::new(name, 8192));
        });
    }

    /// Changes the models of the script; its gate stays.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<ModelCard>) -> T) -> T {
        change(&mut Arc::make_mut(&mut lock(&self.current)).models)
    }
}

/// How far the pulls of each model have come, in parts.
pub(super) type Fetched = std::collections::HashMap<String, Arc<AtomicUsize>>;

/// The records of a pull; a token is the number of parts that are there.
struct Pull {
    parts: usize,
    total: u64,
    error: String,
}

impl Pull {
    fn part(&self, parts: u64) -> Value {
        let completed = self.total * parts / (self.parts as u64).max(1);
        let mut record = json!({
            "status": format!("pulling {}", &DIGEST[..12]),
            "digest": format!("sha256:{DIGEST}"),
            "total": self.total,
        });
        if completed > 0 {
            record["completed"] = json!(completed);
        }
        record
    }
}

impl Wire for Pull {
    fn streams_by_default(&self) -> bool {
        true
    }

    fn stream_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn opening(&self, _request: &ChatRequest) -> Option<Bytes> {
        Some(line(&json!({"status": "pulling manifest"})))
    }

    fn token(&self, _request: &ChatRequest, token: &str) -> Bytes {
        line(&self.part(token.parse().expect("a token of a pull is a number")))
    }

    fn call(&self, _request: &ChatRequest, _place: usize, _name: &str, _arguments: &Value) -> Bytes {
        Bytes::new()
    }

    fn closing(&self, _request: &ChatRequest, _tokens: usize, _reason: &str) -> Vec<Bytes> {
        ["verifying sha256 digest", "writing manifest", "success"]
            .map(|status| line(&json!({"status": status})))
            .into()
    }

    fn error_record(&self) -> Bytes {
        line(&self.error_body(500, &self.error))
    }

    fn garbage(&self) -> Bytes {
        Bytes::from_static(b"{\"status\":\"pull\n")
    }

    fn whole(&self, _request: &ChatRequest, _tokens: &[String], _done: bool) -> Value {
        json!({"status": "success"})
    }

    fn error_body(&self, status: u16, message: &str) -> Value {
        Ollama.error_body(status, message)
    }

    fn unknown_model(&self, model: &str) -> Value {
        Ollama.unknown_model(model)
    }
}

fn line(record: &Value) -> Bytes {
    format!("{record}\n").into()
}
