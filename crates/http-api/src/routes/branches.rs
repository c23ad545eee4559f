//! Branches: a reply made once more, a message written anew, and switching between what there is.

use crate::answer::Json;
use crate::api::Api;
use crate::caller::Caller;
use crate::dto::{EditMessageBody, MessageList, RegenerateBody, TurnView};
use crate::extract::{FromQuery, Json as Body, MessagePath, OptionalJson, Parameters, Query};
use crate::problem::Problem;
use crate::sse::ServerSentEvent;
use crate::turn;
use actix_web::{HttpRequest, HttpResponse};
use domain::view::SessionView;
use domain::{Limit, MessageCursor};
use utoipa::IntoParams;

/// A page of alternatives.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfAlternatives {
    /// The most messages of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// Where the page begins: a `next_cursor`.
    #[param(value_type = Option<String>)]
    cursor: Option<MessageCursor>,
}

impl FromQuery for PageOfAlternatives {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// Makes a reply once more, beside the one named: that one goes aside with all that followed it, and stays readable. What is
/// still being answered there is stopped.
///
/// The answer is as a turn's, its `user_message` the one that is answered once more.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/regenerate", tag = "messages", params(MessagePath),
    request_body = Option<RegenerateBody>,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn regenerate_message(
    api: Api,
    request: HttpRequest,
    mut caller: Caller,
    MessagePath(message): MessagePath,
    OptionalJson(body): OptionalJson<RegenerateBody>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    let begun = api.chat.regenerate(message, body.with_key(caller.message_id.take())).await?;
    turn::begun(&api, &request, caller, begun, stream).await
}

/// Writes a user's message anew, and has it answered: the one named goes aside with all that followed it, and stays
/// readable. What is still being answered there is stopped.
///
/// The answer is as a turn's.
#[utoipa::path(
    patch, path = "/api/v1/messages/{id}", tag = "messages", params(MessagePath), request_body = EditMessageBody,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn edit_message(
    api: Api,
    request: HttpRequest,
    mut caller: Caller,
    MessagePath(message): MessagePath,
    Body(body): Body<EditMessageBody>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    let edited = api.chat.edit(message, body.with_key(caller.message_id.take())).await;
    let begun = edited.map_err(|refused| Problem::from(refused).renamed("/message", "/content"))?;
    turn::begun(&api, &request, caller, begun, stream).await
}

/// Shows the branch with a message, down to the newest message that goes on from it. What was shown instead goes aside.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/select", tag = "messages", params(MessagePath),
    responses((status = 200, description = "The session, with that branch shown", body = SessionView)),
)]
pub(super) async fn select_message(
    api: Api,
    MessagePath(message): MessagePath,
) -> Result<Json<SessionView>, Problem> {
    Ok(Json(api.chat.select_branch(message).await?.into()))
}

/// What a message is an alternative of, the message itself included, in the order in which they were written.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/alternatives", tag = "messages", params(MessagePath, PageOfAlternatives),
    responses((status = 200, description = "A page of messages; `next_cursor` is the `cursor` of the next one", body = MessageList)),
)]
pub(super) async fn list_alternatives(
    api: Api,
    MessagePath(message): MessagePath,
    Query(page): Query<PageOfAlternatives>,
) -> Result<Json<MessageList>, Problem> {
    Ok(Json(api.chat.alternatives(message, page.cursor, page.limit).await?.into()))
}
