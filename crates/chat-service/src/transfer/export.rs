//! Sessions on their way into a file, a page at a time.

use super::{html, lossless, markdown};
use crate::ChatError;
use crate::service::{ChatService, Inner};
use domain::{Session, SessionId, Timestamp};
use persistence::{ReadTx, Transferred};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How many messages are held at a time.
const PAGE: usize = 100;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document; nothing is lost.
    Json,
    /// One JSON object a line; nothing is lost.
    Jsonl,
    /// Markdown to read: the branch shown.
    Markdown,
    /// A page to read: the branch shown.
    Html,
}

/// A text that names no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected json, jsonl, markdown or html")]
pub struct UnknownFormat;

impl FromStr for ExportFormat {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::Jsonl),
            "markdown" => Ok(Self::Markdown),
            "html" => Ok(Self::Html),
            _ => Err(UnknownFormat),
        }
    }
}

impl ExportFormat {
    /// The media type of such a file.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Jsonl => "application/jsonl; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// How the names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

/// A file in the making: taken part by part, so that no more than a page of messages is ever held. Each page is read at a
/// moment of its own: what is said meanwhile may be in it.
pub struct Export {
    inner: Arc<Inner>,
    format: ExportFormat,
    at: Timestamp,
    stage: Stage,
    /// The one session; none for all.
    only: Option<SessionId>,
    sessions: usize,
}

enum Stage {
    Head,
    /// Behind this session.
    Sessions(Option<SessionId>),
    /// In this session, behind this place.
    Messages(Box<Session>, i64),
    Done,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("format", &self.format)
            .field("only", &self.only)
            .finish_non_exhaustive()
    }
}

impl ChatService {
    /// A session as a file, from the trash too; and the session, for the file's name.
    ///
    /// # Errors
    /// [`ChatError::NotFound`].
    pub async fn export_session(
        &self,
        id: SessionId,
        format: ExportFormat,
    ) -> Result<(Session, Export), ChatError> {
        let find = move |tx: &mut ReadTx<'_>| {
            tx.sessions().get(id)?.ok_or_else(|| ChatError::not_found("session", id))
        };
        let session = self.inner.store.read(find).await?;
        Ok((session, self.export(format, Some(id))))
    }

    /// All sessions as one JSONL file, those in the trash included.
    pub fn export_all(&self) -> Export {
        self.export(ExportFormat::Jsonl, None)
    }

    fn export(&self, format: ExportFormat, only: Option<SessionId>) -> Export {
        let inner = Arc::clone(&self.inner);
        let at = inner.clock.now();
        Export { inner, format, at, stage: Stage::Head, only, sessions: 0 }
    }
}

impl Export {
    /// The next part of the file; none at its end.
    ///
    /// # Errors
    /// When the database cannot be read: the file has no end then.
    pub async fn next(&mut self) -> Result<Option<String>, ChatError> {
        let mut text = String::new();
        while text.is_empty() {
            match std::mem::replace(&mut self.stage, Stage::Done) {
                Stage::Done => return Ok(None),
                Stage::Head => {
                    self.head(&mut text)?;
                    self.stage = Stage::Sessions(None);
                }
                Stage::Sessions(after) => match self.session_after(after).await? {
                    Some(session) => self.begin(&mut text, session)?,
                    None => self.tail(&mut text),
                },
                Stage::Messages(session, place) => self.page(&mut text, session, place).await?,
            }
        }
        Ok(Some(text))
    }

    async fn session_after(&self, after: Option<SessionId>) -> Result<Option<Session>, ChatError> {
        let only = self.only;
        let find = move |tx: &mut ReadTx<'_>| match (only, after) {
            (Some(_), Some(_)) => Ok(None),
            (Some(id), None) => tx.sessions().get(id),
            (None, after) => Ok(tx.transfer().sessions(after, 1)?.pop()),
        };
        Ok(self.inner.store.read(find).await?)
    }

    async fn page(&mut self, text: &mut String, session: Box<Session>, place: i64) -> Result<(), ChatError> {
        let id = session.id;
        let read = move |tx: &mut ReadTx<'_>| tx.transfer().messages(id, place, PAGE);
        let (messages, last) = self.inner.store.read(read).await?;
        for (n, message) in messages.iter().enumerate() {
            self.message(text, message, place == 0 && n == 0)?;
        }
        if messages.len() == PAGE {
            self.stage = Stage::Messages(session, last);
        } else {
            self.end(text);
            self.stage = Stage::Sessions(Some(id));
        }
        Ok(())
    }

    fn head(&self, text: &mut String) -> Result<(), ChatError> {
        match self.format {
            ExportFormat::Json => lossless::document_head(text, self.at),
            ExportFormat::Jsonl => lossless::head(text, self.at),
            ExportFormat::Markdown | ExportFormat::Html => Ok(()),
        }
    }

    fn begin(&mut self, text: &mut String, session: Session) -> Result<(), ChatError> {
        match self.format {
            ExportFormat::Json => lossless::document_session(text, &session, self.sessions == 0)?,
            ExportFormat::Jsonl => lossless::session(text, &session)?,
            ExportFormat::Markdown => markdown::head(text, &session),
            ExportFormat::Html => html::head(text, &session),
        }
        self.sessions += 1;
        self.stage = Stage::Messages(Box::new(session), 0);
        Ok(())
    }

    fn message(&self, text: &mut String, message: &Transferred, first: bool) -> Result<(), ChatError> {
        match self.format {
            ExportFormat::Json => lossless::document_message(text, message, first)?,
            ExportFormat::Jsonl => lossless::message(text, message)?,
            ExportFormat::Markdown if message.message.active => markdown::message(text, &message.message),
            ExportFormat::Html if message.message.active => html::message(text, &message.message),
            ExportFormat::Markdown | ExportFormat::Html => {}
        }
        Ok(())
    }

    fn end(&self, text: &mut String) {
        match self.format {
            ExportFormat::Json => text.push_str("]}"),
            ExportFormat::Html => text.push_str(html::TAIL),
            ExportFormat::Jsonl | ExportFormat::Markdown => {}
        }
    }

    fn tail(&self, text: &mut String) {
        if self.format == ExportFormat::Json {
            text.push_str("\n]}\n");
        }
    }
}
