//! `seed-database` by itself: what it prints, and how it exits. What a server makes of its work is in `seed.rs`.
//!
//! That this package has a test has a second reason: `cargo test --workspace` builds the program for it, and `seed.rs`,
//! a test of another package, finds it there.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

/// Runs it; gives its exit status and what it printed.
async fn seed(database: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seed-database"));
    let run = command.arg("--database").arg(database).args(arguments).kill_on_drop(true).output();
    let output = timeout(Duration::from_secs(20), run).await.expect("seeding takes no long").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[tokio::test]
async fn looking_makes_no_file() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("none.db");
    for (argument, code) in [("--check", 1), ("--dry-run", 0)] {
        let (found, said) = seed(&database, &[argument]).await;
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains("is not there"), "{said}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
    let (code, said) = seed(&database, &["--check", "--dry-run"]).await;
    assert_eq!(code, Some(2), "{said}");
}

#[tokio::test]
async fn a_second_run_says_that_all_is_there() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("company.db");
    let (code, said) = seed(&database, &[]).await;
    assert_eq!(code, Some(0), "{said}");
    let made = |kind: &str| said.lines().filter(|line| line.starts_with(&format!("made {kind} "))).count();
    assert_eq!((made("department"), made("agent"), made("category")), (8, 48, 12), "{said}");
    assert_eq!((made("council"), made("council_member")), (4, 20), "{said}");
    for arguments in [&[][..], &["--dry-run"], &["--check"]] {
        let (code, said) = seed(&database, arguments).await;
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("0 made, ") || said.starts_with("0 missing, "), "{said}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let diary = directory.path().join("diary.txt");
    let words = "this is a diary, and not a database at all\n".repeat(100);
    std::fs::write(&diary, &words).unwrap();
    for arguments in [&[][..], &["--dry-run"], &["--check"]] {
        let (code, said) = seed(&diary, arguments).await;
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("diary.txt"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&diary).unwrap(), words);
}

/// Every file in a folder with its bytes; not the memory that those who have a database open share (`-shm`).
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let read = |path: &Path| std::fs::read(path).unwrap();
    let mut files: Vec<_> =
        entries.map(|file| (file.file_name().into_string().unwrap(), read(&file.path()))).collect();
    files.retain(|(name, _)| !name.ends_with("-shm"));
    files.sort();
    files
}

/// Changes a file in a way no interface offers, and ends as told.
async fn leave_behind(database: &Path, sql: &str, end: &str) {
    let script = format!(
        "import os,sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); {end}"
    );
    let ended = Command::new("python3").args(["-c", &script]).arg(database).arg(sql).status().await.unwrap();
    assert!(ended.success(), "{sql}");
}

#[tokio::test]
async fn looking_changes_no_file_that_is_empty_older_whole_or_left_by_a_crash() {
    let directory = TempDir::new().unwrap();
    let [whole, older, killed] =
        ["a?b#c%20.db", "older.db", "killed.db"].map(|name| directory.path().join(name));
    assert_eq!(seed(&whole, &[]).await.0, Some(0));
    std::fs::copy(&whole, &older).unwrap();
    let newest = "DELETE FROM __diesel_schema_migrations WHERE version = \
        (SELECT max(version) FROM __diesel_schema_migrations)";
    leave_behind(&older, newest, "c.close()").await;
    std::fs::copy(&whole, &killed).unwrap();
    leave_behind(&killed, "DELETE FROM settings WHERE key = 'brain.routing'", "os._exit(0)").await;
    assert!(directory.path().join("killed.db-wal").metadata().unwrap().len() > 0);
    let empty = directory.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();

    let before = files(directory.path());
    for (database, status, word) in [
        (&whole, 0, "0 missing"),
        (&killed, 1, "missing setting brain.routing"),
        (&empty, 1, "is empty: everything is missing"),
        (&older, 1, "is older than this program"),
    ] {
        for (argument, status) in [("--check", status), ("--dry-run", 0)] {
            let (found, said) = seed(database, &[argument]).await;
            assert_eq!(found, Some(status), "{said}");
            assert!(said.contains(word), "{said}");
            assert!(files(directory.path()) == before, "{argument} {}", database.display());
        }
    }
}

#[tokio::test]
async fn looking_goes_on_beside_a_server_and_a_file_in_use_is_told_from_a_missing_thing() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("company.db");
    assert_eq!(seed(&database, &[]).await.0, Some(0));
    let held = std::fs::File::create(directory.path().join("company.db.lock")).unwrap();
    held.try_lock().unwrap();
    let (code, said) = seed(&database, &[]).await;
    assert!(code == Some(3) && said.contains("in use by another process"), "{code:?} {said}");
    for argument in ["--check", "--dry-run"] {
        let (code, said) = seed(&database, &[argument]).await;
        assert!(code == Some(0) && said.starts_with("0 missing"), "{code:?} {said}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("company.db");
    assert_eq!(seed(&database, &[]).await.0, Some(0));
    for (out, status) in [("| head -c 0 >/dev/null; exit ${PIPESTATUS[0]}", 0), ("> /dev/full", 3)] {
        let line = format!(
            "'{}' --check --database '{}' {out}",
            env!("CARGO_BIN_EXE_seed-database"),
            database.display()
        );
        let ended = Command::new("bash").args(["-c", &line]).output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(status), "{out}: {said}");
        assert_eq!(said.contains("standard output cannot be written"), status == 3, "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
