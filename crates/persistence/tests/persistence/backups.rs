//! Copies of the database, and the way back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::{Company, set};
use crate::opening::open;
use crate::sql;
use persistence::{Restored, StoreError, back_up, restore};
use std::collections::BTreeSet;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;

const LABEL: &str = ".before-restore-20260102T030405Z";

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A company with so many settings, and a backup of it.
async fn backed_up(settings: usize) -> (Company, PathBuf) {
    let company = Company::new();
    for number in 0..settings {
        company.write(set(&number.to_string())).await;
    }
    let target = company.path().with_file_name("copy.db");
    company.store.back_up(target.clone()).await.unwrap();
    (company, target)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_it() {
    let company = Company::new();
    let (acknowledged, mut so_far) = tokio::sync::watch::channel(BTreeSet::new());
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let (store, acknowledged) = (company.store.clone(), acknowledged.clone());
        writers.spawn(async move {
            for number in 0..150 {
                let key = format!("{writer}-{number}");
                store.write(set(&key)).await.unwrap();
                acknowledged.send_modify(|keys| keys.extend([key]));
            }
        });
    }
    let mut backups = Vec::new();
    for number in 1..=4 {
        so_far.wait_for(|keys| keys.len() >= number * 400).await.unwrap();
        let before = so_far.borrow().clone();
        let target = company.path().with_file_name(format!("copy-{number}.db"));
        let made = company.store.back_up(target.clone()).await.unwrap();
        backups.push((before, target, made));
    }
    writers.join_all().await;
    for (before, target, made) in backups {
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("daena.db");
        let restored = restore(&target, &database, LABEL).unwrap();
        assert_eq!((restored.head, restored.events, restored.kept), (made.head, made.events, None));
        let store = open(&database).unwrap();
        let keys = store.read(|tx| tx.settings().all()).await.unwrap();
        let keys: BTreeSet<String> = keys.into_iter().map(|(key, _)| key).collect();
        assert!(before.is_subset(&keys), "acknowledged before it and not in it");
        assert_eq!(i64::try_from(keys.len()).unwrap(), made.events, "each with its event");
        assert_eq!(store.head(), made.head);
        store.close().await;
    }
}

