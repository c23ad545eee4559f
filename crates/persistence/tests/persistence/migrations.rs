//! A file that an older program wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::{Company, set};
use crate::opening::open;
use crate::sql;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::{Path, PathBuf};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const SETTINGS: &str = "SELECT count(*) AS number FROM settings";

/// A file with one setting and one event, as it was before the newest migration.
async fn older_file() -> Company {
    let company = Company::new();
    company.write(set("routing")).await;
    company.store.close().await;
    sql::connect(&company.path()).revert_last_migration(MIGRATIONS).unwrap();
    company
}

/// The copies beside a database.
fn copies(database: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(database.parent().unwrap()).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().contains(".bak")).collect()
}

#[tokio::test]
async fn an_older_file_is_copied_beside_itself_before_it_is_migrated() {
    let company = older_file().await;
    let path = company.path();
    let store = open(&path).unwrap();
    let copies = copies(&path);
    let [copy] = copies.as_slice() else { unreachable!("one copy, not {copies:?}") };
    assert_eq!(sql::number(copy, SETTINGS), 1, "the old data");
    let applied = "SELECT count(*) AS number FROM __diesel_schema_migrations";
    assert_eq!(sql::number(copy, applied) + 1, sql::number(&path, applied), "the old schema");
    assert_eq!(store.read(|tx| tx.settings().all()).await.unwrap().len(), 1);
    assert_eq!(store.head().get(), 1);
}

#[tokio::test]
async fn a_file_that_is_up_to_date_or_new_is_not_copied() {
    let company = Company::new().reopened().await;
    assert!(copies(&company.path()).is_empty());
}

#[tokio::test]
async fn a_copy_cut_short_by_a_crash_does_not_pass_for_one() {
    let company = older_file().await;
    let path = company.path();
    let part = path.with_file_name("daena.db.bak-part");
    std::fs::write(&part, b"SQLite format 3\0 and then the power went").unwrap();
    open(&path).unwrap().close().await;
    let copies = copies(&path);
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(sql::number(&copies[0], SETTINGS), 1);
}

#[tokio::test]
async fn each_migration_from_a_schema_has_a_copy_of_the_data_as_it_was_then() {
    let company = older_file().await;
    let path = company.path();
    open(&path).unwrap().close().await;
    // Back to the old program for a while, as after a bad update.
    sql::connect(&path).revert_last_migration(MIGRATIONS).unwrap();
    sql::run(&path, "INSERT INTO settings VALUES ('since then', 'true', 1)");
    open(&path).unwrap().close().await;
    let copies = copies(&path);
    assert_eq!(copies.iter().map(|copy| sql::number(copy, SETTINGS)).max(), Some(2), "{copies:?}");
}
