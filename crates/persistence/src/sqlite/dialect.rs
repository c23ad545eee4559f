//! Text that only SQLite understands: pragmas, checks, snapshots, error messages.

use super::Conn;
use crate::StoreError;
use crate::lock::beside;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl};
use std::path::Path;

/// The write-ahead log is taken into the file every 16 MiB: a page that many commits change is then written there once.
const WRITER: &str = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
    PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024; \
    PRAGMA wal_autocheckpoint=4096; PRAGMA journal_size_limit=67108864;";

/// What each reading connection is set to.
pub(crate) const READER: &str = "PRAGMA busy_timeout=5000; PRAGMA query_only=1; PRAGMA foreign_keys=ON; \
    PRAGMA cache_size=-4096; PRAGMA mmap_size=268435456;";

/// The begin of a write transaction: takes the lock at once, so that it cannot fail half-way for want of it.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Damage {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// Opens the file; set for nothing yet but to wait for its locks.
pub(crate) fn connect(path: &Path) -> Result<Conn, StoreError> {
    let unreadable = |reason: String| StoreError::Unreadable { path: path.to_owned(), reason };
    let text = path.to_str().ok_or_else(|| unreadable("its path is not UTF-8".into()))?;
    let mut conn = Conn::establish(text).map_err(|error| unreadable(error.to_string()))?;
    conn.batch_execute("PRAGMA busy_timeout=5000").map_err(|error| unreadable(error.to_string()))?;
    Ok(conn)
}

/// Whether the file has tables, and none of ours.
pub(crate) fn is_foreign(conn: &mut Conn) -> diesel::QueryResult<bool> {
    let tables: Vec<Line> = diesel::sql_query(
        "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .load(conn)?;
    Ok(!tables.is_empty() && !tables.iter().any(|row| row.line == "__diesel_schema_migrations"))
}

/// Makes a connection the writing one.
pub(crate) fn prepare_writer(conn: &mut Conn, path: &Path) -> Result<(), StoreError> {
    conn.batch_execute(WRITER)
        .map_err(|error| StoreError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

/// Gives the writing connection the cache it works with. What it does before, at the start, goes through many pages once: they
/// would stay in memory.
pub(crate) fn begin_work(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(conn.batch_execute("PRAGMA cache_size=-4096")?)
}

/// A connection that only looks, beside whoever works on the file, and changes not a byte of it. It reads from one end to
/// the other and hardly needs a cache.
pub(crate) fn connect_beside(path: &Path) -> Result<Conn, StoreError> {
    // The last one to close a file that it may write takes the write-ahead log into it, which a crash may have left.
    let mut conn = match beside(path, "-wal").exists() {
        true => connect(Path::new(&read_only(path)?))?,
        false => connect(path)?,
    };
    conn.batch_execute("PRAGMA query_only=1; PRAGMA cache_size=-512;")?;
    Ok(conn)
}

/// The file as an address that opens it for reading only.
fn read_only(path: &Path) -> Result<String, StoreError> {
    let unreadable = |reason: String| StoreError::Unreadable { path: path.to_owned(), reason };
    let path = std::path::absolute(path).map_err(|error| unreadable(error.to_string()))?;
    let text = path.to_str().ok_or_else(|| unreadable("its path is not UTF-8".into()))?;
    let plain = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok(format!("file:{plain}?mode=ro"))
}

/// Reads the whole file and names the first damage; `Ok(None)` means sound. Reads without mapping the file, so that a
/// check of a large one does not count as the program's memory.
pub(crate) fn quick_check(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    // Not the table-valued form: given a limit it takes it for a table, and it fails instead of naming damage.
    let found: Vec<Damage> = diesel::sql_query("PRAGMA quick_check(1)").load(conn)?;
    Ok(found.into_iter().map(|row| row.quick_check).find(|line| line != "ok"))
}

/// Whether the file has a table of this name.
pub(crate) fn has_table(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    let query = "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let found: Vec<Line> = diesel::sql_query(query).bind::<Text, _>(name).load(conn)?;
    Ok(!found.is_empty())
}

/// Copies the database as it is now into a new file.
pub(crate) fn snapshot(conn: &mut Conn, target: &Path) -> Result<(), StoreError> {
    let target = target.to_string_lossy().into_owned();
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target).execute(conn)?;
    Ok(())
}

/// Makes the log another one to those who hold positions of it.
pub(crate) fn renew_epoch(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(conn.batch_execute("UPDATE log_identity SET epoch = lower(hex(randomblob(8)))")?)
}

/// Has a file that nobody uses take in its write-ahead log.
pub(crate) fn settle(path: &Path) -> Result<(), StoreError> {
    Ok(connect(path)?.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?)
}

/// Leaves the file tidy: no log beside it, statistics fresh.
pub(crate) fn finish(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(conn.batch_execute("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")?)
}

/// Whether a message says that the disk or the file takes no writes.
pub(crate) fn is_not_writable(message: &str) -> bool {
    ["database or disk is full", "readonly database", "disk I/O error", "unable to open database file"]
        .iter()
        .any(|text| message.contains(text))
}
