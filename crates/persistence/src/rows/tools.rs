//! Calls of tools.

use super::word;
use crate::StoreError;
use crate::schema::{messages, sessions, tool_calls};
use crate::types::Key;
use diesel::prelude::*;
use domain::{ConnectionId, MessageId, SessionId, Speaker, Timestamp, ToolCallId, ToolUse};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tool_calls, treat_none_as_null = true)]
pub(crate) struct ToolCallRow {
    pub(crate) id: Key<ToolCallId>,
    session_id: Key<SessionId>,
    pub(crate) message_id: Key<MessageId>,
    ordinal: i32,
    round: i32,
    said: String,
    text_offset: i64,
    name: String,
    given_id: Option<String>,
    connection_id: Option<Key<ConnectionId>>,
    connection: String,
    tool: String,
    arguments: String,
    access: Option<String>,
    status: String,
    result: Option<String>,
    is_error: bool,
    error: Option<String>,
    reason: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    expires_at: Option<i64>,
    form: Option<String>,
}

/// Who asks for a call, and in which session.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub(crate) struct PutRow {
    speaker_kind: String,
    speaker_id: String,
    speaker_name: String,
    speaker_role: String,
    #[diesel(select_expression = sessions::title)]
    pub(crate) title: String,
}

impl PutRow {
    pub(crate) fn speaker(self) -> Result<Speaker, StoreError> {
        Ok(Speaker {
            kind: word("speaker kind", &self.speaker_kind)?,
            id: self.speaker_id,
            name: self.speaker_name,
            role: self.speaker_role,
        })
    }
}

impl From<&ToolUse> for ToolCallRow {
    fn from(call: &ToolUse) -> Self {
        Self {
            id: Key(call.id),
            session_id: Key(call.session_id),
            message_id: Key(call.message_id),
            ordinal: call.ordinal,
            round: call.round,
            said: call.said.clone(),
            text_offset: call.offset,
            name: call.name.clone(),
            given_id: call.given_id.clone(),
            connection_id: call.connection_id.map(Key),
            connection: call.connection.clone(),
            tool: call.tool.clone(),
            arguments: call.arguments.to_string(),
            access: call.access.map(|access| access.as_str().to_owned()),
            status: call.status.as_str().to_owned(),
            result: call.result.clone(),
            is_error: call.is_error,
            error: call.error.clone(),
            reason: call.reason.clone(),
            created_at: call.created_at.as_micros(),
            started_at: call.started_at.map(Timestamp::as_micros),
            ended_at: call.ended_at.map(Timestamp::as_micros),
            expires_at: call.expires_at.map(Timestamp::as_micros),
            form: call.form.clone(),
        }
    }
}

impl TryFrom<ToolCallRow> for ToolUse {
    type Error = StoreError;
    fn try_from(row: ToolCallRow) -> Result<Self, StoreError> {
        let arguments = serde_json::from_str(&row.arguments)
            .map_err(|_| StoreError::Corrupt { what: "arguments of call", value: row.id.0.to_string() })?;
        Ok(Self {
            id: row.id.0,
            session_id: row.session_id.0,
            message_id: row.message_id.0,
            ordinal: row.ordinal,
            round: row.round,
            said: row.said,
            offset: row.text_offset,
            name: row.name,
            given_id: row.given_id,
            connection_id: row.connection_id.map(|key| key.0),
            connection: row.connection,
            tool: row.tool,
            arguments,
            access: row.access.map(|access| word("access", &access)).transpose()?,
            status: word("status of a call", &row.status)?,
            result: row.result,
            is_error: row.is_error,
            error: row.error,
            reason: row.reason,
            created_at: Timestamp::from_micros(row.created_at),
            started_at: row.started_at.map(Timestamp::from_micros),
            ended_at: row.ended_at.map(Timestamp::from_micros),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            form: row.form,
        })
    }
}
