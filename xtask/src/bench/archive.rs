//! Ten thousand sessions of twenty messages, made as a user would make them: turn by turn.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::task::JoinSet;

use super::clients::{Reader, Turns};
use super::connection::{Connection, request};
use super::fleet::Bench;
use super::load::{Measured, Span, drive};
use super::process::Process;
use super::report::Target;

const SESSIONS: u32 = 10_000;
const TURNS: u32 = 10;
const WRITERS: u32 = 64;
const READERS: usize = 16;
/// How many of the sessions are opened, again and again.
const OPENED: usize = 2_000;
const LIST: &str = "/api/v1/daena/chat/sessions";

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.script(1, false).await?;
    let server = bench.on_archive().await?;
    let span = bench.span(3.0);
    let pages = Pages::find(server.address, OPENED).await?;
    for round in 1..=bench.rounds() {
        eprintln!("archive: round {round}");
        let reads =
            [("list (50)", &pages.newest), ("later pages (50)", &pages.later), ("open (20)", &pages.open)];
        for (what, paths) in reads {
            let mut read = read(&server, paths, span).await?;
            let case = format!("archive: {what}, {READERS} clients");
            let row = bench.report.row(&case, "answers", "/s").ours(read.per_second);
            row.target(Target::Least(4_000.0));
            bench.report.row(&case, "p50", "ms").ours(read.took.quantile_ms(0.5));
            let row = bench.report.row(&case, "p99", "ms").ours(read.took.quantile_ms(0.99));
            row.target(Target::Most(15.0));
            bench.report.row(&case, "processor time", "us/answer").ours(read.cpu_us);
        }
    }
    server.end().await
}

/// What is read.
pub(super) struct Pages {
    pub(super) newest: Vec<String>,
    later: Vec<String>,
    pub(super) open: Vec<String>,
}

impl Pages {
    /// Pages through the list until so many sessions are known.
    pub(super) async fn find(address: SocketAddr, sessions: usize) -> anyhow::Result<Self> {
        let first = format!("{LIST}?limit=50");
        let mut pages = Self { newest: vec![first.clone()], later: Vec::new(), open: Vec::new() };
        let mut connection = Connection::new(address);
        let mut path = Some(first);
        while let Some(page) = path.take().filter(|_| pages.open.len() < sessions) {
            let answer = connection.send(&request("GET", &page, None), None).await?;
            let answer: Value = serde_json::from_slice(&answer.body)?;
            let listed = answer.get("sessions").and_then(Value::as_array).context("no sessions")?;
            let whole = |session: &&Value| session.get("message_count").and_then(Value::as_u64) == Some(20);
            let ids = listed.iter().filter(whole).filter_map(|session| session.get("session_id")?.as_str());
            pages.open.extend(ids.map(|id| format!("/api/v1/daena/chat/{id}")));
            if let Some(cursor) = answer.get("next_cursor").and_then(Value::as_str) {
                let next = format!("{LIST}?limit=50&cursor={cursor}");
                pages.later.push(next.clone());
                path = Some(next);
            }
        }
        ensure!(!pages.open.is_empty(), "no session has twenty messages");
        Ok(pages)
    }
}

/// Reads the paths with all readers.
pub(super) async fn read(server: &Process, paths: &[String], span: Span) -> anyhow::Result<Measured> {
    let apart = (paths.len() / READERS).max(1);
    let readers = (0..READERS).map(|reader| Reader::new(server.address, paths, reader * apart));
    drive(server, readers.collect(), span).await
}

/// The archive's database; its server has ended.
pub(super) async fn fill(bench: &mut Bench<'_>) -> anyhow::Result<PathBuf> {
    let database = match &bench.options.archive {
        Some(database) if database.exists() => return Ok(std::path::absolute(database)?),
        Some(database) => std::path::absolute(database)?,
        None => bench.new_database("archive")?,
    };
    let sessions = if bench.options.quick { SESSIONS / 10 } else { SESSIONS };
    bench.script(1, false).await?;
    let server = bench.serve(&database, &[]).await?;
    eprintln!("archive: filling it with {sessions} sessions of {} messages", 2 * TURNS);
    let started = Instant::now();
    fill_sessions(server.address, sessions).await?;
    let per_second = f64::from(sessions * TURNS) / started.elapsed().as_secs_f64();
    bench.report.row("archive: filling it", "turns", "/s").ours(per_second);
    server.end().await?;
    Ok(database)
}

/// Makes so many sessions, each of ten turns.
pub(super) async fn fill_sessions(address: SocketAddr, sessions: u32) -> anyhow::Result<()> {
    let left = Rc::new(Cell::new(sessions));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let left = Rc::clone(&left);
        writers.spawn_local(async move {
            let mut turns = Turns::new(address, false);
            while let Some(after) = left.get().checked_sub(1) {
                left.set(after);
                for turn in 1..=TURNS {
                    turns.say(&format!("Message {turn}: what did we decide about the budget?")).await?;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.context("a writer panicked")??;
    }
    Ok(())
}
