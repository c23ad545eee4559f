//! Shutting down: who is told, what is kept, how long it takes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Script, Socket, wait_until};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::api::{DAENA, HISTORY, events_after, list, message, messages, text, told};
use crate::company::{Company, program};

#[tokio::test]
async fn a_shutdown_ends_streams_keeps_replies_and_takes_less_than_ten_seconds() {
    let mut company = Company::open(Script { hold_after: Some(2), ..Script::default() }).await;
    let http = company.http();
    let mut events = http.sse("GET", "/api/v1/events/stream", Value::Null, &[]).await;
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    let body = json!({"message": "Hold it", "stream": true});
    let mut reply = http.request("POST", DAENA).json(&body).sse().await;
    let begun = reply.next().await.unwrap().json();
    company.model.wait_for("the generation", |stats| stats.held == 1).await;
    let mut said = String::new();
    while said != "Hello from" {
        said.push_str(text(&reply.next().await.unwrap().json()["text"]));
    }
    let id = text(&begun["reply"]["message_id"]);
    let asking = {
        let http = http.clone();
        async move { http.request("POST", DAENA).json(&json!({"message": "Me too"})).try_send().await }
    };
    let stopping = async {
        company.model.wait_for("the other generation", |stats| stats.held == 2).await;
        let begun = Instant::now();
        let status = company.daena.terminate().await;
        (status, begun.elapsed())
    };
    let (asked, (status, took)) = tokio::join!(asking, stopping);
    println!("shut down in {took:?}");
    assert_eq!(status.code(), Some(0), "{}", company.daena.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    let answer = asked.expect("who waits is told").problem(503, "busy");
    assert_eq!(
        (&answer["reply"]["status"], &answer["reply"]["content"]),
        (&json!("interrupted"), &json!("Hello from"))
    );
    let error = reply.collect_until("error").await.pop().unwrap().json();
    assert_eq!((&error["code"], &error["reply"]["status"]), (&json!("busy"), &json!("interrupted")));
    while let Some(event) = events.next().await {
        assert_eq!(event.event, None);
    }
    assert_eq!(socket.close_code().await, 4010);

    company.daena.restart().await;
    let http = company.http();
    let kept = message(&http, id).await;
    assert_eq!((&kept["status"], &kept["content"]), (&json!("interrupted"), &json!("Hello from")));
    let events = events_after(&http, 0).await;
    assert_eq!(told(&events, "chat.reply.interrupted", id), 1);
    assert_eq!(messages(&http, text(&begun["session_id"])).await[1], kept);
}

#[tokio::test]
async fn a_signal_right_after_the_ready_line_is_heard() {
    for _ in 0..10 {
        let mut daena = program().no_seed().start().await;
        assert_eq!(daena.terminate().await.code(), Some(0), "{}", daena.log());
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut company = Company::open(Script { hold_after: Some(2), ..Script::default() }).await;
    let http = company.http();
    let asking = http.request("POST", DAENA).json(&json!({"message": "Hold it"})).try_send();
    let stopping = async {
        company.model.wait_for("the generation", |stats| stats.held == 1).await;
        company.daena.send_sigterm();
        wait_until("the shutdown to begin", Duration::from_secs(5), async || {
            company.daena.log().contains("shutting down").then_some(())
        })
        .await;
        company.daena.send_sigterm();
        let begun = Instant::now();
        (company.daena.wait().await, begun.elapsed())
    };
    let (_, (status, took)) = tokio::join!(asking, stopping);
    println!("ended with {status} {took:?} after the second signal");
    // The first signal may have done its work before the second arrived.
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    company.daena.restart().await;
    assert_eq!(company.http().get(HISTORY).await.ok()["total"], 1);
}

/// A start that cannot go on: somebody else holds a lock on the file, for which the opening waits up to five seconds. It is
/// let go with the first that is returned.
async fn held_start(directory: &TempDir) -> (Child, Child) {
    let database = directory.path().join("daena.db");
    let script = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); \
        print('held',flush=True); sys.stdin.read(); c.rollback(); c.close()";
    let mut holder = Command::new("python3");
    holder.args(["-c", script]).arg(&database).kill_on_drop(true);
    let mut holder =
        holder.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut held = [0; 5];
    tokio::io::AsyncReadExt::read_exact(holder.stdout.as_mut().unwrap(), &mut held).await.unwrap();
    let mut daena = Command::new(env!("CARGO_BIN_EXE_daena"));
    daena
        .args(["--port", "0", "--ollama-url", "http://127.0.0.1:1", "--database"])
        .arg(&database)
        .kill_on_drop(true);
    let daena =
        daena.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let lock = directory.path().join("daena.db.lock");
    wait_until("the opening to begin", Duration::from_secs(10), async || lock.exists().then_some(())).await;
    (holder, daena)
}

async fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap().success());
}

#[tokio::test]
async fn a_signal_before_the_server_is_ready_closes_what_is_open_and_a_second_one_ends_it_at_once() {
    for name in ["TERM", "INT"] {
        let directory = TempDir::new().unwrap();
        let (mut holder, daena) = held_start(&directory).await;
        signal(&daena, name).await;
        // The start goes on to where it can be closed again, and no further.
        tokio::time::sleep(Duration::from_millis(300)).await;
        holder.stdin.take().unwrap().shutdown().await.unwrap();
        let ended = daena.wait_with_output().await.unwrap();
        let log = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(0), &b""[..]), "{log}");
        assert!(log.contains("shut down before the server was ready"), "{log}");
        let database = directory.path().join("daena.db");
        assert!(!directory.path().join("daena.db-wal").exists(), "it was closed");
        let daena = program().database(&database).start().await;
        assert_eq!(list(&daena.http().get("/api/v1/departments").await.ok()["departments"]).len(), 8);
    }

    let directory = TempDir::new().unwrap();
    let (_holder, mut daena) = held_start(&directory).await;
    signal(&daena, "TERM").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(daena.try_wait().unwrap().is_none(), "it waits for the opening");
    let begun = Instant::now();
    signal(&daena, "INT").await;
    let status = daena.wait().await.unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
