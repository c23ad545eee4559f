//! Backups and resets.

use company_service::{BackupListed, Listed, ResetReport};
use domain::{BackupTaken, Position, Removed, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A backup that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupAnswer {
    pub(crate) backup: BackupTaken,
}

/// A backup of the server's.
#[derive(Serialize, ToSchema)]
#[schema(as = Backup)]
pub(crate) struct BackupView {
    /// Its file's name, in the folder of backups.
    name: String,
    /// Its size.
    bytes: i64,
    /// When it was taken.
    created_at: Timestamp,
    /// How many events it holds, where the log still tells.
    events: Option<i64>,
    /// The newest position in it, where the log still tells.
    head: Option<Position>,
    /// SHA-256 of the file, where the log still tells.
    checksum: Option<String>,
}

/// A page of backups, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupList {
    backups: Vec<BackupView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<BackupListed, String>> for BackupList {
    fn from(listed: Listed<BackupListed, String>) -> Self {
        let view = |backup: BackupListed| {
            let BackupListed { name, bytes, created_at, events, head, checksum } = backup;
            BackupView { name, bytes, created_at, events, head, checksum }
        };
        Self {
            backups: listed.page.items.into_iter().map(view).collect(),
            next_cursor: listed.page.next,
            as_of: listed.as_of,
        }
    }
}

/// That a reset is meant.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ResetBody {
    /// The word `reset`.
    pub(crate) confirm: String,
}

/// What a reset did.
#[derive(Serialize, ToSchema)]
#[schema(as = Reset)]
pub(crate) struct ResetView {
    /// The backup that holds what was there.
    backup: BackupTaken,
    /// How many rows were removed, by what they were.
    removed: Removed,
    /// How many things a new database starts with were put in.
    made: usize,
}

impl From<ResetReport> for ResetView {
    fn from(report: ResetReport) -> Self {
        let ResetReport { backup, removed, made } = report;
        Self { backup, removed, made }
    }
}
