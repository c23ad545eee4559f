//! Opening, checking and closing the file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::child::Child;
use crate::company::{Company, set};
use crate::samples::{said, session};
use persistence::{Store, StoreError, StoreSettings};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

pub(crate) fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(StoreSettings::new(path))
}

#[tokio::test]
async fn opening_makes_the_folder_and_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b c/ü.db");
    let store = open(&path).unwrap();
    assert!(path.is_file());
    assert_eq!(store.path(), path.canonicalize().unwrap());
    store.close().await;
    assert!(!path.with_extension("db-wal").exists(), "a closed file stands alone");
}

#[tokio::test]
async fn a_second_opening_in_the_same_process_is_refused_until_the_first_is_closed() {
    let company = Company::new();
    let refused = open(&company.path()).unwrap_err();
    assert!(matches!(&refused, StoreError::Locked { path } if path == company.store.path()));
    assert!(refused.to_string().contains("in use by another process"), "{refused}");
    company.store.close().await;
    open(&company.path()).unwrap();
}

#[tokio::test]
async fn an_opening_by_another_name_is_refused_too() {
    let company = Company::new();
    let link = company.path().with_file_name("link.db");
    std::os::unix::fs::symlink(company.path(), &link).unwrap();
    assert!(matches!(open(&link), Err(StoreError::Locked { .. })));
    let folder = tempfile::tempdir().unwrap();
    let its_folder = folder.path().join("link");
    std::os::unix::fs::symlink(company.path().parent().unwrap(), &its_folder).unwrap();
    assert!(matches!(open(&its_folder.join("daena.db")), Err(StoreError::Locked { .. })));
}

#[test]
fn an_opening_while_another_process_has_the_file_is_refused_until_that_dies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daena.db");
    let mut child = Child::start("holds_the_file", &path);
    assert_eq!(child.next_word().as_deref(), Some("open"));
    assert!(matches!(open(&path), Err(StoreError::Locked { .. })));
    child.kill();
    open(&path).unwrap();
}

#[test]
fn what_is_no_database_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "shopping: milk, bread, and a good deal more than a header of text\n".repeat(100))
        .unwrap();
    let directory = folder.path().join("directory");
    std::fs::create_dir(&directory).unwrap();
    let below_a_file = text.join("daena.db");
    for path in [&text, &directory, &below_a_file] {
        let refused = open(path).unwrap_err();
        assert!(matches!(refused, StoreError::Unreadable { .. }), "{path:?}: {refused:?}");
        assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    }
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("shopping"), "left as it was");
}

#[tokio::test]
async fn settings_of_zero_readers_and_no_queue_still_open_a_store() {
    let company = Company::with(0, 0);
    company.write(set("a")).await;
    assert_eq!(company.keys().await, ["a"]);
}

#[tokio::test]
async fn a_sound_file_passes_the_check_while_it_is_in_use() {
    let company = Company::new();
    company.write(set("a")).await;
    assert_eq!(company.store.check().await.unwrap(), None);
}

#[tokio::test]
async fn the_check_names_damage_in_the_middle_of_the_file() {
    let company = Company::new();
    let talk = session(1, 0);
    company.create(&talk).await;
    for number in 0..300 {
        company.append(&[said(number, talk.id, &format!("{number} ").repeat(400), 1)]).await;
    }
    company.store.close().await;
    let path = company.path();
    let middle = std::fs::metadata(&path).unwrap().len() / 2 / 4096 * 4096;
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[0xA5; 3 * 4096]).unwrap();
    drop(file);
    let store = open(&path).unwrap();
    let damage = store.check().await.unwrap().unwrap();
    assert!(damage.to_lowercase().contains("page"), "{damage}");
}

#[tokio::test]
async fn closing_twice_and_using_a_closed_store_is_harmless() {
    let company = Company::new();
    let other_handle = company.store.clone();
    company.store.close().await;
    company.store.close().await;
    assert!(matches!(other_handle.write(set("a")).await, Err(StoreError::Closed)));
    let read = other_handle.read(|tx| tx.settings().all()).await;
    assert!(matches!(read, Err(StoreError::Closed)));
    let depths = other_handle.queue_depths();
    assert_eq!((depths.reads, depths.writes), (0, 0));
}

#[tokio::test]
async fn the_log_keeps_its_identity_and_its_end_over_a_restart() {
    let company = Company::new();
    company.write(set("a")).await;
    company.write(set("b")).await;
    let identity = company.read(|tx| tx.events().identity()).await;
    let company = company.reopened().await;
    assert_eq!(company.store.head().get(), 2);
    assert_eq!(company.read(|tx| tx.events().identity()).await, identity);
    company.write(set("c")).await;
    assert_eq!(company.store.head().get(), 3);
    let another = Company::new();
    assert_ne!(another.read(|tx| tx.events().identity()).await.0, identity.0, "another log, another epoch");
}
