//! One process, one file.

use crate::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Holds the lock file beside the database for as long as it lives; the system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    pub(crate) fn acquire(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let unreadable = |reason: std::io::Error| StoreError::Unreadable {
            path: database.to_owned(),
            reason: format!("its lock file cannot be made: {reason}"),
        };
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unreadable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: database.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unreadable(error)),
        }
    }
}

/// The path with something added to its last part.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
