//! Counts over several aggregates, for the Founder's overview.

use crate::rows::word;
use crate::sqlite::queries::counts as queries;
use crate::{ReadTx, StoreError};
use domain::AgentStatus;

/// Counts, read from the rows each time.
#[derive(Debug)]
pub struct Counts<'t, 'c>(&'t mut ReadTx<'c>);

impl<'c> ReadTx<'c> {
    /// Counts over several aggregates.
    pub fn counts(&mut self) -> Counts<'_, 'c> {
        Counts(self)
    }
}

impl Counts<'_, '_> {
    /// Slug and stored status of every agent.
    pub fn agent_statuses(&mut self) -> Result<Vec<(String, AgentStatus)>, StoreError> {
        let rows = queries::agent_statuses(self.0.conn)?;
        rows.into_iter().map(|(slug, status)| Ok((slug, word("agent status", &status)?))).collect()
    }

    /// How many departments there are, hidden ones included.
    pub fn departments(&mut self) -> Result<i64, StoreError> {
        Ok(queries::departments(self.0.conn)?)
    }

    /// How many replies of sessions outside the trash have each status, by its word. Reads every message: a third of a
    /// second among 200,000 of them, and that long one reader's.
    pub fn replies_by_status(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::replies_by_status(self.0.conn)?)
    }

    /// The same of the replies that have not ended, known by an index: as quick as they are few.
    pub fn open_replies_by_status(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::open_replies_by_status(self.0.conn)?)
    }

    /// The number of the newest message: there are at most so many, and as many as were not removed. Known at once.
    pub fn newest_message(&mut self) -> Result<i64, StoreError> {
        Ok(queries::newest_message(self.0.conn)?.unwrap_or(0))
    }

    /// How many tasks have each status, by its word.
    pub fn tasks_by_status(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::tasks_by_status(self.0.conn)?)
    }

    /// How many debates have each status, by its word.
    pub fn debates_by_status(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::debates_by_status(self.0.conn)?)
    }

    /// How many connections have each status, by its word.
    pub fn connections_by_status(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::connections_by_status(self.0.conn)?)
    }
}
