//! The wire form of things: what the HTTP API answers with and what an event carries as its payload, written once.

use crate::{
    AgentStatus, Alternatives, DepartmentStatus, Failure, MessageId, Note, Role, ScopeType, SessionCategory,
    SessionId, Slug, Speaker, Timestamp, Usage,
};
use serde::{Deserialize, Serialize};

/// A session on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Session))]
pub struct SessionView {
    /// Its id.
    pub session_id: SessionId,
    /// What it is called.
    pub title: String,
    /// The drawer it lies in.
    pub category: SessionCategory,
    /// The kind of counterpart.
    pub scope_type: ScopeType,
    /// The slug of the department, agent or council.
    pub scope_id: Option<String>,
    /// The department whose view shows it.
    pub department_id: Option<Slug>,
    /// Whether it can be talked in: it is not deleted.
    pub is_active: bool,
    /// Kept at the top.
    pub pinned: bool,
    /// Put away.
    pub archived: bool,
    /// How many messages it holds, replies in the making included.
    pub message_count: i64,
    /// The newest message that has text.
    pub last_message: Option<LastMessageView>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was put into the trash.
    pub deleted_at: Option<Timestamp>,
}

/// The newest message of a session in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LastMessage))]
pub struct LastMessageView {
    /// Its part in the talk.
    pub role: Role,
    /// Who spoke.
    pub speaker_name: String,
    /// How the text begins: at most 120 characters on one line.
    pub preview: String,
    /// When it was said.
    pub created_at: Timestamp,
}

/// A message on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Message))]
pub struct MessageView {
    /// Its id.
    pub message_id: MessageId,
    /// Its session.
    pub session_id: SessionId,
    /// Its part in the talk.
    pub role: Role,
    /// Who speaks.
    pub speaker: Speaker,
    /// The text, to the letter.
    pub content: String,
    /// Where in its life it is.
    pub status: MessageStatus,
    /// The model that answered, or `offline` on a deferred reply.
    pub model: Option<String>,
    /// What the generation used up.
    pub usage: Option<Usage>,
    /// From acceptance to the last token, in milliseconds; of a reply made again, from then.
    pub response_time_ms: Option<i64>,
    /// What the department's other agents said.
    pub notes: Vec<Note>,
    /// The tools it used, in the order in which the model asked.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub tool_calls: Vec<ToolCallView>,
    /// Why the reply failed.
    pub error: Option<Failure>,
    /// The message this one answers or follows: the one before it on its branch.
    pub parent_id: Option<MessageId>,
    /// Whether it is on the branch shown.
    #[serde(default = "shown")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub active: bool,
    /// Its place among its alternatives, in answers that say it: what has none, and what an event carries, leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub alternatives: Option<Alternatives>,
    /// The sender's own id of a user's message.
    pub client_message_id: Option<String>,
    /// When it was stored first.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Before there were branches, all messages were on the one shown.
const fn shown() -> bool {
    true
}

/// Where in its life a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageStatus {
    /// Said, or answered whole.
    Complete,
    /// Stored and waiting for its turn or its first token.
    Pending,
    /// The text is coming.
    Streaming,
    /// Waiting for the brain to return.
    Deferred,
    /// Ended by the Founder.
    Stopped,
    /// Cut off by a crash or a shutdown.
    Interrupted,
    /// Ended by an error.
    Failed,
}

/// A department on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Department))]
pub struct DepartmentView {
    /// Its stable name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// Whether it works.
    pub status: DepartmentStatus,
    /// Left out of lists unless asked for.
    pub hidden: bool,
    /// The agent that answers for it.
    pub spokesperson_id: Option<Slug>,
    /// How many agents it has.
    pub agent_count: i64,
    /// Its place among the departments.
    pub position: i32,
}

/// An agent on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Agent))]
pub struct AgentView {
    /// Its stable name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// Its job.
    pub role: String,
    /// Its kind of work.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its department.
    pub department_id: Slug,
    /// What it is doing.
    pub status: AgentStatus,
    /// A model of its own; none means the active one.
    pub model: Option<String>,
    /// Instructions of its own.
    pub system_prompt: Option<String>,
    /// Settings for the model.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub params: serde_json::Map<String, serde_json::Value>,
    /// A voice of its own.
    pub voice_id: Option<String>,
    /// What it is for.
    pub description: String,
    /// When it last answered.
    pub last_seen: Option<Timestamp>,
}

mod activity;
mod brain;
mod connection;
mod councils;
mod founder;
mod from_domain;
mod search;
mod task;
mod tool;
mod transfer;
mod voice;

pub use activity::{ActivityMetrics, ActivityView, CurrentTaskView};
pub use brain::{BrainState, ModelDeleted, ModelSelected, ProviderState, PullView, RoutingChanged};
pub use connection::ConnectionView;
pub use councils::{CouncilMemberView, CouncilView, DebateView};
pub use founder::{Emergency, Maintenance, OverrideCleared, OverrideView};
pub use search::SearchHitView;
pub use task::TaskView;
pub use tool::{ApprovalView, ToolCallView};
pub use transfer::{
    EXPORT_KIND, EXPORT_VERSION, ExportHead, ExportLine, ImportView, MessageRecord, SessionDocument,
    SessionRecord,
};
pub use voice::{VoiceSampleView, VoiceStateView};
