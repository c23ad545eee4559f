//! Backups, restores and the audit trail from the command line, beside a running server and against kill -9.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use testkit::{Builder, Script, Socket};
use tokio::process::Command;

use crate::api::{DAENA, events_after, head, number, say, sessions, text};
use crate::company::{Company, program};

/// A command with its operands.
fn command(on: &Path, words: &[&str]) -> Builder {
    let (first, rest) = words.split_first().unwrap();
    rest.iter().fold(program().database(on).command(first), |command, word| command.arg(*word))
}

/// Runs it; gives its status, and all it said.
async fn run(on: &Path, words: &[&str]) -> (Option<i32>, String) {
    let (ended, stdout, stderr) = command(on, words).run_to_exit().await;
    (ended.code(), stdout + &stderr)
}

fn sql(file: &Path, statement: &str) {
    let done = std::process::Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
        ])
        .arg(file)
        .arg(statement)
        .status()
        .unwrap();
    assert!(done.success());
}

#[tokio::test]
async fn a_backup_beside_a_running_server_is_restored_and_windows_begin_anew() {
    let mut company = Company::open(Script::tokens(["Yes", "."])).await;
    let http = company.http();
    say(&http, DAENA, "before the backup", None).await;
    let database = company.daena.database();
    let copy = database.with_file_name("copy.db");
    let copy_name = copy.to_str().unwrap();
    let (status, said) = run(&database, &["backup", copy_name]).await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(copy_name) && said.contains("sha256"), "{said}");
    let (status, said) = run(&database, &["backup", copy_name]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(run(&database, &["backup", "--force", copy_name]).await.0, Some(0));
    let (status, said) = run(&database, &["audit", "verify"]).await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("events verified, from 1 to"), "{said}");

    say(&http, DAENA, "after the backup", None).await;
    let seen = head(&http).await;
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    let epoch = text(&socket.next_of_type("hello").await["epoch"]).to_owned();
    drop(socket);
    let (status, said) = run(&database, &["restore", copy_name]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("in use by another process"), "{said}");

    assert_eq!(company.daena.terminate().await.code(), Some(0));
    let (status, said) = run(&database, &["restore", copy_name]).await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(".before-restore-"), "{said}");
    company.daena.restart().await;
    let http = company.http();
    let talks = sessions(&http, "").await;
    assert_eq!(talks.len(), 1);
    assert_eq!(text(&talks[0]["title"]), "before the backup");
    let path = format!("/api/v1/ws?since={}&epoch={epoch}", seen - 9);
    let mut socket = Socket::connect(company.daena.base(), &path).await;
    assert_ne!(text(&socket.next_of_type("hello").await["epoch"]), epoch);
    assert_eq!(socket.next_of_type("reset").await["reason"], "other_epoch");
    assert_eq!(http.get("/api/v1/audit/verify").await.ok()["intact"], true);
}

