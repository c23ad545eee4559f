//! Back to the beginning, and what is kept of before.

use super::Change;
use crate::sqlite::queries::reset as queries;
use crate::sqlite::search;
use crate::{StoreError, WriteTx};
use domain::{BackupTaken, CompanyReset, Event, Removed};

impl WriteTx<'_> {
    /// Records that a backup was taken. Its file is no row of ours: the log alone tells of it.
    pub fn backup_taken(&mut self, backup: &BackupTaken, change: &Change) {
        self.record(change.draft(Event::SystemBackup(backup.clone()), None));
    }

    /// Removes everything the company has become: what is not the log, nor belongs to it. Gives how many rows that were,
    /// by table. The one event of it all is `system.reset`.
    pub fn reset(&mut self, backup: &str, change: &Change) -> Result<Removed, StoreError> {
        let emptied = queries::empty(self.conn())?;
        search::forget_all(self.conn())?;
        let count = |rows| i64::try_from(rows).unwrap_or(i64::MAX);
        let removed: Removed =
            emptied.into_iter().map(|(table, rows)| (table.to_owned(), count(rows))).collect();
        let event = CompanyReset { backup: backup.to_owned(), removed: removed.clone() };
        self.record(change.draft(Event::SystemReset(event), None));
        Ok(removed)
    }
}
