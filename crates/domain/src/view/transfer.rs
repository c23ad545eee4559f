//! Sessions and messages as they stand in a file that is exported.

use super::{MessageView, SessionView};
use crate::{Import, ImportForm, ImportId, ImportReport, ImportStatus, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of file an export is: the first line of a JSONL file, the first fields of a JSON one.
pub const EXPORT_KIND: &str = "daena.export";

/// The newest form of exports this program knows.
pub const EXPORT_VERSION: u32 = 1;

/// A session with what its wire form leaves out. Counts, the tip and the last message are not read back: they follow from
/// the messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRecord {
    /// The session.
    #[serde(flatten)]
    pub session: SessionView,
    /// Whether the title was set by hand.
    pub title_by_hand: bool,
}

/// A message with what its wire form leaves out. Its place in the session is its place in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageRecord {
    /// The message.
    #[serde(flatten)]
    pub message: MessageView,
    /// The model the request named.
    pub asked_model: Option<String>,
}

/// One line of a JSONL file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExportLine {
    /// The first line.
    #[serde(rename = "daena.export")]
    Head(ExportHead),
    /// A session; its messages follow it.
    Session(SessionRecord),
    /// A message of the session before it, behind all that were written before it.
    Message(MessageRecord),
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportHead {
    /// The form's version.
    pub version: u32,
    /// When the export began.
    pub exported_at: Timestamp,
}

/// A session of a JSON file: with its messages in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDocument {
    /// The session.
    #[serde(flatten)]
    pub session: SessionRecord,
    /// Its messages, of all branches, in the order in which they were written.
    pub messages: Vec<MessageRecord>,
}

/// An import on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Import))]
pub struct ImportView {
    /// Its id.
    pub import_id: ImportId,
    /// Whose form the file has.
    pub form: ImportForm,
    /// Where in its life it is.
    pub status: ImportStatus,
    /// The file's size.
    pub bytes: i64,
    /// How much of it is done with.
    pub done_bytes: i64,
    /// What came of it so far.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Why it could not go on.
    pub error: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last came further.
    pub updated_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        Self {
            import_id: import.id,
            form: import.form,
            status: import.status,
            bytes: import.bytes,
            done_bytes: import.done_bytes,
            report: import.report,
            error: import.error,
            created_at: import.created_at,
            updated_at: import.updated_at,
            finished_at: import.finished_at,
        }
    }
}
