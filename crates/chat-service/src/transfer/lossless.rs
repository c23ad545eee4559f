//! Our own form, in which nothing is lost: JSON, and JSONL.

use crate::ChatError;
use domain::view::{EXPORT_KIND, EXPORT_VERSION, ExportHead, ExportLine, MessageRecord, SessionRecord};
use domain::{Session, Timestamp};
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
