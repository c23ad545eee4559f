//! Calls of tools on the wire.

use crate::{
    ConnectionId, MessageId, SessionId, Speaker, Timestamp, ToolAccess, ToolCallId, ToolCallStatus, ToolUse,
};
use serde::{Deserialize, Serialize};

/// A call of a tool on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ToolCall))]
pub struct ToolCallView {
    /// Its id.
    pub call_id: ToolCallId,
    /// The session of its reply.
    pub session_id: SessionId,
    /// The reply that the tool is used for.
    pub message_id: MessageId,
    /// Whose tool it is; null where the model named none that there is.
    pub connection_id: Option<ConnectionId>,
    /// The connection's name then.
    pub connection: String,
    /// The tool's name at the connection.
    pub tool: String,
    /// Its arguments: an object, or the model's text where that is none.
    pub arguments: serde_json::Value,
    /// What calling it can do; null where the model named no tool that there is.
    pub access: Option<ToolAccess>,
    /// Where in its life it is.
    pub status: ToolCallStatus,
    /// What the tool answered: a stranger's text, cut where it was too long.
    pub result: Option<String>,
    /// Whether the tool calls that an error.
    pub is_error: bool,
    /// Why there is no answer.
    pub error: Option<String>,
    /// The Founder's words to a no.
    pub reason: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Which of the model's answers asked for it, from 1.
    pub round: i32,
    /// Where in the reply's text it was asked for, in bytes of UTF-8.
    pub offset: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When nothing more was to become of it.
    pub ended_at: Option<Timestamp>,
    /// When the Founder's silence becomes a no; null where it never had to wait.
    pub expires_at: Option<Timestamp>,
}

/// A call that was put to the Founder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Approval))]
pub struct ApprovalView {
    /// The call.
    #[serde(flatten)]
    pub call: ToolCallView,
    /// Who asks.
    pub speaker: Speaker,
    /// What the session is called.
    pub session_title: String,
}

impl From<ToolUse> for ToolCallView {
    fn from(call: ToolUse) -> Self {
        Self {
            call_id: call.id,
            session_id: call.session_id,
            message_id: call.message_id,
            connection_id: call.connection_id,
            duration_ms: call.duration_ms(),
            connection: call.connection,
            tool: call.tool,
            arguments: call.arguments,
            access: call.access,
            status: call.status,
            result: call.result,
            is_error: call.is_error,
            error: call.error,
            reason: call.reason,
            round: call.round,
            offset: call.offset,
            created_at: call.created_at,
            started_at: call.started_at,
            ended_at: call.ended_at,
            expires_at: call.expires_at,
        }
    }
}

impl ToolCallView {
    /// The call that this tells of, at its place among its reply's. What the wire does not tell of a call matters only while
    /// its reply is being made.
    pub fn into_use(self, ordinal: i32) -> ToolUse {
        ToolUse {
            id: self.call_id,
            session_id: self.session_id,
            message_id: self.message_id,
            ordinal,
            round: self.round,
            said: String::new(),
            offset: self.offset,
            name: self.tool.clone(),
            given_id: None,
            connection_id: self.connection_id,
            connection: self.connection,
            tool: self.tool,
            arguments: self.arguments,
            access: self.access,
            form: None,
            status: self.status,
            result: self.result,
            is_error: self.is_error,
            error: self.error,
            reason: self.reason,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: self.ended_at,
            expires_at: self.expires_at,
        }
    }
}
