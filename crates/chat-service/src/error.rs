//! What can go wrong with a request.

use domain::Position;
use llm_gateway::GatewayError;
use persistence::StoreError;

/// Why a request was refused or failed. Nothing of it is stored then.
///
/// A model that fails is no error of the request: the reply ends as `failed` and says so.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// There is no such thing, or not here.
    #[error("no {what} {id:?} here")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// As it was asked for.
        id: String,
    },
    /// A value of the wrong form.
    #[error("{field}: {detail}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
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
    /// A text that is too long.
    #[error("{field} is longer than {limit} characters")]
    TooLarge {
        /// Which.
        field: &'static str,
        /// The most characters.
        limit: usize,
    },
    /// The thing is not in a state for this.
    #[error("{detail}")]
    Conflict {
        /// Why not.
        detail: String,
    },
    /// The Founder has switched this off.
    #[error("{detail}")]
    Forbidden {
        /// What, and how.
        detail: String,
    },
    /// The Founder allows no changes for a while.
    #[error("{detail}")]
    Maintenance {
        /// Why.
        detail: String,
        /// How many seconds it lasts, where that is known.
        seconds: Option<i64>,
    },
    /// What was asked for was compacted away.
    #[error("events up to {floor} are no longer kept")]
    Gone {
        /// The smallest `since` that loses nothing.
        floor: Position,
    },
    /// The brain is away, and the caller does not wait for it.
    #[error("the brain is offline")]
    Offline,
    /// Too much is under way; try again shortly.
    #[error("too much is under way: try again shortly")]
    Busy,
    /// The service is shutting down.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// The model side failed, and there is no reply that could wait for it.
    #[error("{}", .0.summary())]
    Brain(GatewayError),
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
}

impl ChatError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Closed => Self::ShuttingDown,
            other => Self::Store(other),
        }
    }
}
