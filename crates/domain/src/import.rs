//! Sessions taken in from a file.

use crate::scope::words;
use crate::{ImportId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// Whose form a file has.
    ImportForm {
        /// Our own, one JSON object a line.
        DaenaJsonl = "daena_jsonl",
        /// Our own, one JSON document.
        DaenaJson = "daena_json",
        /// The `conversations.json` of ChatGPT.
        Chatgpt = "chatgpt",
        /// The export of Open WebUI.
        OpenWebui = "open_webui",
    }
);

words!(
    /// Where in its life an import is.
    ImportStatus {
        /// It is at work, or will go on with the next start.
        Running = "running",
        /// The whole file is in.
        Completed = "completed",
        /// It could not go on. What came in until then stays.
        Failed = "failed",
    }
);

/// What became of the sessions, or the messages, of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportTally {
    /// New ones.
    pub imported: i64,
    /// Those of sessions that were here already, which stay as they are.
    pub skipped: i64,
    /// Those that could not be read, or are of a kind that is not kept.
    pub left_out: i64,
}

/// Something in a file that did not come in as it stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRemark {
    /// Where in the file: `line 17`, `conversation 3`.
    pub at: String,
    /// What, and why.
    pub detail: String,
}

impl ImportRemark {
    /// The most characters of one: what is wrong with a value is told with the value, however long that is.
    pub const MOST_CHARS: usize = 300;

    /// A text as a remark has room for it.
    pub fn brief(mut text: String) -> String {
        if let Some((end, _)) = text.char_indices().nth(Self::MOST_CHARS) {
            text.truncate(end);
            text.push('…');
        }
        text
    }
}

/// What came of a file so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// Its sessions.
    pub sessions: ImportTally,
    /// Its messages.
    pub messages: ImportTally,
    /// The first remarks, at most [`ImportReport::MOST`].
    pub remarks: Vec<ImportRemark>,
    /// How many remarks there are in all.
    pub remark_count: i64,
}

impl ImportReport {
    /// How many remarks are kept.
    pub const MOST: usize = 100;

    /// Counts a remark, and keeps it, in brief, if it is one of the first.
    pub fn remark(&mut self, remark: ImportRemark) {
        self.remark_count += 1;
        if self.remarks.len() < Self::MOST {
            let ImportRemark { at, detail } = remark;
            let (at, detail) = (ImportRemark::brief(at), ImportRemark::brief(detail));
            self.remarks.push(ImportRemark { at, detail });
        }
    }
}

/// A file that is being taken in, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Whose form the file has.
    pub form: ImportForm,
    /// Where in its life it is.
    pub status: ImportStatus,
    /// The file's size.
    pub bytes: i64,
    /// How much of it is done with.
    pub done_bytes: i64,
    /// How many sessions of the file are done with: here it goes on after a restart,
    pub talks: i64,
    /// behind so many messages of the next one.
    pub messages: i64,
    /// What came of it so far.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_brief_and_whole_to_its_last_character() {
        let mut report = ImportReport::default();
        let short = "é".repeat(ImportRemark::MOST_CHARS);
        for detail in [short.clone(), short.clone() + "x", "🦀".repeat(1_000_000)] {
            report.remark(ImportRemark { at: "line 1".to_owned(), detail });
        }
        let told: Vec<&str> = report.remarks.iter().map(|it| it.detail.as_str()).collect();
        let crabs = "🦀".repeat(ImportRemark::MOST_CHARS) + "…";
        assert_eq!(told, [short.as_str(), &(short.clone() + "…"), &crabs]);
    }
}
