//! A reply as server-sent events.

use super::failure;
use crate::api::Api;
use crate::caller::Place;
use crate::problem::{FailedTurn, Problem, ProblemDocument};
use crate::sse;
use actix_web::HttpResponse;
use bytes::Bytes;
use chat_service::{ChatError, ReplyUpdate, ReplyUpdates, Turn};
use domain::view::MessageView;
use domain::{Message, MessageId, Note, SessionId};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::sync::Arc;

/// The first event of a turn.
#[derive(Serialize)]
struct Begun<'a> {
    session_id: SessionId,
    user_message: &'a MessageView,
    reply: MessageView,
}

#[derive(Serialize)]
struct Delta<'a> {
    message_id: MessageId,
    offset: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Noted<'a> {
    message_id: MessageId,
    note: &'a Note,
}

#[derive(Serialize)]
struct Done {
    message: MessageView,
}

/// A turn from its beginning: `session`, then the reply.
pub(super) fn begun(api: &Api, place: Place, turn: Turn) -> HttpResponse {
    let user_message = MessageView::from(turn.user_message.clone());
    let reply_id = turn.reply.id;
    let first = sse::event(
        "session",
        None,
        &Begun { session_id: turn.session.id, user_message: &user_message, reply: turn.reply.clone().into() },
    );
    let reply = Reply { id: reply_id, api: api.clone(), place, user_message: Some(user_message) };
    let rest = blocks(reply, turn.updates());
    sse::answer(stream::iter([first]).chain(rest), api.heartbeat)
}

/// A reply from where its watcher left it.
pub(crate) fn rejoined(api: &Api, place: Place, id: MessageId, updates: ReplyUpdates) -> HttpResponse {
    let reply = Reply { id, api: api.clone(), place, user_message: None };
    sse::answer(blocks(reply, updates), api.heartbeat)
}

/// What the events of a reply name.
struct Reply {
    id: MessageId,
    api: Api,
    place: Place,
    user_message: Option<MessageView>,
}

fn blocks(reply: Reply, updates: ReplyUpdates) -> impl Stream<Item = Bytes> {
    stream::unfold(Some((reply, updates)), async |state| {
        let (mut reply, mut updates) = state?;
        match updates.next().await {
            Some(end @ ReplyUpdate::Done(_)) => Some((reply.block(end), None)),
            Some(update) => Some((reply.block(update), Some((reply, updates)))),
            None => Some((reply.failed(&ChatError::ShuttingDown.into()), None)),
        }
    })
}

impl Reply {
    fn block(&mut self, update: ReplyUpdate) -> Bytes {
        let message_id = self.id;
        match update {
            ReplyUpdate::Delta { offset, text } => {
                let id = format_args!("{message_id}:{}", offset + text.len()).to_string();
                sse::event("delta", Some(&id), &Delta { message_id, offset, text: &text })
            }
            ReplyUpdate::Note(note) => sse::event("note", None, &Noted { message_id, note: &note }),
            ReplyUpdate::Done(reply) => self.ended(&reply),
        }
    }

    fn ended(&mut self, reply: &Arc<Message>) -> Bytes {
        let message = MessageView::from(Message::clone(reply));
        let Some(problem) = failure(&self.api, reply) else {
            return sse::event("done", None, &Done { message });
        };
        let problem = problem.with_turn(FailedTurn {
            session_id: reply.session_id,
            user_message: self.user_message.take(),
            reply: message,
        });
        self.failed(&problem)
    }

    fn failed(&self, problem: &Problem) -> Bytes {
        let Place { instance, request_id } = &self.place;
        sse::raw_event(Some("error"), None, &ProblemDocument::new(problem, instance, request_id).to_json())
    }
}
