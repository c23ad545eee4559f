//! Back to the beginning.

use crate::seed::put_missing;
use crate::{Company, CompanyError};
use chat_service::WriteTx;
use domain::{Actor, BackupTaken, Removed};

/// What a reset did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetReport {
    /// The backup that holds what was there.
    pub backup: BackupTaken,
    /// What was removed, by table.
    pub removed: Removed,
    /// How many things of the seed were put in.
    pub made: usize,
}

impl Company {
    /// Puts the company back to what a new database starts with: takes a backup, stops the replies in the making, then
    /// removes everything and puts in the seed, in one change. The event log stays.
    ///
    /// # Errors
    /// [`CompanyError::Unprocessable`] without the word `reset`; [`CompanyError::Conflict`] while a backup is being taken.
    pub async fn reset(&self, confirm: &str) -> Result<ResetReport, CompanyError> {
        if confirm != "reset" {
            let detail = "must be the word \"reset\": all talks and changes are removed".to_owned();
            return Err(CompanyError::Unprocessable { field: "confirm", detail });
        }
        let company = self.clone();
        self.to_its_end(async move { company.begin_anew().await }).await
    }

    async fn begin_anew(&self) -> Result<ResetReport, CompanyError> {
        let backup = self.take_backup().await?;
        self.chat.stop_all().await;
        let ids = self.fresh_member_ids();
        let (name, change) = (backup.name.clone(), self.change(Actor::Founder));
        let write = move |tx: &mut WriteTx<'_>| {
            let removed = tx.reset(&name, &change)?;
            let seeded = put_missing(tx, &ids, &change)?;
            Ok::<_, CompanyError>((removed, seeded.made.len()))
        };
        let (removed, made) = self.connections.cleared_by(write).await?;
        // What was begun between the two has no session any more.
        self.chat.stop_all().await;
        self.chat.reload_rules().await;
        self.tasks.release();
        Ok(ResetReport { backup, removed, made })
    }
}
