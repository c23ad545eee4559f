//! What can go wrong with the database.

use std::path::PathBuf;

/// Why a read, a write or an opening failed. Nothing of a failed write is in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue is full; try again shortly.
    #[error("the database is busy: its queue is full")]
    Busy,
    /// The store is being closed.
    #[error("the database is closed")]
    Closed,
    /// Another process has the file.
    #[error("{} is in use by another process", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("{} was written by a newer version of this program (it has migration {found}, this program knows none after {known}); use that version or restore a backup", path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The newest migration in the file.
        found: String,
        /// The newest migration of this program.
        known: String,
    },
    /// The file cannot be opened, read or checked.
    #[error("cannot open {}: {reason}", path.display())]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The disk or the file takes no writes; nothing was changed.
    #[error("the disk takes no writes: {reason}")]
    NotWritable {
        /// What the database said: full, or read-only.
        reason: String,
    },
    /// A file that is not to be written to, or not to be taken.
    #[error("{}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A job panicked; it was rolled back.
    #[error("a database job panicked and was rolled back")]
    Panicked,
    /// A row that does not say what it should.
    #[error("a stored {what} cannot be read: {value:?}")]
    Corrupt {
        /// The kind of value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// Anything else the database says.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether trying the same again shortly may do.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy | Self::Closed)
    }
}

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        if let diesel::result::Error::DatabaseError(_, info) = &error
            && crate::sqlite::dialect::is_not_writable(info.message())
        {
            return Self::NotWritable { reason: info.message().to_owned() };
        }
        Self::Database(Box::new(error))
    }
}
