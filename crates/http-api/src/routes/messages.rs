//! One message.

use crate::answer::{Accepted, Json};
use crate::api::Api;
use crate::caller::Place;
use crate::dto::placed;
use crate::extract::{FromQuery, MessagePath, Parameters, Query};
use crate::problem::Problem;
use crate::sse::ServerSentEvent;
use crate::turn;
use actix_web::{HttpRequest, HttpResponse};
use domain::MessageId;
use domain::view::MessageView;
use utoipa::IntoParams;

/// Where a watcher left a reply.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Offset {
    /// The byte of the text to go on from; `Last-Event-ID` wins over it.
    #[param(value_type = Option<i64>, default = 0, minimum = 0)]
    offset: usize,
}

impl FromQuery for Offset {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let offset = parameters.number("offset")?.unwrap_or(0);
        let offset =
            usize::try_from(offset).map_err(|_| Problem::invalid("/offset", "an offset is 0 or more"))?;
        Ok(Self { offset })
    }
}

/// A message as it is now, text that is still coming included.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}", tag = "messages", params(MessagePath),
    responses((status = 200, description = "The message", body = MessageView)),
)]
pub(super) async fn read_message(
    api: Api,
    MessagePath(message): MessagePath,
) -> Result<Json<MessageView>, Problem> {
    let (message, alternatives) = api.chat.message_among(message).await?;
    Ok(Json(placed(message, alternatives)))
}

/// Rejoins a reply: what is there from the offset on, then what comes, last `done` or `error`.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/stream", tag = "messages", params(MessagePath, Offset),
    responses((status = 200, description = "Server-sent events", body = ServerSentEvent, content_type = "text/event-stream")),
)]
pub(super) async fn stream_message(
    api: Api,
    request: HttpRequest,
    place: Place,
    MessagePath(message): MessagePath,
    Query(asked): Query<Offset>,
) -> Result<HttpResponse, Problem> {
    let offset = last_seen(&request, message)?.unwrap_or(asked.offset);
    let updates = api.chat.watch_reply(message, offset).await?;
    Ok(turn::rejoined(&api, place, message, updates))
}

/// Ends a reply here and at the model server; its text so far is kept.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/stop", tag = "messages", params(MessagePath),
    responses((status = 200, description = "The message, stopped", body = MessageView)),
)]
pub(super) async fn stop_message(
    api: Api,
    MessagePath(message): MessagePath,
) -> Result<Json<MessageView>, Problem> {
    Ok(Json(api.chat.stop(message).await?.into()))
}

/// Makes a failed, stopped or interrupted reply again, in place.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/retry", tag = "messages", params(MessagePath),
    responses((status = 202, description = "The message, pending", body = MessageView)),
)]
pub(super) async fn retry_message(
    api: Api,
    MessagePath(message): MessagePath,
) -> Result<Accepted<MessageView>, Problem> {
    Ok(Accepted(api.chat.retry(message).await?.into()))
}

/// The offset in `Last-Event-ID`, which is the message's id, a colon, and how many bytes were seen.
fn last_seen(request: &HttpRequest, message: MessageId) -> Result<Option<usize>, Problem> {
    let Some(value) = request.headers().get("last-event-id") else { return Ok(None) };
    let seen = value.to_str().ok().and_then(|text| {
        let (id, offset) = text.split_once(':')?;
        let offset = offset.parse().ok()?;
        (id.parse() == Ok(message)).then_some(offset)
    });
    match seen {
        Some(offset) => Ok(Some(offset)),
        None => Err(Problem::invalid("/Last-Event-ID", "is not an id of this message's stream")),
    }
}
