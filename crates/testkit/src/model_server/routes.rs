//! From a request to its answer.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response};
use serde_json::Value;

use super::ollama::{self, Ollama};
use super::openai::{self, OpenAi};
use super::player::Cut;
use super::script::{Fault, Script};
use super::wire::Wire;
use super::{Shared, chat, pull};

pub(super) type AnswerBody = UnsyncBoxBody<Bytes, Cut>;

/// Records the request and answers it as the script says; `Err` cuts the connection.
pub(super) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_gone| Cut)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = head.uri.path();
    let headers = head.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    shared.recorder.record(head.method.as_str(), path, headers.collect(), body.clone());

    match (&head.method, path) {
        (&Method::POST, "/api/chat") => chat::answer(&shared, &Ollama, body).await,
        (&Method::POST, "/v1/chat/completions") => chat::answer(&shared, &OpenAi, body).await,
        (&Method::POST, "/api/pull") => pull::pull(&shared, body).await,
        _ => {
            let wire: &dyn Wire = if path.starts_with("/v1/") { &OpenAi } else { &Ollama };
            let script = shared.script();
            if let Some(answer) = faulty(&script, wire).await {
                return answer;
            }
            Ok(match (&head.method, path) {
                (&Method::DELETE, "/api/delete") => pull::delete(&shared, &body),
                (&Method::POST, "/api/generate") => pull::unload(&shared, &body),
                _ => plain(&script, &head.method, path, &body),
            })
        }
    }
}

/// How a route without tokens shows the script's fault; `None` when it shows none.
async fn faulty(script: &Script, wire: &dyn Wire) -> Option<Result<Response<AnswerBody>, Cut>> {
    let fault = script.fault?;
    if fault != Fault::BlackHole && !script.fault_everywhere {
        return None;
    }
    match fault {
        Fault::BlackHole | Fault::Silent | Fault::SilentAfter(_) => pending().await,
        Fault::Status(status) => Some(Ok(chat::scripted_status(wire, status))),
        Fault::ErrorLineAfter(_) => Some(Ok(chat::scripted_status(wire, 500))),
        Fault::Html => Some(Ok(html())),
        Fault::Drop | Fault::DropAfter(_) => Some(Err(Cut)),
        Fault::Garbage => Some(Ok(respond(200, "application/json", "{\"models\":[{\"name\""))),
        Fault::NoFinalRecord | Fault::NoTools => None,
    }
}

fn plain(script: &Script, method: &Method, path: &str, body: &Value) -> Response<AnswerBody> {
    match (method, path) {
        (&Method::GET | &Method::HEAD, "/") => respond(200, "text/plain; charset=utf-8", "Ollama is running"),
        (&Method::GET, "/api/version") => json(200, &ollama::version(script)),
        (&Method::GET, "/api/tags") => json(200, &ollama::tags(script)),
        (&Method::GET, "/api/ps") => json(200, &ollama::ps(script)),
        (&Method::POST, "/api/show") => show(script, body),
        (&Method::GET, "/v1/models") => json(200, &openai::models(script)),
        _ => respond(404, "text/plain", "404 page not found"),
    }
}

/// Takes the name under both keys Ollama knows.
fn show(script: &Script, body: &Value) -> Response<AnswerBody> {
    let Some(name) = body["model"].as_str().or_else(|| body["name"].as_str()) else {
        return json(400, &Ollama.error_body(400, "model is required"));
    };
    match script.models.iter().find(|model| model.answers_to(name)) {
        Some(model) => json(200, &ollama::show(model)),
        None => json(404, &Ollama.unknown_model(name)),
    }
}

pub(super) fn json(status: u16, body: &Value) -> Response<AnswerBody> {
    respond(status, "application/json; charset=utf-8", body.to_string())
}

/// What [`Fault::Html`] answers.
pub(super) fn html() -> Response<AnswerBody> {
    respond(
        200,
        "text/html; charset=utf-8",
        "<!doctype html><title>Sign in</title><p>Please sign in to the network.",
    )
}

pub(super) fn respond(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<AnswerBody> {
    let body = Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed_unsync();
    Response::builder().status(status).header(CONTENT_TYPE, content_type).body(body).expect("a valid answer")
}
