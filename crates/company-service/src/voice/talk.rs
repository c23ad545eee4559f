//! A talk by voice: what was said is known and begun; now it is answered.

use super::Obeyed;
use super::hush::Speech;
use super::speaker::Speaker;
use crate::Company;
use chat_service::Turn;
use domain::{ClipId, Message, MessageId, SessionId, VoiceState};
use std::sync::Arc;
use tokio::sync::mpsc;
use voice_gateway::{Transcript, VoiceChoice};

/// How many updates a slow watcher may be behind before the talk waits for it.
const AHEAD: usize = 64;

/// A talk whose beginning is done: what was said is known, the command is carried out or the turn stored.
#[derive(Debug)]
pub struct Talk {
    pub(super) company: Company,
    pub(super) transcript: Transcript,
    pub(super) session_id: Option<SessionId>,
    pub(super) answer: Answer,
    /// As it sounds; none: nothing is spoken.
    pub(super) voice: Option<(VoiceState, Option<VoiceChoice>, Speech)>,
}

#[derive(Debug)]
pub(super) enum Answer {
    /// Nobody said anything.
    Nothing,
    Command(Obeyed),
    Turn(Box<Turn>),
}

/// A turn that was begun.
#[derive(Debug, Clone)]
pub struct TurnBegun {
    /// Its session.
    pub session_id: SessionId,
    /// The Founder's message.
    pub user_message: Message,
    /// The reply as it was stored first.
    pub reply: Message,
}

/// A sentence that was spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipTold {
    /// Its place, from 0.
    pub index: usize,
    /// Its words.
    pub sentence: String,
    /// Its sound.
    pub clip: ClipId,
    /// Who spoke.
    pub engine: String,
}

/// What happens in a talk, in its order.
#[derive(Debug, Clone)]
pub enum InteractionUpdate {
    /// Text of the reply, and where its first byte stands.
    Delta {
        /// The reply.
        message_id: MessageId,
        /// Where.
        offset: usize,
        /// What.
        text: String,
    },
    /// A sentence was spoken.
    Audio(ClipTold),
    /// The talk is over. Always the last.
    Done(Box<Interacted>),
}

/// How a turn or command ended.
#[derive(Debug, Clone)]
pub enum Done {
    /// Nobody said anything.
    Nothing,
    /// A command.
    Command(Obeyed),
    /// A turn, with its reply: complete, deferred, stopped, interrupted or failed; as it is then where it waits for the Founder
    /// and [`Talk::answered`] was asked. None where the service shut down first.
    Turn(Option<Arc<Message>>),
}

/// A talk that is over.
#[derive(Debug, Clone)]
pub struct Interacted {
    /// The session; none for a command that was given in none.
    pub session_id: Option<SessionId>,
    /// What was heard.
    pub transcript: Transcript,
    /// What came of it.
    pub done: Done,
    /// The whole answer as text.
    pub response: String,
    /// Its sentences as sound.
    pub clips: Vec<ClipTold>,
    /// All of it as one sound.
    pub whole: Option<ClipId>,
    /// Why it was not spoken, or not to its end.
    pub speech_error: Option<String>,
}

impl Talk {
    /// What was heard.
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The session; none for a command that was given in none.
    pub const fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// The turn, if it is one.
    pub fn turn(&self) -> Option<TurnBegun> {
        let Answer::Turn(turn) = &self.answer else { return None };
        Some(TurnBegun {
            session_id: turn.session.id,
            user_message: turn.user_message.clone(),
            reply: turn.reply.clone(),
        })
    }

    /// The command, if it was one: it is carried out already.
    pub const fn command(&self) -> Option<&Obeyed> {
        match &self.answer {
            Answer::Command(obeyed) => Some(obeyed),
            _ => None,
        }
    }

    /// Speaks, and tells what happens as it does. Who lets go of the receiver ends the speaking, not the reply.
    pub fn go_on(self) -> mpsc::Receiver<InteractionUpdate> {
        self.begin(|speaker| speaker)
    }

    /// As [`Talk::go_on`], for whoever cannot wait for the Founder as well: gives how it ended, a reply with a call that waits
    /// for a yes as it is then. None where the service shut down first.
    pub async fn answered(self) -> Option<Box<Interacted>> {
        let mut updates = self.begin(Speaker::answering_early);
        while let Some(update) = updates.recv().await {
            if let InteractionUpdate::Done(ended) = update {
                return Some(ended);
            }
        }
        None
    }

    fn begin(self, terms: impl FnOnce(Speaker) -> Speaker) -> mpsc::Receiver<InteractionUpdate> {
        let (updates, watched) = mpsc::channel(AHEAD);
        let company = self.company.clone();
        let speaker = terms(Speaker::new(self, updates));
        let closing = company.chat.closing().clone();
        company.chat.spawn(async move {
            closing.run_until_cancelled(speaker.run()).await;
        });
        watched
    }
}
