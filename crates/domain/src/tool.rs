//! Tools of the company's connections, and the calls that are made of them.

use crate::scope::words;
use crate::{ConnectionId, InvalidCursor, MessageId, SessionId, Timestamp, ToolCallId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// What calling a tool can do to the world.
    ToolAccess {
        /// It only looks.
        Read = "read",
        /// It adds or changes something.
        Write = "write",
        /// It can undo what is there.
        Destructive = "destructive",
    }
);

words!(
    /// Whether the Founder is asked before a tool is called. Nothing here forbids a tool: what is not granted is not
    /// offered.
    ToolApproval {
        /// Each time.
        Ask = "ask",
        /// No longer: the Founder said yes to this tool, as it was then, for always.
        Always = "always",
        /// Never: it is called as soon as somebody asks for it.
        Never = "never",
    }
);

impl ToolApproval {
    /// Whether a call waits for the Founder.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Ask)
    }
}

words!(
    /// Where in its life a call is: `waiting → approved → running → complete | failed`, or `refused`, `expired` in place of
    /// `approved`. What need not wait begins `approved`; what cannot be called at all is `failed` from its beginning.
    ToolCallStatus {
        /// For the Founder's yes.
        Waiting = "waiting",
        /// To be made next.
        Approved = "approved",
        /// Being made.
        Running = "running",
        /// The tool answered; the tool itself may call its answer an error.
        Complete = "complete",
        /// There is no answer.
        Failed = "failed",
        /// The Founder said no.
        Refused = "refused",
        /// The Founder said nothing in time.
        Expired = "expired",
        /// Its reply was ended first.
        Cancelled = "cancelled",
    }
);

impl ToolCallStatus {
    /// Whether something is still to become of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Approved | Self::Running)
    }

    /// Whether it can become this next.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Self::Waiting => {
                matches!(next, Self::Approved | Self::Refused | Self::Expired | Self::Cancelled)
            }
            Self::Approved => matches!(next, Self::Running | Self::Failed | Self::Cancelled),
            Self::Running => matches!(next, Self::Complete | Self::Failed | Self::Cancelled),
            _ => false,
        }
    }
}

/// The use of a tool for a reply: what the model asked to have called, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// Its id.
    pub id: ToolCallId,
    /// The reply's session.
    pub session_id: SessionId,
    /// The reply.
    pub message_id: MessageId,
    /// Its place among the reply's calls, from 1.
    pub ordinal: i32,
    /// Which of the model's answers asked for it, from 1. Calls of one answer were asked for together.
    pub round: i32,
    /// What the model said in that answer before it asked; on the answer's first call only.
    pub said: String,
    /// Where in the reply's text it was asked for, in bytes of UTF-8.
    pub offset: i64,
    /// The name the model called.
    pub name: String,
    /// The id that the model's server gave it.
    pub given_id: Option<String>,
    /// Whose tool it is; none where no tool granted has that name.
    pub connection_id: Option<ConnectionId>,
    /// The connection's name then.
    pub connection: String,
    /// The tool's name at the connection.
    pub tool: String,
    /// Its arguments: an object, or the model's text where that is none.
    pub arguments: serde_json::Value,
    /// What calling it can do.
    pub access: Option<ToolAccess>,
    /// What the tool was when it was asked for: another description, schema or access gives another form. None where the
    /// model named no tool that there is, and of a call that came in with an import.
    pub form: Option<String>,
    /// Where in its life it is.
    pub status: ToolCallStatus,
    /// What the tool answered: a stranger's text.
    pub result: Option<String>,
    /// Whether the tool calls that an error.
    pub is_error: bool,
    /// Why there is no answer.
    pub error: Option<String>,
    /// The Founder's words to a no.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When nothing more was to become of it.
    pub ended_at: Option<Timestamp>,
    /// When the Founder's silence becomes a no; none where it never had to wait.
    pub expires_at: Option<Timestamp>,
}

impl ToolUse {
    /// How long the call took, in milliseconds; none before its end, or where it was never made.
    pub fn duration_ms(&self) -> Option<i64> {
        Some(self.ended_at?.millis_since(self.started_at?))
    }
}

/// A place in the list of calls that were put to the Founder, newest first: behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolCallCursor(pub ToolCallId);

impl fmt::Display for ToolCallCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ToolCallCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        text.parse().map(Self).map_err(|_| InvalidCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_made_once_and_only_after_a_yes() {
        use ToolCallStatus as S;
        for status in S::ALL {
            let before: Vec<_> = S::ALL.iter().filter(|before| before.can_become(*status)).collect();
            match status {
                S::Running => assert_eq!(before, [&S::Approved]),
                S::Complete => assert_eq!(before, [&S::Running]),
                _ => assert!(before.iter().all(|before| before.is_open())),
            }
            assert_eq!(status.is_open(), S::ALL.iter().any(|next| status.can_become(*next)));
        }
    }
}
