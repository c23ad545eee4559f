//! Passing hints: what nobody needs to have seen.

use bytes::Bytes;
use domain::{EventFilter, MessageId, Note, Position, SessionId, Slug, TaskId};
use serde::Serialize;

/// A passing hint about a session.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The session it is about.
    pub session_id: SessionId,
    /// The department whose view shows the session.
    pub department_id: Option<Slug>,
    /// What it says.
    pub kind: SignalKind,
}

/// What a signal says.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SignalKind {
    /// A reply's text goes on.
    Delta {
        /// The reply.
        message_id: MessageId,
        /// Where the text's first byte stands, in bytes of UTF-8.
        offset: usize,
        /// What comes there.
        text: String,
    },
    /// An agent gave its note.
    Note {
        /// The reply it goes into.
        message_id: MessageId,
        /// The note.
        note: Note,
    },
    /// An agent writes on a task.
    Progress {
        /// The task.
        task_id: TaskId,
        /// Finished turns of all turns, from 0 to 1.
        progress: f64,
        /// The turn that is being made, from 1.
        turn: i32,
        /// Turns in all, as far as known.
        turns: i32,
        /// How much of this turn's answer is there, in bytes of UTF-8.
        bytes: usize,
    },
}

/// A signal with its JSON text, made once for all who want it.
#[derive(Debug)]
pub struct SignalDelivery {
    session_id: String,
    department_id: Option<Slug>,
    /// The newest event when it was made: it is told after that one, and before the next.
    after: Position,
    json: Bytes,
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(flatten)]
    kind: &'a SignalKind,
    session_id: SessionId,
}

impl SignalDelivery {
    pub(crate) fn new(signal: Signal, after: Position) -> Self {
        let frame = Frame { kind: &signal.kind, session_id: signal.session_id };
        let json = serde_json::to_vec(&frame).unwrap_or_else(|_| b"{}".to_vec()).into();
        Self { session_id: signal.session_id.to_string(), department_id: signal.department_id, after, json }
    }

    pub(crate) const fn after(&self) -> Position {
        self.after
    }

    /// The signal as a JSON object with its `type`.
    pub const fn json(&self) -> &Bytes {
        &self.json
    }

    /// Whether a subscription with this filter sees it. Names of events do not matter to signals.
    pub(crate) fn admitted_by(&self, filter: &EventFilter) -> bool {
        let session = [&filter.session_id, &filter.entity_id];
        session.iter().all(|want| want.as_deref().is_none_or(|want| want == self.session_id))
            && filter.entity_type.is_none_or(|kind| kind == domain::EntityType::Chat)
            && filter
                .department_id
                .as_deref()
                .is_none_or(|want| self.department_id.as_ref().is_some_and(|slug| slug.as_str() == want))
    }
}
