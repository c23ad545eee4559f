//! Looking at a database without opening it for work.

use crate::StoreError;
use crate::migrate::MIGRATIONS;
use crate::sqlite::{dialect, queries};
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
}

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
        let log = match &version {
            None => None,
            Some(_) => {
                let identity = queries::events::identity(&mut conn)?;
                let head = queries::events::head(&mut conn)?.map_or(0, |(position, _)| position);
                Some((Epoch::new(identity.epoch), Position::new(head), Position::new(identity.floor)))
            }
        };
        Ok(Self { version, pending, damage, log })
    }
}
