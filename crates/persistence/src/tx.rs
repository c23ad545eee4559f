//! What a job sees of the database.

use crate::search::{Backlog, Unindexed};
use crate::sqlite::Conn;
use domain::EventDraft;

/// A read transaction: everything in it is of one moment.
pub struct ReadTx<'c> {
    pub(crate) conn: &'c mut Conn,
}

/// A write transaction. It reads, changes and records; nothing of it is seen outside before its commit is on disk.
///
/// A job must not go on after a database error: it returns it.
pub struct WriteTx<'c> {
    pub(crate) read: ReadTx<'c>,
    pub(crate) drafts: &'c mut Vec<EventDraft>,
    pub(crate) backlog: &'c mut Backlog,
}

impl std::fmt::Debug for ReadTx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadTx")
    }
}

impl std::fmt::Debug for WriteTx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriteTx")
    }
}

impl<'c> std::ops::Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;
    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

impl std::ops::DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

impl WriteTx<'_> {
    /// Buffers an event; the writer gives it its position when the job has succeeded. The only way into the log.
    pub(crate) fn record(&mut self, draft: EventDraft) {
        self.drafts.push(draft);
    }

    /// Has the writer bring the search index up to date with a row before anybody searches.
    pub(crate) fn reindex(&mut self, row: Unindexed) {
        self.backlog.push(row);
    }

    /// Has the writer bring the search index up to date with all rows, in this commit.
    pub(crate) const fn reindex_now(&mut self) {
        self.backlog.call();
    }

    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.read.conn
    }
}
