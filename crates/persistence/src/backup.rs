//! Copies of the database, and the way back from one.

mod restore;

pub use restore::{Restored, restore};

use crate::lock::beside;
use crate::sqlite::dialect;
use crate::{Inspection, StoreError};
use domain::Position;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file's size.
    pub bytes: i64,
    /// How many events.
    pub events: i64,
    /// The newest position.
    pub head: Position,
    /// SHA-256 of the file, in hexadecimal digits.
    pub checksum: String,
}

/// Copies a database as it is now into a file that only its owner may read. It may be in use: nobody waits for the copy,
/// which is of one moment. The copy is checked and on disk before it gets its name; one cut short never has it.
///
/// # Errors
/// [`StoreError::Refused`] for a target that is there and not to be replaced, or is the database itself;
/// [`StoreError::NotWritable`]; [`StoreError::Corrupt`] when the copy is not sound, for then the database is not.
pub fn back_up(database: &Path, target: &Path, replace: bool) -> Result<Backup, StoreError> {
    let refused = |reason: &str| StoreError::Refused { path: target.to_owned(), reason: reason.to_owned() };
    if !database.is_file() {
        let reason = "there is no such file".to_owned();
        return Err(StoreError::Unreadable { path: database.to_owned(), reason });
    }
    if is_same(database, target) {
        return Err(refused("it is the database itself"));
    }
    if target.exists() && !replace {
        return Err(refused("it is there already"));
    }
    if beside(target, "-wal").exists() {
        return Err(refused("a write-ahead log lies beside it, and would be taken for the copy's"));
    }
    let part = beside(target, ".part");
    let made = copy(database, &part).and_then(|()| describe(&part));
    match made.and_then(|backup| publish(&part, target).map(|()| backup).map_err(unwritable)) {
        Ok(backup) => Ok(backup),
        Err(error) => {
            std::fs::remove_file(&part).ok();
            Err(error)
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn unwritable(error: io::Error) -> StoreError {
    StoreError::NotWritable { reason: error.to_string() }
}

/// A copy of one moment, in a file that only its owner may read.
fn copy(database: &Path, part: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    create_private(part).map_err(unwritable)?;
    let mut conn = dialect::connect(database)?;
    dialect::snapshot(&mut conn, part)
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Reads the copy again, whole.
fn describe(part: &Path) -> Result<Backup, StoreError> {
    let found = Inspection::of(part)?;
    found.sound(part)?;
    let (events, head) = found.log.map_or((0, Position::START), |(_, head, _)| (found.events, head));
    let (bytes, checksum) = checksum(part).map_err(unwritable)?;
    Ok(Backup { bytes, events, head, checksum })
}

fn checksum(path: &Path) -> io::Result<(i64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut chunk)?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        bytes += i64::try_from(count).unwrap_or(0);
    }
    let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, digits))
}

/// Gives a finished file its name, so that it has it after a power cut too.
fn publish(part: &Path, target: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    std::fs::rename(part, target)?;
    sync_folder(target)
}

/// Puts a folder's names on disk.
fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}
