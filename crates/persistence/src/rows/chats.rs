//! Sessions and messages.

use super::{slug, word};
use crate::StoreError;
use crate::schema::{messages, session_tallies, sessions};
use crate::types::Key;
use diesel::prelude::*;
use domain::{
    Failure, LastMessage, Message, MessageId, MessageState, Note, Preview, Scope, ScopeType, Session,
    SessionId, Speaker, Timestamp, Title, Usage,
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    pub(crate) id: Key<SessionId>,
    pub(crate) title: String,
    pub(crate) title_by_hand: bool,
    pub(crate) category: String,
    pub(crate) scope_type: String,
    pub(crate) scope_id: String,
    pub(crate) department_id: Option<String>,
    pub(crate) pinned: bool,
    pub(crate) archived: bool,
    pub(crate) message_count: i64,
    pub(crate) last_role: Option<String>,
    pub(crate) last_speaker: Option<String>,
    pub(crate) last_preview: Option<String>,
    pub(crate) last_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) deleted_at: Option<i64>,
    pub(crate) set_aside: i64,
    pub(crate) tip: Option<Key<MessageId>>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        let last = session.last_message.as_ref();
        Self {
            id: Key(session.id),
            title: session.title.as_str().to_owned(),
            title_by_hand: session.title_by_hand,
            category: session.category.as_str().to_owned(),
            scope_type: session.scope.scope_type().as_str().to_owned(),
            scope_id: session.scope.scope_id().unwrap_or_default().to_owned(),
            department_id: session.scope.department().map(ToString::to_string),
            pinned: session.pinned,
            archived: session.archived,
            message_count: session.message_count,
            last_role: last.map(|last| last.role.as_str().to_owned()),
            last_speaker: last.map(|last| last.speaker_name.clone()),
            last_preview: last.map(|last| last.preview.as_str().to_owned()),
            last_at: last.map(|last| last.created_at.as_micros()),
            created_at: session.created_at.as_micros(),
            updated_at: session.updated_at.as_micros(),
            deleted_at: session.deleted_at.map(Timestamp::as_micros),
            set_aside: session.set_aside,
            tip: session.tip.map(Key),
        }
    }
}

impl SessionRow {
    fn scope(&self) -> Result<Scope, StoreError> {
        Ok(match word("scope type", &self.scope_type)? {
            ScopeType::Executive => Scope::Executive,
            ScopeType::General => Scope::General,
            ScopeType::Department => Scope::Department(slug(&self.scope_id)?),
            ScopeType::Council => Scope::Council(slug(&self.scope_id)?),
            ScopeType::Agent => Scope::Agent {
                agent: slug(&self.scope_id)?,
                department: slug(self.department_id.as_deref().unwrap_or_default())?,
            },
        })
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;
    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let scope = row.scope()?;
        let last_message = match (row.last_role, row.last_speaker, row.last_preview, row.last_at) {
            (Some(role), Some(speaker_name), Some(preview), Some(at)) => Some(LastMessage {
                role: word("role", &role)?,
                speaker_name,
                preview: Preview::stored(preview),
                created_at: Timestamp::from_micros(at),
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id.0,
            title: Title::stored(row.title),
            title_by_hand: row.title_by_hand,
            category: word("category", &row.category)?,
            scope,
            pinned: row.pinned,
            archived: row.archived,
            message_count: row.message_count,
            set_aside: row.set_aside,
            tip: row.tip.map(|key| key.0),
            last_message,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = session_tallies)]
pub(crate) struct TallyRow {
    pub(crate) category: String,
    pub(crate) scope_type: String,
    pub(crate) scope_id: String,
    pub(crate) department_id: String,
    pub(crate) live: i64,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub(crate) struct MessageRow {
    pub(crate) id: Key<MessageId>,
    pub(crate) session_id: Key<SessionId>,
    pub(crate) ordinal: i64,
    role: String,
    speaker_kind: String,
    speaker_id: String,
    speaker_name: String,
    speaker_role: String,
    content: String,
    status: String,
    model: Option<String>,
    pub(crate) asked_model: Option<String>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    response_time_ms: Option<i64>,
    notes: Option<String>,
    error_code: Option<String>,
    error_detail: Option<String>,
    pub(crate) parent_id: Option<Key<MessageId>>,
    client_message_id: Option<String>,
    created_at: i64,
    updated_at: i64,
    pub(crate) active: bool,
    /// How many calls of tools it has; they are rows of their own.
    pub(crate) tool_calls: i32,
}

/// Notes as a column keeps them: none of them is NULL.
pub(crate) fn notes_json(notes: &[Note]) -> Result<Option<String>, StoreError> {
    if notes.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(notes)
        .map(Some)
        .map_err(|error| StoreError::Corrupt { what: "notes", value: error.to_string() })
}

fn state(status: &str, code: Option<&str>, detail: Option<String>) -> Result<MessageState, StoreError> {
    Ok(match status {
        "complete" => MessageState::Complete,
        "pending" => MessageState::Pending,
        "streaming" => MessageState::Streaming,
        "deferred" => MessageState::Deferred,
        "stopped" => MessageState::Stopped,
        "interrupted" => MessageState::Interrupted,
        "failed" => MessageState::Failed(Failure {
            code: word("failure code", code.unwrap_or_default())?,
            detail: detail.unwrap_or_default(),
        }),
        other => return Err(StoreError::Corrupt { what: "message status", value: other.to_owned() }),
    })
}

/// The state that a status word names, for a check of the step from it; a failure's reason is left out.
pub(crate) fn bare_state(status: &str) -> Result<MessageState, StoreError> {
    state(status, Some("brain_error"), None)
}

/// The message without its calls of tools.
impl TryFrom<MessageRow> for Message {
    type Error = StoreError;
    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let usage = match (row.prompt_tokens, row.completion_tokens) {
            (Some(prompt_tokens), Some(completion_tokens)) => {
                Some(Usage { prompt_tokens, completion_tokens })
            }
            _ => None,
        };
        let notes = match row.notes {
            None => Vec::new(),
            Some(json) => serde_json::from_str(&json)
                .map_err(|_| StoreError::Corrupt { what: "list of notes", value: row.id.0.to_string() })?,
        };
        Ok(Self {
            id: row.id.0,
            session_id: row.session_id.0,
            role: word("role", &row.role)?,
            speaker: Speaker {
                kind: word("speaker kind", &row.speaker_kind)?,
                id: row.speaker_id,
                name: row.speaker_name,
                role: row.speaker_role,
            },
            content: row.content,
            state: state(&row.status, row.error_code.as_deref(), row.error_detail)?,
            model: row.model,
            usage,
            response_time_ms: row.response_time_ms,
            notes,
            tool_calls: Vec::new(),
            parent_id: row.parent_id.map(|key| key.0),
            active: row.active,
            client_message_id: row.client_message_id,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}