#[tokio::test]
async fn a_backup_stands_alone_and_only_its_owner_reads_it() {
    let (company, target) = backed_up(3).await;
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let beside: BTreeSet<String> =
        files(target.parent().unwrap()).into_iter().filter(|name| name.starts_with("copy")).collect();
    assert_eq!(beside, BTreeSet::from(["copy.db".to_owned()]));
    let refused = company.store.back_up(target.clone()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    let over = back_up(&company.path(), &target, true).unwrap();
    assert_eq!((over.events, over.head.get()), (3, 3));
    assert_eq!(over.bytes, i64::try_from(std::fs::metadata(&target).unwrap().len()).unwrap());
    let itself = back_up(&company.path(), &company.path(), true).unwrap_err();
    assert!(itself.to_string().contains("the database itself"), "{itself}");
    let nothing = back_up(&company.path().with_file_name("none.db"), &target, true).unwrap_err();
    assert!(matches!(nothing, StoreError::Unreadable { .. }), "{nothing}");
}

#[tokio::test]
async fn a_part_left_by_a_crash_is_no_backup_and_in_nobodys_way() {
    let (company, target) = backed_up(1).await;
    let other = target.with_file_name("other.db");
    std::fs::write(target.with_file_name("other.db.part"), b"SQLite format 3\0 and then the power went")
        .unwrap();
    company.store.back_up(other.clone()).await.unwrap();
    assert!(other.is_file() && !target.with_file_name("other.db.part").exists());
}

#[tokio::test]
async fn a_restore_puts_the_backup_in_place_keeps_the_old_file_and_begins_a_new_log() {
    let (company, target) = backed_up(3).await;
    let epoch = company.read(|tx| tx.events().identity()).await.0;
    company.write(set("later")).await;
    let locked = restore(&target, &company.path(), LABEL).unwrap_err();
    assert!(matches!(locked, StoreError::Locked { .. }), "{locked}");
    company.store.close().await;
    let before = std::fs::read(&target).unwrap();
    let Restored { kept, events, head, epoch: first } = restore(&target, &company.path(), LABEL).unwrap();
    assert_eq!((events, head.get()), (3, 3));
    assert_ne!(first, epoch);
    assert_eq!(std::fs::read(&target).unwrap(), before, "the backup is as it was");
    let kept = kept.unwrap();
    assert!(kept.to_str().unwrap().ends_with(&format!("daena.db{LABEL}")));
    assert_eq!(sql::number(&kept, "SELECT count(*) AS number FROM settings"), 4);
    let again = restore(&target, &company.path(), LABEL).unwrap();
    let (again, new) = (again.kept.unwrap(), again.epoch);
    assert_ne!(new, first);
    assert!(again != kept && again.exists() && kept.exists(), "what was kept is not overwritten");
    let company = company.reopened().await;
    assert_eq!(company.keys().await, ["0", "1", "2"]);
    assert_eq!(company.read(|tx| tx.events().identity()).await.0, new);
    company.write(set("goes on")).await;
    assert_eq!(company.store.verify_log(persistence::Reach::All).await.unwrap().breach, None);
}

#[tokio::test]
async fn what_is_no_backup_is_refused_and_everything_is_as_it_was() {
    let (company, target) = backed_up(400).await;
    company.store.close().await;
    let folder = target.parent().unwrap().to_owned();
    let copy_of = |name: &str| {
        let path = folder.join(name);
        std::fs::copy(&target, &path).unwrap();
        path
    };
    let newer = copy_of("newer.db");
    sql::run(&newer, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')");
    let foreign = folder.join("foreign.db");
    sql::run(&foreign, "CREATE TABLE cookies (name TEXT)");
    let text = folder.join("notes.txt");
    std::fs::write(&text, "shopping: milk, bread ".repeat(100)).unwrap();
    let empty = folder.join("empty.db");
    std::fs::write(&empty, b"").unwrap();
    let damaged = copy_of("damaged.db");
    let mut file = std::fs::OpenOptions::new().write(true).open(&damaged).unwrap();
    file.seek(SeekFrom::Start(std::fs::metadata(&damaged).unwrap().len() / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0xA5; 3 * 4096]).unwrap();
    drop(file);
    let truncated = copy_of("truncated.db");
    std::fs::OpenOptions::new().write(true).open(&truncated).unwrap().set_len(50_000).unwrap();
    let forged = copy_of("forged.db");
    sql::run(&forged, "UPDATE events SET payload = '{}' WHERE position = 5");
    let database = company.path();
    let (before, there) = (std::fs::read(&database).unwrap(), files(&folder));
    for bad in
        [&newer, &foreign, &text, &empty, &damaged, &truncated, &forged, &folder.join("none.db"), &database]
    {
        let refused = restore(bad, &database, LABEL).unwrap_err();
        assert!(!refused.to_string().is_empty());
        assert_eq!(std::fs::read(&database).unwrap(), before, "{bad:?}: {refused}");
        let mut after = files(&folder);
        after.retain(|name| !name.ends_with(".lock"));
        assert!(after.is_subset(&there), "{bad:?} left {after:?}");
    }
    assert!(matches!(restore(&newer, &database, LABEL), Err(StoreError::Newer { .. })));
    assert!(matches!(restore(&forged, &database, LABEL), Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn a_database_that_is_damaged_beyond_reading_is_replaced_and_kept() {
    let (company, target) = backed_up(3).await;
    company.store.close().await;
    let database = company.path();
    std::fs::write(&database, b"this was a database").unwrap();
    std::fs::write(database.with_file_name("daena.db-wal"), b"and this its log").unwrap();
    let kept = restore(&target, &database, LABEL).unwrap().kept.unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), b"this was a database");
    let company = company.reopened().await;
    assert_eq!(company.keys().await.len(), 3);
}

#[tokio::test]
async fn a_log_that_was_left_without_its_database_does_not_get_into_the_backup() {
    let (company, target) = backed_up(3).await;
    company.write(set("later")).await;
    let (database, log) = (company.path(), company.path().with_file_name("daena.db-wal"));
    // As a server leaves it that was killed.
    let left = std::fs::read(&log).unwrap();
    assert!(!left.is_empty());
    company.store.close().await;
    std::fs::rename(&database, database.with_file_name("broken.db")).unwrap();
    std::fs::write(&log, &left).unwrap();
    assert_eq!(restore(&target, &database, LABEL).unwrap().kept, None);
    let kept = database.with_file_name(format!("daena.db{LABEL}-wal"));
    assert_eq!(std::fs::read(kept).unwrap(), left);
    let company = company.reopened().await;
    assert_eq!(company.keys().await, ["0", "1", "2"]);
    let target = database.with_file_name("other.db");
    std::fs::write(target.with_file_name("other.db-wal"), &left).unwrap();
    let refused = back_up(&database, &target, true).unwrap_err().to_string();
    assert!(refused.contains("write-ahead log") && !target.exists(), "{refused}");
}

#[tokio::test]
async fn an_older_backup_is_restored_and_migrated_when_it_is_opened() {
    use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
    const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
    let (company, target) = backed_up(3).await;
    company.store.close().await;
    sql::connect(&target).revert_last_migration(MIGRATIONS).unwrap();
    restore(&target, &company.path(), LABEL).unwrap();
    let company = company.reopened().await;
    company.write(set("new")).await;
    assert_eq!(company.keys().await.len(), 4);
}