#[tokio::test]
async fn a_changed_log_is_named_by_its_event_and_ends_with_1() {
    let mut company = Company::open(Script::tokens(["Yes", "."])).await;
    say(&company.http(), DAENA, "remember this", None).await;
    let database = company.daena.database();
    assert_eq!(company.daena.terminate().await.code(), Some(0));
    let (status, said) = run(&database, &["doctor"]).await;
    assert!(said.contains("as they were written") && said.contains("kept for ever"), "{status:?} {said}");
    sql(&database, "UPDATE events SET payload = '{}' WHERE position = 40");
    let (status, said) = run(&database, &["audit", "verify"]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("event 40 was changed") && said.contains("39 events verified, from 1 to 39"),
        "{said}"
    );
    let (status, said) = run(&database, &["doctor"]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("PROBLEM: event 40 was changed"), "{said}");
    let (status, said) =
        run(&database, &["backup", database.with_file_name("bad.db").to_str().unwrap()]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(!database.with_file_name("bad.db").exists());
}

#[tokio::test]
async fn a_restore_or_backup_killed_anywhere_leaves_one_whole_database() {
    let mut company = Company::open(Script::tokens(["Yes", "."])).await;
    let http = company.http();
    for number in 0..12 {
        say(&http, DAENA, &format!("{number} {}", "long ".repeat(15_000)), None).await;
    }
    let database = company.daena.database();
    let copy = database.with_file_name("copy.db");
    assert_eq!(run(&database, &["backup", copy.to_str().unwrap()]).await.0, Some(0));
    say(&http, DAENA, "newer than the backup", None).await;
    let newest = head(&http).await;
    assert_eq!(company.daena.terminate().await.code(), Some(0));
    let backed_up = number_of(&run(&copy, &["audit", "verify"]).await.1);
    assert!(backed_up < newest);
    for round in 0..24_u64 {
        let words = if round % 3 == 2 { vec!["backup", "--force"] } else { vec!["restore"] };
        let mut child = Command::new(env!("CARGO_BIN_EXE_daena"));
        let target = if round % 3 == 2 { database.with_file_name("again.db") } else { copy.clone() };
        child.args(words).arg(target).arg("--database").arg(&database);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        // Not to wait for something: to hit it at another place each time.
        tokio::time::sleep(Duration::from_millis(round * 4)).await;
        child.kill().await.unwrap();
        let (status, said) = run(&database, &["audit", "verify"]).await;
        assert_eq!(status, Some(0), "round {round}: {said}");
        let now = number_of(&said);
        assert!(now == newest || now == backed_up, "round {round}: {said}");
        let again = database.with_file_name("again.db");
        if again.exists() {
            assert_eq!(run(&again, &["audit", "verify"]).await.0, Some(0), "round {round}");
        }
    }
    assert_eq!(run(&database, &["restore", copy.to_str().unwrap()]).await.0, Some(0));
    company.daena.restart().await;
    assert_eq!(sessions(&company.http(), "").await.len(), 12);
}

/// How many events were verified.
fn number_of(said: &str) -> i64 {
    said.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{said}"))
}

#[tokio::test]
async fn the_server_keeps_as_many_backups_as_it_is_told_where_it_is_told() {
    let company =
        Company::open_with(Script::tokens(["Yes"]), |start| start.config("[backup]\nkeep = 2\n")).await;
    let http = company.http();
    for _ in 0..3 {
        http.post("/api/v1/system/backup", json!({})).await.ok();
    }
    let backups = http.get("/api/v1/system/backups").await.ok();
    assert_eq!(backups["backups"].as_array().unwrap().len(), 2);
    let newest = text(&backups["backups"][0]["name"]).to_owned();
    let file = company.daena.database().with_file_name("backups").join(newest);
    let (status, said) = run(&file, &["audit", "verify"]).await;
    assert_eq!(status, Some(0), "{said}");
    let told = events_after(&http, 0).await;
    let told = told.iter().rfind(|event| event["event_type"] == "system.backup").unwrap();
    assert_eq!(number(&told["payload"]["head"]), number_of(&said));
    let (status, said) = run(&company.daena.database(), &["doctor"]).await;
    assert!(said.contains("backups        2 in"), "{status:?} {said}");
}

#[tokio::test]
async fn a_retention_that_cannot_be_is_refused_by_name() {
    for (config, named) in [
        ("[retention]\ndays = { \"chat message\" = 3 }\n", "chat message"),
        ("[retention]\ndays = { \"chat.*\" = 0 }\n", "[retention] days"),
        ("[retention]\ndefault_days = 0\n", "default_days"),
        ("[backup]\nkeep = 0\n", "[backup] keep"),
    ] {
        let (ended, _, stderr) = program().command("check-config").config(config).run_to_exit().await;
        assert_eq!(ended.code(), Some(2), "{stderr}");
        assert!(stderr.contains(named), "{stderr}");
    }
}
