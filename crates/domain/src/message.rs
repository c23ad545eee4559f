//! One message, and the life of a reply.

use crate::scope::words;
use crate::{MemberId, MessageId, SessionId, Slug, Timestamp, ToolUse};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// A message's part in the talk, as language models know it.
    Role {
        /// The Founder's.
        User = "user",
        /// A reply.
        Assistant = "assistant",
        /// A remark of the system.
        System = "system",
    }
);

words!(
    /// The kind of speaker.
    SpeakerKind {
        /// The owner.
        Founder = "founder",
        /// The executive assistant.
        Daena = "daena",
        /// An agent.
        Agent = "agent",
        /// A member of a council.
        CouncilMember = "council_member",
        /// A language model that nobody of the company speaks through.
        Model = "model",
        /// The system.
        System = "system",
    }
);

words!(
    /// How asking one agent for its note ended.
    NoteStatus {
        /// It answered.
        Complete = "complete",
        /// The model failed.
        Failed = "failed",
        /// It was not done by the deadline.
        Timeout = "timeout",
    }
);

words!(
    /// Why a reply failed; the codes of the HTTP API.
    FailureCode {
        /// The model server answered with an error, or not in its protocol.
        BrainError = "brain_error",
        /// The model server took too long.
        BrainTimeout = "brain_timeout",
    }
);

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Speaker {
    /// The kind.
    pub kind: SpeakerKind,
    /// `founder`, `daena`, `system`, a slug, the id of a council's member, or a model's name.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// The speaker's job, such as "Chief Engineer".
    pub role: String,
}

impl Speaker {
    /// The owner.
    pub fn founder() -> Self {
        Self {
            kind: SpeakerKind::Founder,
            id: "founder".into(),
            name: "Founder".into(),
            role: "Founder".into(),
        }
    }

    /// The executive assistant.
    pub fn daena() -> Self {
        Self {
            kind: SpeakerKind::Daena,
            id: "daena".into(),
            name: "Daena".into(),
            role: "Executive Assistant".into(),
        }
    }

    /// An agent.
    pub fn agent(slug: &Slug, name: &str, role: &str) -> Self {
        Self { kind: SpeakerKind::Agent, id: slug.to_string(), name: name.to_owned(), role: role.to_owned() }
    }

    /// A language model as itself.
    pub fn model(name: &str) -> Self {
        Self { kind: SpeakerKind::Model, id: name.to_owned(), name: name.to_owned(), role: "Model".into() }
    }

    /// A member of a council.
    pub fn council_member(id: MemberId, name: &str, role: &str) -> Self {
        let (name, role) = (name.to_owned(), role.to_owned());
        Self { kind: SpeakerKind::CouncilMember, id: id.to_string(), name, role }
    }
}

/// What a generation used up, from the model server's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: i64,
    /// Tokens written.
    pub completion_tokens: i64,
}

/// One agent's short input to the spokesperson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// The agent.
    pub agent_id: Slug,
    /// Its name.
    pub agent_name: String,
    /// Its job.
    pub agent_role: String,
    /// What it said; empty when it did not.
    pub note: String,
    /// How asking it ended.
    pub status: NoteStatus,
}

/// Why a reply failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// The code.
    pub code: FailureCode,
    /// What happened, for people. Never an answer.
    pub detail: String,
}

/// The life of a message. A user's is complete when it is stored; a reply's goes
/// `pending → streaming → complete | stopped | interrupted | failed`, and `pending → deferred → streaming` when the
/// brain is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageState {
    /// Said, or answered whole.
    Complete,
    /// Stored and waiting: for the turn before it, or for the first token.
    Pending,
    /// The text is coming.
    Streaming,
    /// Waiting for the brain to return.
    Deferred,
    /// Ended by the Founder; the text so far is kept.
    Stopped,
    /// Cut off by a crash or a shutdown; the text up to the last checkpoint is kept.
    Interrupted,
    /// Ended by an error; the text so far is kept.
    Failed(Failure),
}

/// A step that a message's life does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message that is {from} cannot become {to}")]
pub struct InvalidTransition {
    /// What it is.
    pub from: &'static str,
    /// What it was to be.
    pub to: &'static str,
}

impl MessageState {
    /// The word on the wire and in the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Pending => "pending",
            Self::Streaming => "streaming",
            Self::Deferred => "deferred",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether the reply is still to come or coming.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::Streaming | Self::Deferred)
    }

    /// Whether the Founder may ask for the reply to be made again in place.
    pub const fn can_retry(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Stopped | Self::Interrupted)
    }

    /// The next state, or why there is no such step.
    pub fn become_state(&self, next: Self) -> Result<Self, InvalidTransition> {
        let allowed = match self {
            Self::Complete => false,
            Self::Pending => !matches!(next, Self::Pending),
            Self::Streaming => !matches!(next, Self::Pending | Self::Streaming),
            Self::Deferred => matches!(next, Self::Pending | Self::Streaming | Self::Stopped),
            Self::Stopped | Self::Interrupted | Self::Failed(_) => matches!(next, Self::Pending),
        };
        if allowed { Ok(next) } else { Err(InvalidTransition { from: self.as_str(), to: next.as_str() }) }
    }
}

/// One message of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its session.
    pub session_id: SessionId,
    /// Its part in the talk.
    pub role: Role,
    /// Who speaks.
    pub speaker: Speaker,
    /// The text, to the letter. Of a reply in the making: what is there so far.
    pub content: String,
    /// Where in its life it is.
    pub state: MessageState,
    /// The model that answered, or `offline` on a deferred reply.
    pub model: Option<String>,
    /// What the generation used up.
    pub usage: Option<Usage>,
    /// From acceptance to the last token.
    pub response_time_ms: Option<i64>,
    /// What the department's other agents said.
    pub notes: Vec<Note>,
    /// The tools it used, in the order in which the model asked.
    pub tool_calls: Vec<ToolUse>,
    /// The message this one answers or follows: the one before it on its branch.
    pub parent_id: Option<MessageId>,
    /// Whether it is on the branch shown. What is aside is still readable, and never changes.
    pub active: bool,
    /// The sender's own id of a user's message; unique in the database.
    pub client_message_id: Option<String>,
    /// When it was stored first.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> Vec<MessageState> {
        let failed = Failure { code: FailureCode::BrainError, detail: String::new() };
        vec![
            MessageState::Complete,
            MessageState::Pending,
            MessageState::Streaming,
            MessageState::Deferred,
            MessageState::Stopped,
            MessageState::Interrupted,
            MessageState::Failed(failed),
        ]
    }

    #[test]
    fn a_complete_reply_never_changes_again() {
        for next in states() {
            assert!(MessageState::Complete.become_state(next).is_err());
        }
    }

    #[test]
    fn what_can_be_retried_is_closed_and_can_only_become_pending() {
        for state in states().into_iter().filter(MessageState::can_retry) {
            assert!(!state.is_open());
            for next in states() {
                assert_eq!(state.become_state(next.clone()).is_ok(), next == MessageState::Pending);
            }
        }
    }
}
