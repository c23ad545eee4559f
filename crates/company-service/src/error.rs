//! What can go wrong with a request.

use crate::{KeyError, ToolError};
use chat_service::{ChatError, StoreError};
use domain::UnknownOverride;
use voice_gateway::VoiceError;

/// Why a request was refused or failed. Nothing of it is stored then.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    /// There is no such thing.
    #[error("no {what} {id:?} here")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// As it was asked for.
        id: String,
    },
    /// There is no such thing to override.
    #[error(transparent)]
    UnknownOverride(#[from] UnknownOverride),
    /// A value of the wrong form.
    #[error("{field}: {detail}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The state of things does not allow it.
    #[error("{detail}")]
    Conflict {
        /// What is in the way.
        detail: String,
    },
    /// What it is about is locked, paused or switched off.
    #[error("{detail}")]
    Forbidden {
        /// Which, and why.
        detail: String,
    },
    /// A value of the right form that cannot be.
    #[error("{field}: {detail}")]
    Unprocessable {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The same, of a value that a field of the sender's own naming leads to.
    #[error("{pointer}: {detail}")]
    ImpossibleAt {
        /// Where: a JSON pointer.
        pointer: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A server of tools was asked, and gave no result.
    #[error(transparent)]
    Tool(ToolError),
    /// Secrets cannot be sealed or opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The conversations refused it.
    #[error(transparent)]
    Chat(ChatError),
    /// A speech engine refused or failed.
    #[error(transparent)]
    Voice(#[from] VoiceError),
    /// Too much is under way; try again shortly.
    #[error("too much is under way: try again shortly")]
    Busy,
    /// The service is shutting down.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
}

impl CompanyError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl From<StoreError> for CompanyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Closed => Self::ShuttingDown,
            other => Self::Store(other),
        }
    }
}

impl From<ChatError> for CompanyError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Busy => Self::Busy,
            ChatError::ShuttingDown => Self::ShuttingDown,
            ChatError::Store(error) => Self::Store(error),
            other => Self::Chat(other),
        }
    }
}
