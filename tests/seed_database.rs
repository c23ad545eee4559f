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
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("diary.txt"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&diary).unwrap(), words);
}
