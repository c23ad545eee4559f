//! Backups that the server takes.

use crate::{Company, CompanyError, Listed};
use chat_service::{Order, ReadTx, StoreError, WriteTx};
use domain::{Action, Actor, AuditFilter, BackupTaken, Limit, Page, Position, Timestamp};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// A backup in the folder. What is not known of it is none: the log that told of it is another one by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupListed {
    /// Its file's name.
    pub name: String,
    /// Its size.
    pub bytes: i64,
    /// When it was taken.
    pub created_at: Timestamp,
    /// How many events it holds.
    pub events: Option<i64>,
    /// The newest position in it.
    pub head: Option<Position>,
    /// SHA-256 of the file, in hexadecimal digits.
    pub checksum: Option<String>,
}

/// The backups of a database, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    /// How many there are.
    pub count: usize,
    /// The name of the newest one; empty without any.
    pub newest: String,
}

impl Backups {
    /// Looks for a database's backups in the folder that is set, or `backups` beside it; one that is not there holds none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn of(database: &Path, set: Option<&Path>) -> io::Result<Self> {
        let found = Shelf::of(database, set).found()?;
        Ok(Self {
            count: found.len(),
            newest: found.into_iter().next().map_or_else(String::new, |(_, name, _)| name),
        })
    }

    /// Where a database's backups are: in the folder that is set, or `backups` beside it.
    pub fn folder(database: &Path, set: Option<&Path>) -> PathBuf {
        Shelf::of(database, set).folder
    }
}

impl Company {
    /// Copies the database as it is now into the folder of backups, checks the copy, and removes the oldest ones beyond
    /// those that are kept. Nobody waits for it but who asked.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] when one is being taken; [`CompanyError::Store`].
    pub async fn back_up(&self) -> Result<BackupTaken, CompanyError> {
        let company = self.clone();
        self.to_its_end(async move { company.take_backup().await }).await
    }

    pub(crate) async fn take_backup(&self) -> Result<BackupTaken, CompanyError> {
        let Ok(_only) = self.upkeep.backups.try_lock() else {
            return Err(CompanyError::Conflict { detail: "a backup is being taken".to_owned() });
        };
        let shelf = self.shelf();
        shelf.prepare().map_err(unwritable)?;
        let now = self.chat.clock().now();
        let name = shelf.free_name(now).map_err(unwritable)?;
        let made = self.store().back_up(shelf.folder.join(&name)).await?;
        let backup = BackupTaken {
            name,
            bytes: made.bytes,
            created_at: now,
            events: made.events,
            head: made.head,
            checksum: made.checksum,
        };
        let (told, change) = (backup.clone(), self.change(Actor::Founder));
        self.store()
            .write(move |tx: &mut WriteTx<'_>| {
                tx.backup_taken(&told, &change);
                Ok::<_, CompanyError>(())
            })
            .await?;
        // The one just made stays, also where a clock that was ahead has left names that look newer.
        let others = self.upkeep.settings.keep.saturating_sub(1);
        let mut found = shelf.found().map_err(unwritable)?;
        found.retain(|(_, name, _)| *name != backup.name);
        for (_, _, path) in found.into_iter().skip(others) {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, file = %path.display(), "an old backup could not be removed");
            }
        }
        Ok(backup)
    }

    /// A page of the backups in the folder, newest first.
    ///
    /// # Errors
    /// [`CompanyError::Invalid`] for a cursor that is no backup's name; when the folder or the database cannot be read.
    pub async fn backups(
        &self,
        after: Option<String>,
        limit: Limit,
    ) -> Result<Listed<BackupListed, String>, CompanyError> {
        let as_of = self.store().head();
        let invalid = || CompanyError::Invalid {
            field: "cursor",
            detail: "not a cursor: pass the next_cursor of the page before".to_owned(),
        };
        let shelf = self.shelf();
        let after = after.map(|name| shelf.taken_at(&name).ok_or_else(invalid)).transpose()?;
        let told = self.backups_told().await?;
        let mut rows = Vec::new();
        for (taken, name, path) in shelf.found().map_err(unwritable)? {
            if after.is_some_and(|after| taken >= after) {
                continue;
            }
            // One that goes away meanwhile is not listed.
            let Ok(file) = std::fs::metadata(&path) else { continue };
            let told = told.get(&name);
            rows.push(BackupListed {
                bytes: i64::try_from(file.len()).unwrap_or(i64::MAX),
                created_at: told.map_or(taken.0, |told| told.created_at),
                events: told.map(|told| told.events),
                head: told.map(|told| told.head),
                checksum: told.map(|told| told.checksum.clone()),
                name,
            });
        }
        Ok(Listed { page: Page::from_rows(rows, limit, |last| last.name.clone()), as_of })
    }

    /// What the log says of the newest backups.
    async fn backups_told(&self) -> Result<HashMap<String, BackupTaken>, CompanyError> {
        const NEWEST: usize = 1000;
        let action = Some(Action::Exactly("system.backup".to_owned()));
        let filter = AuditFilter { action, ..AuditFilter::default() };
        let read = move |tx: &mut ReadTx<'_>| tx.events().audit(&filter, None, Order::NewestFirst, NEWEST);
        let events = self.store().read(read).await?;
        let told = events.iter().filter_map(|event| serde_json::from_str(event.payload.get()).ok());
        Ok(told.map(|told: BackupTaken| (told.name.clone(), told)).collect())
    }

    fn shelf(&self) -> Shelf {
        Shelf::of(self.store().path(), self.upkeep.settings.backups.as_deref())
    }
}

