//! The answer to who asked: text, calls, and why it ended.

use super::calls::{CallId, joined};
use crate::ChatError;
use crate::live::{self, LiveReply, Outcome, Progress};
use domain::{Message, MessageId, MessageState};
use llm_gateway::{ToolCall, ToolCallDelta};
use std::sync::Arc;
use tokio::sync::watch;

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model had said all, or was stopped.
    Stop,
    /// The most tokens it may have were reached.
    Length,
    /// It asks for calls.
    Calls,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPart {
    /// The next piece of text.
    Text(String),
    /// Pieces of calls; the first piece of each has an id.
    Calls(Vec<ToolCallDelta>),
    /// The reply has ended, whichever way. Always the last.
    Ended {
        /// The reply as it is stored.
        reply: Arc<Message>,
        /// Why, where it did not fail.
        finish: Finish,
    },
}

/// An answer that is there as a whole.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The model's text.
    pub text: String,
    /// What it asks to have called.
    pub calls: Vec<ToolCall>,
    /// The reply as it is stored.
    pub reply: Arc<Message>,
    /// Why it ended, where it did not fail.
    pub finish: Finish,
}

/// An answer as it comes. Dropping it does not stop the reply.
#[derive(Debug)]
pub struct Answer {
    reply: MessageId,
    source: Source,
    offset: usize,
    calls: usize,
}

#[derive(Debug)]
enum Source {
    Live {
        progress: watch::Receiver<Progress>,
        outcome: watch::Receiver<Option<Outcome>>,
        ended: Option<Arc<Message>>,
        _reply: Arc<LiveReply>,
    },
    /// A reply that had ended before it was asked for. What it asked to have called is in its text then.
    Settled(Arc<Message>),
    Over,
}

impl Answer {
    pub(super) fn new(reply: Message, live: Option<Arc<LiveReply>>) -> Self {
        let id = reply.id;
        let source = match live {
            None => Source::Settled(Arc::new(reply)),
            Some(live) => {
                let (mut progress, outcome) = (live.progress.subscribe(), live.watch_outcome());
                progress.mark_changed();
                Source::Live { progress, outcome, ended: None, _reply: live }
            }
        };
        Self { reply: id, source, offset: 0, calls: 0 }
    }

    /// The next part; none after [`AnswerPart::Ended`], or when the service shuts down before the reply has ended.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<AnswerPart> {
        loop {
            match &mut self.source {
                Source::Over => return None,
                Source::Settled(message) => {
                    let message = Arc::clone(message);
                    return Some(self.settled(message));
                }
                Source::Live { progress, outcome, ended, .. } => {
                    // Asked before the look: what came until the end is seen by it.
                    let over = ended.take();
                    if let Some(part) = look(progress, self.reply, &mut self.offset, &mut self.calls) {
                        *ended = over;
                        return Some(part);
                    }
                    if let Some(reply) = over {
                        let finish = finish(&progress.borrow());
                        self.source = Source::Over;
                        return Some(AnswerPart::Ended { reply, finish });
                    }
                    let settled = tokio::select! {
                        biased;
                        changed = progress.changed() => match changed {
                            Ok(()) => continue,
                            Err(_) => live::wait(outcome).await,
                        },
                        settled = live::wait(outcome) => settled,
                    };
                    match settled {
                        Ok(message) => *ended = Some(message),
                        Err(_) => self.source = Source::Over,
                    }
                }
            }
        }
    }

    /// Waits for all of it.
    ///
    /// # Errors
    /// [`ChatError::ShuttingDown`] when the service ends before the reply has begun; it is made at the next start.
    pub async fn whole(mut self) -> Result<Whole, ChatError> {
        let (mut text, mut pieces) = (String::new(), Vec::new());
        while let Some(part) = self.next().await {
            match part {
                AnswerPart::Text(more) => text.push_str(&more),
                AnswerPart::Calls(more) => pieces.extend(more),
                AnswerPart::Ended { reply, finish } => {
                    return Ok(Whole { text, calls: joined(&pieces), reply, finish });
                }
            }
        }
        Err(ChatError::ShuttingDown)
    }

    fn settled(&mut self, reply: Arc<Message>) -> AnswerPart {
        if self.offset == 0 && !reply.content.is_empty() && reply.state != MessageState::Deferred {
            self.offset = reply.content.len();
            return AnswerPart::Text(reply.content.clone());
        }
        self.source = Source::Over;
        AnswerPart::Ended { reply, finish: Finish::Stop }
    }
}

fn look(
    progress: &mut watch::Receiver<Progress>,
    reply: MessageId,
    offset: &mut usize,
    calls: &mut usize,
) -> Option<AnswerPart> {
    let now = progress.borrow_and_update();
    let said = now.said.unwrap_or(now.text.len());
    if let Some(text) = now.text.get(*offset..said)
        && !text.is_empty()
    {
        *offset = said;
        return Some(AnswerPart::Text(text.to_owned()));
    }
    let pieces = now.calls.get(*calls..).filter(|pieces| !pieces.is_empty())?;
    let mut known: Vec<usize> = now.calls.iter().take(*calls).map(|piece| piece.index).collect();
    let named = pieces.iter().map(|piece| {
        let first = !known.contains(&piece.index);
        known.push(piece.index);
        let id = first.then(|| CallId::new(reply, piece.id.as_deref(), piece.index).to_string());
        ToolCallDelta { id, ..piece.clone() }
    });
    let named = named.collect();
    *calls = now.calls.len();
    Some(AnswerPart::Calls(named))
}

fn finish(progress: &Progress) -> Finish {
    match (progress.calls.is_empty(), progress.cut_off) {
        (false, _) => Finish::Calls,
        (true, true) => Finish::Length,
        (true, false) => Finish::Stop,
    }
}
