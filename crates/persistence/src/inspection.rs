//! Looking at a database without opening it for work.

use crate::chain::{LogCheck, Reach};
use crate::migrate::MIGRATIONS;
use crate::readers;
use crate::sqlite::{dialect, queries};
use crate::{ReadTx, StoreError};
use diesel::migration::{Migration, MigrationSource};
use diesel::sqlite::Sqlite;
use diesel_migrations::MigrationHarness;
use domain::{Epoch, Position};
use std::path::Path;

/// What a database file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The newest migration in the file.
    pub version: Option<String>,
    /// How many migrations of this program it lacks.
    pub pending: usize,
    /// The first damage found; none means sound.
    pub damage: Option<String>,
    /// Which log it holds, the newest position and the smallest `since` that loses nothing; none before the first
    /// migration.
    pub log: Option<(Epoch, Position, Position)>,
    /// How many events it holds.
    pub events: i64,
    /// Whether its newest events are as they were written; none before the migration that chains them.
    pub chain: Option<LogCheck>,
    /// A migration that this program does not know: a newer program wrote the file.
    pub newer: Option<String>,
    /// How many secrets are sealed with each key, by the key's id.
    pub secrets: Vec<(String, i64)>,
}

/// Reads a file in one read transaction without opening it for work: no lock is taken, no migration run, nothing changed. So
/// the file must be of this program's schema ([`Inspection::pending`]); a server may have it open. Blocks.
///
/// # Errors
/// The job's own; [`StoreError`] when there is no such file, or it cannot be read.
pub fn look<T, E, F>(path: &Path, job: F) -> Result<T, E>
where
    F: FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    E: From<StoreError>,
{
    if !path.is_file() {
        let reason = "there is no such file".to_owned();
        return Err(StoreError::Unreadable { path: path.to_owned(), reason }.into());
    }
    readers::run(&mut dialect::connect_beside(path)?, job)
}

/// How many of the newest events are verified.
const NEWEST: i64 = 1000;

impl Inspection {
    /// Reads the file, also one that a running server has open. Changes nothing. Blocks for as long as reading the whole
    /// file takes.
    ///
    /// # Errors
    /// When there is no such file, or it is no database.
    pub fn of(path: &Path) -> Result<Self, StoreError> {
        let unreadable = |reason: String| StoreError::Unreadable { path: path.to_owned(), reason };
        if !path.is_file() {
            return Err(unreadable("there is no such file".to_owned()));
        }
        let mut conn = dialect::connect_beside(path).map_err(|error| unreadable(format!("{error:?}")))?;
        let damage = dialect::quick_check(&mut conn).map_err(|error| unreadable(format!("{error:?}")))?;
        let ours: Vec<Box<dyn Migration<Sqlite>>> =
            MIGRATIONS.migrations().map_err(|error| unreadable(error.to_string()))?;
        // Asking for the applied migrations would make their table; a file without it has none.
        let applied = if dialect::has_table(&mut conn, "__diesel_schema_migrations")? {
            conn.applied_migrations().map_err(|error| unreadable(error.to_string()))?
        } else {
            Vec::new()
        };
        let version = applied.iter().map(ToString::to_string).max();
        let pending = ours.len().saturating_sub(applied.len());
        let known: Vec<String> =
            ours.iter().map(|migration| migration.name().version().to_string()).collect();
        let newer = applied.iter().map(ToString::to_string).find(|version| !known.contains(version));
        if version.is_none() && dialect::is_foreign(&mut conn)? {
            return Err(unreadable("it is another program's database".to_owned()));
        }
        let readable = version.is_some() && newer.is_none() && damage.is_none();
        let events = if readable { queries::events::count(&mut conn)? } else { 0 };
        let chain = if readable { LogCheck::run_if_chained(path, Reach::Newest(NEWEST))? } else { None };
        let log = match &version {
            Some(_) if readable => {
                let identity = queries::events::identity(&mut conn)?;
                let head = queries::events::head(&mut conn)?.map_or(0, |(position, _)| position);
                Some((Epoch::new(identity.epoch), Position::new(head), Position::new(identity.floor)))
            }
            _ => None,
        };
        let sealed = readable && dialect::has_table(&mut conn, "connection_secrets")?;
        let secrets = if sealed { queries::connections::count_sealed(&mut conn)? } else { Vec::new() };
        Ok(Self { version, pending, damage, log, events, chain, newer, secrets })
    }

    /// Whether the file is a database of ours that this program can open and that is as it was written.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn sound(&self, path: &Path) -> Result<(), StoreError> {
        if let Some(found) = &self.newer {
            let known = MIGRATIONS.migrations().unwrap_or_default();
            let known: Option<Box<dyn Migration<Sqlite>>> = known.into_iter().last();
            let known = known.map(|last| last.name().version().to_string()).unwrap_or_default();
            return Err(StoreError::Newer { path: path.to_owned(), found: found.clone(), known });
        }
        if let Some(damage) = &self.damage {
            return Err(StoreError::Corrupt { what: "database page", value: damage.clone() });
        }
        match self.chain.as_ref().and_then(|chain| chain.breach.as_ref()) {
            Some(breach) => Err(StoreError::Corrupt { what: "event log", value: breach.to_string() }),
            None => Ok(()),
        }
    }
}
