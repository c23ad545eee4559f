//! Our own form, in which nothing is lost: JSON, and JSONL.

use crate::ChatError;
use domain::view::{
    EXPORT_KIND, EXPORT_VERSION, ExportHead, ExportLine, MessageRecord, MessageStatus, SessionRecord,
};
use domain::{Message, MessageState, Scope, ScopeType, Session, Slug, Timestamp, Title, ToolUse};
use persistence::{StoreError, Transferred};
use serde::Serialize;

pub(super) fn head(out: &mut String, at: Timestamp) -> Result<(), ChatError> {
    line(out, &ExportLine::Head(ExportHead { version: EXPORT_VERSION, exported_at: at }))
}

pub(super) fn session(out: &mut String, session: &Session) -> Result<(), ChatError> {
    line(out, &ExportLine::Session(session_record(session)))
}

pub(super) fn message(out: &mut String, message: &Transferred) -> Result<(), ChatError> {
    line(out, &ExportLine::Message(message_record(message)))
}

/// The document up to its list of sessions.
pub(super) fn document_head(out: &mut String, at: Timestamp) -> Result<(), ChatError> {
    out.push_str("{\"kind\":");
    json(out, EXPORT_KIND)?;
    out.push_str(",\"version\":");
    json(out, &EXPORT_VERSION)?;
    out.push_str(",\"exported_at\":");
    json(out, &at)?;
    out.push_str(",\"sessions\":[");
    Ok(())
}

/// A session up to its list of messages.
pub(super) fn document_session(out: &mut String, session: &Session, first: bool) -> Result<(), ChatError> {
    out.push_str(if first { "\n" } else { ",\n" });
    json(out, &session_record(session))?;
    // The list comes into the object.
    out.pop();
    out.push_str(",\"messages\":[");
    Ok(())
}

pub(super) fn document_message(
    out: &mut String,
    message: &Transferred,
    first: bool,
) -> Result<(), ChatError> {
    out.push_str(if first { "\n" } else { ",\n" });
    json(out, &message_record(message))
}

fn session_record(session: &Session) -> SessionRecord {
    SessionRecord { session: session.clone().into(), title_by_hand: session.title_by_hand }
}

fn message_record(transferred: &Transferred) -> MessageRecord {
    let Transferred { message, asked_model } = transferred;
    MessageRecord { message: message.clone().into(), asked_model: asked_model.clone() }
}

fn line(out: &mut String, line: &ExportLine) -> Result<(), ChatError> {
    json(out, line)?;
    out.push('\n');
    Ok(())
}

fn json<T: Serialize + ?Sized>(out: &mut String, value: &T) -> Result<(), ChatError> {
    let text = serde_json::to_string(value)
        .map_err(|error| StoreError::Corrupt { what: "row to export", value: error.to_string() })?;
    out.push_str(&text);
    Ok(())
}

/// A session as a file tells of it.
pub(super) fn session_of(record: SessionRecord) -> Result<Session, String> {
    let view = record.session;
    let slug = || {
        let text = view.scope_id.as_deref().ok_or_else(|| "scope_id is missing".to_owned())?;
        Slug::parse(text).map_err(|error| format!("scope_id: {error}"))
    };
    let scope = match view.scope_type {
        ScopeType::Executive => Scope::Executive,
        ScopeType::General => Scope::General,
        ScopeType::Department => Scope::Department(slug()?),
        ScopeType::Council => Scope::Council(slug()?),
        ScopeType::Agent => {
            let department = view.department_id.clone();
            Scope::Agent { agent: slug()?, department: department.ok_or("department_id is missing")? }
        }
    };
    let title = Title::by_hand(&view.title).unwrap_or_else(|| Title::from_text(&view.title));
    Ok(Session {
        category: view.category,
        pinned: view.pinned,
        archived: view.archived,
        updated_at: view.updated_at,
        deleted_at: view.deleted_at,
        ..Session::new(view.session_id, title, record.title_by_hand, scope, view.created_at)
    })
}

/// A message as a file tells of it.
pub(super) fn message_of(record: MessageRecord) -> Result<Transferred, String> {
    let view = record.message;
    let state = match (view.status, view.error) {
        (MessageStatus::Complete, _) => MessageState::Complete,
        (MessageStatus::Pending, _) => MessageState::Pending,
        (MessageStatus::Streaming, _) => MessageState::Streaming,
        (MessageStatus::Deferred, _) => MessageState::Deferred,
        (MessageStatus::Stopped, _) => MessageState::Stopped,
        (MessageStatus::Interrupted, _) => MessageState::Interrupted,
        (MessageStatus::Failed, Some(failure)) => MessageState::Failed(failure),
        (MessageStatus::Failed, None) => return Err("it failed, and has no error".to_owned()),
    };
    let calls = (1..).zip(view.tool_calls).map(|(ordinal, call)| ToolUse {
        session_id: view.session_id,
        message_id: view.message_id,
        ..call.into_use(ordinal)
    });
    let tool_calls = calls.collect();
    let message = Message {
        id: view.message_id,
        session_id: view.session_id,
        role: view.role,
        speaker: view.speaker,
        content: view.content,
        state,
        model: view.model,
        usage: view.usage,
        response_time_ms: view.response_time_ms,
        notes: view.notes,
        tool_calls,
        parent_id: view.parent_id,
        active: view.active,
        client_message_id: view.client_message_id,
        created_at: view.created_at,
        updated_at: view.updated_at,
    };
    Ok(Transferred { message, asked_model: record.asked_model })
}
