//! Watching a reply from any offset.

use crate::live::{self, LiveReply, Outcome, Progress};
use domain::{Message, Note};
use std::sync::Arc;
use tokio::sync::watch;

/// What a watcher gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyUpdate {
    /// Text, and where its first byte stands in the reply, in bytes of UTF-8.
    Delta {
        /// Where.
        offset: usize,
        /// What.
        text: String,
    },
    /// An agent gave its note.
    Note(Note),
    /// The reply has ended, whichever way. Always the last.
    Done(Arc<Message>),
}

/// A reply as it comes. Dropping it does not stop the reply.
#[derive(Debug)]
pub struct ReplyUpdates {
    source: Source,
    offset: usize,
    notes: usize,
}

#[derive(Debug)]
enum Source {
    Live {
        progress: watch::Receiver<Progress>,
        outcome: watch::Receiver<Option<Outcome>>,
        _reply: Arc<LiveReply>,
    },
    Settled(Arc<Message>),
    Over,
}

/// What a look at the live reply gave.
enum Look {
    Update(ReplyUpdate),
    Nothing,
}

impl ReplyUpdates {
    pub(crate) fn live(reply: Arc<LiveReply>, offset: usize) -> Self {
        let (mut progress, outcome) = (reply.progress.subscribe(), reply.watch_outcome());
        progress.mark_changed();
        Self { source: Source::Live { progress, outcome, _reply: reply }, offset, notes: 0 }
    }

    pub(crate) fn settled(message: Arc<Message>, offset: usize) -> Self {
        let notes = message.notes.len();
        Self { source: Source::Settled(message), offset, notes }
    }

    /// The next update; none after [`ReplyUpdate::Done`], or when the service shuts down before the reply has ended.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<ReplyUpdate> {
        loop {
            match &mut self.source {
                Source::Over => return None,
                Source::Settled(message) => {
                    let message = Arc::clone(message);
                    return Some(self.finish(message));
                }
                Source::Live { progress, outcome, .. } => {
                    if let Look::Update(update) = look(progress, &mut self.offset, &mut self.notes) {
                        return Some(update);
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
                        Ok(message) => self.source = Source::Settled(message),
                        Err(_) => self.source = Source::Over,
                    }
                }
            }
        }
    }

    /// What is left of a reply that has ended, then its end. A reply that was deferred has no text of its own.
    fn finish(&mut self, message: Arc<Message>) -> ReplyUpdate {
        let own_text = message.state != domain::MessageState::Deferred;
        if let (true, Some(text)) = (own_text, message.content.get(self.offset..))
            && !text.is_empty()
        {
            let update = ReplyUpdate::Delta { offset: self.offset, text: text.to_owned() };
            self.offset = message.content.len();
            return update;
        }
        self.source = Source::Over;
        ReplyUpdate::Done(message)
    }
}

fn look(progress: &mut watch::Receiver<Progress>, offset: &mut usize, notes: &mut usize) -> Look {
    let now = progress.borrow_and_update();
    if let Some(note) = now.notes.get(*notes) {
        *notes += 1;
        return Look::Update(ReplyUpdate::Note(note.clone()));
    }
    match now.text.get(*offset..) {
        Some(text) if !text.is_empty() => {
            let update = ReplyUpdate::Delta { offset: *offset, text: text.to_owned() };
            *offset = now.text.len();
            Look::Update(update)
        }
        _ => Look::Nothing,
    }
}
