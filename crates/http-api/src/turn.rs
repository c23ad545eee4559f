//! A turn's answer, whole or as it comes.

mod stream;

pub(crate) use stream::rejoined;

use crate::answer::Json;
use crate::api::Api;
use crate::caller::Caller;
use crate::dto::TurnView;
use crate::problem::{Code, FailedTurn, Problem};
use actix_web::{HttpRequest, HttpResponse, Responder};
use chat_service::{SendMessage, Turn};
use domain::{Message, MessageState};

/// Sends the message, and answers as the caller likes: with the finished turn, or with its events.
pub(crate) async fn answer(
    api: &Api,
    request: &HttpRequest,
    mut caller: Caller,
    mut message: SendMessage,
    stream: Option<bool>,
) -> Result<HttpResponse, Problem> {
    message.client_message_id = message.client_message_id.or(caller.message_id.take());
    let turn = api.chat.send(message).await?;
    begun(api, request, caller, turn, stream).await
}

/// Answers with a turn that was begun.
pub(crate) async fn begun(
    api: &Api,
    request: &HttpRequest,
    caller: Caller,
    turn: Turn,
    stream: Option<bool>,
) -> Result<HttpResponse, Problem> {
    if stream == Some(true) || caller.accepts_events {
        return Ok(stream::begun(api, caller.place, turn));
    }
    Ok(Json(whole(api, turn).await?).respond_to(request))
}

async fn whole(api: &Api, turn: Turn) -> Result<TurnView, Problem> {
    let user_message = turn.user_message.clone();
    let reply = turn.answered(&api.chat).await?.reply;
    match failure(api, &reply) {
        None => Ok(TurnView::new(user_message, Message::clone(&reply))),
        Some(problem) => Err(problem.with_turn(FailedTurn {
            session_id: reply.session_id,
            user_message: Some(user_message.into()),
            reply: Message::clone(&reply).into(),
        })),
    }
}

/// Why a reply that has ended is no answer, if it is none. One that an earlier end of the server cut off is shown as it is:
/// asking again would change nothing.
pub(crate) fn failure(api: &Api, reply: &Message) -> Option<Problem> {
    match &reply.state {
        MessageState::Failed(failure) => Some(Problem::new(failure.code.into(), failure.detail.clone())),
        MessageState::Interrupted if api.closing.is_cancelled() => Some(Problem::new(
            Code::Busy,
            "the server is shutting down; the reply is kept as far as it came and can be made again",
        )),
        _ => None,
    }
}