fn unwritable(error: io::Error) -> CompanyError {
    StoreError::NotWritable { reason: format!("the folder of backups: {error}") }.into()
}

/// When a backup was taken: the second, and the number in it.
type Taken = (Timestamp, u32);
type Found = (Taken, String, PathBuf);

/// The backups of one database among the files of a folder, which may hold others: their names begin with the database's.
struct Shelf {
    folder: PathBuf,
    /// The database's name without its ending.
    stem: String,
}

impl Shelf {
    fn of(database: &Path, set: Option<&Path>) -> Self {
        let folder = set.map_or_else(|| database.with_file_name("backups"), Path::to_owned);
        let stem = database.file_stem().unwrap_or(database.as_os_str());
        Self { folder, stem: stem.to_string_lossy().into_owned() }
    }

    /// Makes the folder, and clears away what a crash left half-made.
    fn prepare(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.strip_suffix(".part").is_some_and(|name| self.taken_at(name).is_some()) {
                std::fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// A name behind those of all backups of the same second.
    fn free_name(&self, at: Timestamp) -> io::Result<String> {
        let (stem, stamp) = (&self.stem, at.stamp());
        let same = |((taken, _), _, _): &&Found| taken.stamp() == stamp;
        let newest = self.found()?.iter().find(same).map(|((_, number), _, _)| *number);
        Ok(match newest {
            None => format!("{stem}-{stamp}.db"),
            Some(number) => format!("{stem}-{stamp}-{}.db", number + 1),
        })
    }

    /// The second and the number in a name that the server gives.
    fn taken_at(&self, name: &str) -> Option<Taken> {
        let stamp = name.strip_prefix(&self.stem)?.strip_prefix('-')?.strip_suffix(".db")?;
        match stamp.split_once('-') {
            Some((stamp, number)) => Some((Timestamp::from_stamp(stamp)?, number.parse().ok()?)),
            None => Some((Timestamp::from_stamp(stamp)?, 1)),
        }
    }

    /// The database's backups, newest first. Other files are none of its business.
    fn found(&self) -> io::Result<Vec<Found>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
                continue;
            };
            if let Some(taken) = self.taken_at(&name) {
                found.push((taken, name, path));
            }
        }
        found.sort_unstable_by_key(|(taken, _, _)| std::cmp::Reverse(*taken));
        Ok(found)
    }
}
