//! The two chat routes.

use std::future::pending;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{iter, unfold};
use http_body_util::{BodyExt, StreamBody};
use hyper::Response;
use hyper::body::Frame;
use hyper::header::CONTENT_TYPE;
use serde_json::Value;

use super::Shared;
use super::chat_request::ChatRequest;
use super::plan::Plan;
use super::player::{Cut, Player};
use super::routes::{AnswerBody, html, json};
use super::script::{Fault, Script};
use super::wire::Wire;

/// Answers a chat as the script says.
pub(super) async fn answer(
    shared: &Shared,
    wire: &dyn Wire,
    body: Value,
) -> Result<Response<AnswerBody>, Cut> {
    let Some(request) = ChatRequest::from_body(body, wire.streams_by_default()) else {
        return Ok(json(400, &wire.error_body(400, "model is required")));
    };
    let script = chosen(shared.script(), &request);
    match script.fault {
        Some(Fault::Status(status)) => return Ok(scripted_status(wire, status)),
        Some(Fault::NoTools) if request.brings_tools() => {
            let said = format!("registry.ollama.ai/library/{} does not support tools", request.model);
            return Ok(json(400, &wire.error_body(400, &said)));
        }
        Some(Fault::Html) => return Ok(html()),
        Some(Fault::Drop) => return Err(Cut),
        _ => {}
    }
    if !script.models.iter().any(|model| model.answers_to(&request.model)) {
        return Ok(json(404, &wire.unknown_model(&request.model)));
    }
    let mut stream = shared.recorder.begin_stream();
    match script.fault {
        Some(Fault::BlackHole | Fault::Silent) => pending().await,
        Some(Fault::ErrorLineAfter(_)) if !request.stream => {
            stream.finish();
            return Ok(scripted_status(wire, 500));
        }
        _ => {}
    }
    let tokens = script.answer.tokens(&request);
    let (plan, kind) = if request.stream {
        (Plan::streamed(wire, &script, &request, &tokens), wire.stream_type())
    } else {
        (Plan::whole(wire, &script, &request, &tokens), "application/json")
    };
    Ok(play(Player::new(plan, shared.gate(), stream), kind).await)
}

/// The error answer of [`Fault::Status`].
pub(super) fn scripted_status(wire: &dyn Wire, status: u16) -> Response<AnswerBody> {
    json(status, &wire.error_body(status, "scripted failure"))
}

fn chosen(script: Arc<Script>, request: &ChatRequest) -> Arc<Script> {
    match script.choose.as_ref().and_then(|choose| choose.pick(request)) {
        Some(chosen) => Arc::new(chosen),
        None => script,
    }
}

/// Headers leave with the first bytes, as both kinds of server send them.
pub(super) async fn play(mut player: Player, content_type: &str) -> Response<AnswerBody> {
    let first = player.next().await;
    let rest = unfold(player, |mut player| async move { player.next().await.map(|frame| (frame, player)) });
    let frames = iter(first).chain(rest).map(|frame| frame.map(Frame::data));
    Response::builder()
        .header(CONTENT_TYPE, content_type)
        .body(StreamBody::new(frames).boxed_unsync())
        .expect("a valid answer")
}
