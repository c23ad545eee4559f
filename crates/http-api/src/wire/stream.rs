//! An answer as chunks.

use super::answer::{Delta, Form, finish_reason};
use crate::api::Api;
use crate::caller::Place;
use crate::problem::{Problem, openai_error};
use crate::sse;
use crate::turn::failure;
use actix_web::HttpResponse;
use bytes::{Bytes, BytesMut};
use chat_service::{Answer, AnswerPart, ChatError};
use domain::Message;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::sync::Arc;

struct Chunks {
    api: Api,
    place: Place,
    form: Form,
    include_usage: bool,
}

/// The answer from its beginning: who speaks, what comes, why it ended.
pub(super) fn begun(
    api: &Api,
    place: Place,
    form: Form,
    include_usage: bool,
    answer: Answer,
) -> HttpResponse {
    let chunks = Chunks { api: api.clone(), place, form, include_usage };
    let role = Delta { role: Some("assistant"), content: Some(""), ..Delta::default() };
    let first = chunks.chunk(role, None);
    sse::answer(stream::iter([first]).chain(rest(chunks, answer)), api.heartbeat)
}

fn rest(chunks: Chunks, answer: Answer) -> impl Stream<Item = Bytes> {
    stream::unfold(Some((chunks, answer)), async |state| {
        let (chunks, mut answer) = state?;
        match answer.next().await {
            Some(AnswerPart::Text(text)) => {
                let delta = Delta { content: Some(&text), ..Delta::default() };
                Some((chunks.chunk(delta, None), Some((chunks, answer))))
            }
            Some(AnswerPart::Calls(pieces)) => {
                let tool_calls = pieces.iter().map(Into::into).collect();
                let delta = Delta { tool_calls, ..Delta::default() };
                Some((chunks.chunk(delta, None), Some((chunks, answer))))
            }
            Some(AnswerPart::Ended { reply, finish }) => {
                Some((chunks.ended(&reply, finish_reason(finish)), None))
            }
            None => Some((chunks.failed(&ChatError::ShuttingDown.into()), None)),
        }
    })
}

impl Chunks {
    fn chunk(&self, delta: Delta<'_>, finish: Option<&'static str>) -> Bytes {
        data(&self.form.chunk(delta, finish, self.include_usage))
    }

    fn ended(&self, reply: &Arc<Message>, finish: &'static str) -> Bytes {
        if let Some(problem) = failure(&self.api, reply) {
            return self.failed(&problem);
        }
        let mut last = BytesMut::from(self.chunk(Delta::default(), Some(finish)));
        if self.include_usage {
            last.extend_from_slice(&data(&self.form.usage(reply.usage)));
        }
        last.extend_from_slice(b"data: [DONE]\n\n");
        last.freeze()
    }

    /// An error ends the stream, and nothing says that it is done.
    fn failed(&self, problem: &Problem) -> Bytes {
        tracing::debug!(request_id = self.place.request_id, %problem, "an answer ended in an error");
        sse::raw_event(None, None, &openai_error(problem))
    }
}

fn data(chunk: &impl Serialize) -> Bytes {
    // Views and strings: this cannot fail.
    sse::raw_event(None, None, &serde_json::to_vec(chunk).unwrap_or_default())
}
