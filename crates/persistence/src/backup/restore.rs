//! The way back.

use super::{copy, is_same, publish, sync_folder, unwritable};
use crate::chain::{LogCheck, Reach};
use crate::lock::{ProcessLock, beside};
use crate::sqlite::dialect;
use crate::store::prepare_path;
use crate::{Inspection, StoreError};
use domain::{Epoch, Position};
use std::io;
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there is kept; none when there was none.
    pub kept: Option<PathBuf>,
    /// How many events the database holds now.
    pub events: i64,
    /// The newest position.
    pub head: Position,
    /// The log's new identity: who holds a position of the old one finds out.
    pub epoch: Epoch,
}

/// Puts a backup in the place of a database that nobody uses. The backup is verified first, and stays as it is; what was
/// there is kept beside under a name that ends in `label`. The new file takes the old one's name in one step: at any moment
/// the name has the one or the other, whole.
///
/// # Errors
/// [`StoreError::Locked`] while a server has the database; [`StoreError::Unreadable`], [`StoreError::Newer`],
/// [`StoreError::Corrupt`], [`StoreError::Refused`] for a backup that is none. Nothing is changed then.
pub fn restore(backup: &Path, database: &Path, label: &str) -> Result<Restored, StoreError> {
    let found = Inspection::of(backup)?;
    found.sound(backup)?;
    if let Some(breach) = LogCheck::run_if_chained(backup, Reach::All)?.and_then(|check| check.breach) {
        return Err(StoreError::Corrupt { what: "event log", value: breach.to_string() });
    }
    let Some((_, head, _)) = found.log else {
        let reason = "it holds no company".to_owned();
        return Err(StoreError::Refused { path: backup.to_owned(), reason });
    };
    let database = prepare_path(database)?;
    let _lock = ProcessLock::acquire(&database)?;
    if is_same(backup, &database) {
        let reason = "it is the database itself".to_owned();
        return Err(StoreError::Refused { path: backup.to_owned(), reason });
    }
    let part = beside(&database, ".restore-part");
    let placed = copy(backup, &part)
        .and_then(|()| renew_epoch(&part))
        .and_then(|epoch| Ok((epoch, place(&part, &database, label).map_err(unwritable)?)));
    match placed {
        Ok((epoch, kept)) => Ok(Restored { kept, events: found.events, head, epoch }),
        Err(error) => {
            std::fs::remove_file(&part).ok();
            Err(error)
        }
    }
}

fn renew_epoch(part: &Path) -> Result<Epoch, StoreError> {
    let mut conn = dialect::connect(part)?;
    dialect::renew_epoch(&mut conn)?;
    Ok(Epoch::new(crate::sqlite::queries::events::identity(&mut conn)?.epoch))
}

/// The files of a database: it, its write-ahead log, and the index of that.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// The first name beside the database under which nothing is kept yet.
fn spare(database: &Path, label: &str) -> PathBuf {
    let is_free = |name: &PathBuf| FILES.iter().all(|suffix| !beside(name, suffix).exists());
    let first = beside(database, label);
    let others = (2..).map(|number| beside(database, &format!("{label}-{number}")));
    std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or(first)
}

/// Keeps what is there under another name too, then gives its name to the new file.
fn place(part: &Path, database: &Path, label: &str) -> io::Result<Option<PathBuf>> {
    let kept = spare(database, label);
    let is_there = database.exists();
    if is_there {
        // The old file takes in its write-ahead log. One too damaged for that is kept together with it.
        if let Err(error) = dialect::settle(database) {
            tracing::warn!(%error, "the old database is kept as it is");
        }
        std::fs::hard_link(database, &kept)?;
    }
    for suffix in ["-wal", "-shm"] {
        // Left there, it would be taken for the new file's: also when the file itself was moved away before.
        match std::fs::rename(beside(database, suffix), beside(&kept, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_folder(database)?;
    publish(part, database)?;
    Ok(is_there.then_some(kept))
}
