//! Disks that take no more, and files that take nothing.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::{Company, assert_dense, set, together};
use crate::opening::open;
use crate::samples::change;
use domain::{EventFilter, Position};
use persistence::{Store, StoreError, WriteTx};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Something mounted, until it is dropped.
struct Mount(TempDir);

impl Mount {
    /// A small disk; none, with a word about it, where this user may not mount.
    fn small_disk(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], folder.path());
        if !mounted {
            println!("skipped: a small disk can be mounted by root only");
        }
        mounted.then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read_only(&self) -> bool {
        run("mount", &["-o", "remount,ro"], self.path())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if !run("umount", &[], self.path()) {
            run("umount", &["--lazy"], self.path());
        }
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    let command = Command::new(program).args(arguments).arg(path).stderr(Stdio::null()).status();
    command.is_ok_and(|status| status.success())
}

/// A job that sets a key to a text of so many bytes.
fn set_large(key: &str, bytes: usize) -> impl FnMut(&mut WriteTx<'_>) -> Result<(), StoreError> + use<> {
    let (key, value) = (key.to_owned(), json!("x".repeat(bytes)));
    move |tx| tx.settings_mut().set(&key, &value, &change(0))
}

async fn assert_holds_exactly(store: &Store, acknowledged: &BTreeSet<String>) {
    let events = store.read(|tx| tx.events().after(Position::START, &EventFilter::default(), usize::MAX));
    let events = events.await.unwrap();
    assert_dense(&events);
    let told: BTreeSet<String> = events.iter().map(|event| event.entity_id.to_string()).collect();
    let settings = store.read(|tx| tx.settings().all()).await.unwrap();
    let rows: BTreeSet<String> = settings.into_iter().map(|(key, _)| key).collect();
    assert_eq!(&rows, acknowledged);
    assert_eq!(&told, acknowledged);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_loses_none_and_goes_on_once_there_is_space() {
    let Some(disk) = Mount::small_disk("8m") else { return };
    let path = disk.path().join("daena.db");
    let store = open(&path).unwrap();
    let filler = disk.path().join("filler");
    std::fs::write(&filler, vec![0_u8; 2 << 20]).unwrap();

    let (mut acknowledged, mut refused) = (BTreeSet::new(), 0);
    for number in 0..10_000 {
        let key = format!("k{number}");
        match store.write(set_large(&key, 20_000)).await {
            Ok(()) => {
                assert_eq!(refused, 0, "a smaller disk than before");
                acknowledged.insert(key);
            }
            Err(StoreError::NotWritable { reason }) => {
                assert!(reason.contains("full"), "{reason}");
                refused += 1;
            }
            Err(error) => panic!("a full disk is not {error:?}"),
        }
        if refused == 3 {
            break;
        }
    }
    assert!(refused == 3 && acknowledged.len() > 10, "the disk was to be filled");
    assert_holds_exactly(&store, &acknowledged).await;

    std::fs::remove_file(&filler).unwrap();
    store.write(set("space again")).await.unwrap();
    acknowledged.insert("space again".to_owned());
    assert_holds_exactly(&store, &acknowledged).await;
    store.close().await;
    let store = open(&path).unwrap();
    assert_eq!(store.check().await.unwrap(), None);
    assert_holds_exactly(&store, &acknowledged).await;
    store.close().await;
}

#[tokio::test]
async fn among_jobs_that_share_a_commit_only_the_one_too_large_for_the_disk_fails() {
    let Some(disk) = Mount::small_disk("2m") else { return };
    let store = open(&disk.path().join("daena.db")).unwrap();
    let size = |number| if number == 7 { 2 << 20 } else { 100 };
    let jobs = (0..16).map(|number| set_large(&format!("k{number}"), size(number))).collect();
    let results = together(&store, jobs).await;
    let mut acknowledged = BTreeSet::new();
    for (number, result) in results.into_iter().enumerate() {
        match result {
            Ok(()) => drop(acknowledged.insert(format!("k{number}"))),
            Err(error) => {
                assert!(
                    number == 7 && matches!(error, StoreError::NotWritable { .. }),
                    "{number}: {error:?}"
                );
            }
        }
    }
    assert_eq!(acknowledged.len(), 15);
    assert_holds_exactly(&store, &acknowledged).await;
    store.close().await;
}

#[tokio::test]
async fn a_read_only_disk_is_an_error_and_not_a_store() {
    let Some(disk) = Mount::small_disk("8m") else { return };
    let path = disk.path().join("daena.db");
    open(&path).unwrap().close().await;
    assert!(disk.read_only());
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Unreadable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("lock file"), "{refused}");
}

#[tokio::test]
async fn a_read_only_file_is_an_error_and_not_a_store() {
    let company = Company::new();
    company.store.close().await;
    let path = company.path();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    // To root a file is read-only only when it is mounted so.
    let bound = std::fs::OpenOptions::new().write(true).open(&path).is_ok();
    if bound
        && !(run("mount", &["--bind", path.to_str().unwrap()], &path)
            && run("mount", &["-o", "remount,ro,bind"], &path))
    {
        println!("skipped: this user can write to every file");
        return;
    }
    let opened = open(&path);
    let outcome = match &opened {
        Err(error) => Err(error.to_string()),
        Ok(store) => store.write(set("a")).await.map_err(|error| error.to_string()),
    };
    drop(opened);
    if bound {
        // Lazily: the store's threads may not have closed the file yet.
        assert!(run("umount", &["-l"], &path));
    }
    let text = outcome.unwrap_err();
    assert!(text.contains("readonly database"), "{text}");
}
