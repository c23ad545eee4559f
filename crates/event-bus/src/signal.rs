//! Passing hints: what nobody needs to have seen.

use bytes::Bytes;
use domain::{
    EntityType, EventFilter, MessageId, Note, Position, PullId, SessionId, Slug, TaskId, ToolCallId,
};
use serde::Serialize;

/// A passing hint about a session, or about the model side.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The session it is about; none when it is about the model side.
    pub session_id: Option<SessionId>,
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
    /// A tool is being called. It is `progress` too, and known by its `call_id`.
    #[serde(rename = "progress")]
    ToolCall {
        /// The reply that the tool is used for.
        message_id: MessageId,
        /// The call.
        call_id: ToolCallId,
        /// How much is done, in the tool's numbers; 0 when it begins.
        progress: f64,
        /// How much there is to do, as far as known.
        total: Option<f64>,
        /// What it is doing, in its server's words.
        message: Option<String>,
    },
    /// A model is on its way. It is `progress` too, and known by its `pull_id`.
    #[serde(rename = "progress")]
    Pull {
        /// The pull.
        pull_id: PullId,
        /// The model's name.
        name: String,
        /// What its provider is doing, in its words.
        doing: String,
        /// How many bytes are there.
        completed_bytes: i64,
        /// How many there will be, as far as known.
        total_bytes: Option<i64>,
        /// The share of it, from 0 to 100.
        percent: Option<f64>,
        /// How fast it came over the last seconds.
        bytes_per_second: Option<i64>,
        /// How long the rest takes at that speed.
        seconds_left: Option<i64>,
    },
}

/// A signal with its JSON text, made once for all who want it.
#[derive(Debug)]
pub struct SignalDelivery {
    /// The session's id, or the model's name.
    entity_id: String,
    entity_type: EntityType,
    department_id: Option<Slug>,
    /// The newest event when it was made: it is told after that one, and before the next.
    after: Position,
    json: Bytes,
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(flatten)]
    kind: &'a SignalKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
}

impl SignalDelivery {
    pub(crate) fn new(signal: Signal, after: Position) -> Self {
        let frame = Frame { kind: &signal.kind, session_id: signal.session_id };
        let json = serde_json::to_vec(&frame).unwrap_or_else(|_| b"{}".to_vec()).into();
        let (entity_type, entity_id) = match (&signal.kind, signal.session_id) {
            (SignalKind::Pull { name, .. }, _) => (EntityType::Brain, name.clone()),
            (_, session) => (EntityType::Chat, session.map(|id| id.to_string()).unwrap_or_default()),
        };
        Self { entity_id, entity_type, department_id: signal.department_id, after, json }
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
        let entity = [&filter.session_id, &filter.entity_id];
        entity.iter().all(|want| want.as_deref().is_none_or(|want| want == self.entity_id))
            && filter.entity_type.is_none_or(|kind| kind == self.entity_type)
            && filter
                .department_id
                .as_deref()
                .is_none_or(|want| self.department_id.as_ref().is_some_and(|slug| slug.as_str() == want))
    }
}
