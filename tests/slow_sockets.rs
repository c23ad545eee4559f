//! Sockets that do not read: what they cost, whom they slow, how they end.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Daena, Http, Socket, StalledSocket, wait_until};
use tokio::task::JoinSet;

use crate::api::{DAENA, HISTORY, events_after, head, new_session, number, positions, say, until_connected};
use crate::company::program;

/// Memory of the server that is in RAM now, in MiB.
fn resident_mib(daena: &Daena) -> u64 {
    let path = format!("/proc/{}/status", daena.pid().unwrap());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// The server's open files and connections.
fn descriptors(daena: &Daena) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", daena.pid().unwrap())).unwrap().count()
}

/// How many WebSockets the server has.
async fn open_sockets(http: &Http) -> i64 {
    let metrics = http.get("/metrics").await;
    let line = metrics.text.lines().find(|line| line.starts_with("daena_websockets "));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{}", metrics.text))
}

/// Publishes more than the system takes in for a client that does not read.
async fn fill(daena: &Daena) {
    let (http, text) = (&daena.http(), "x".repeat(95_000));
    join_all((0..32).map(|_| say(http, DAENA, &text, None))).await;
}

/// Sockets on a chat; each reads its events until one more is told, and gives the positions and how long it took.
const NARROW: usize = 195;
/// Sockets without a filter.
const WIDE: usize = 4;
/// Big messages, each of which is one event: 27 MiB in all.
const BIG: usize = 288;
const BIG_CHARS: usize = 96 * 1024;
/// Small changes among them.
const SMALL: usize = 48;
const AT_MOST_MIB: u64 = 64;

async fn read_to_the_end(mut socket: Socket) -> (Vec<i64>, Duration) {
    let mut seen = Vec::new();
    let mut begun = Instant::now();
    loop {
        // Each frame has a deadline of its own: what takes long here is the publishing.
        let frame = socket.next().await;
        if frame["type"] != "event" {
            continue;
        }
        if seen.is_empty() {
            begun = Instant::now();
        }
        seen.push(number(&frame["event_id"]));
        if frame["payload"]["title"] == "The end" {
            return (seen, begun.elapsed());
        }
    }
}

/// Publishes so many big messages, a few at a time.
async fn publish(http: &Http, bulk: &str, count: usize) {
    let text = "x".repeat(BIG_CHARS);
    join_all((0..count).map(|_| say(http, DAENA, &text, Some(bulk)))).await;
}

/// Publishes the big messages and, among them, the small changes of one session.
async fn publish_all(http: &Http, bulk: &str, watched: &str) {
    for place in 0..SMALL {
        publish(http, bulk, BIG / SMALL).await;
        let title = if place + 1 == SMALL { "The end".to_owned() } else { format!("Change {place}") };
        http.patch(&format!("{HISTORY}/{watched}"), json!({"title": title})).await.with_status(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_does_not_read_slows_no_other_and_catches_up_from_the_log() {
    // Offline, so that each message is one big event and one small one.
    let daena = program().config("[server]\nstall_s = 120\n").start().await;
    let http = daena.http();
    until_connected(&http, false).await;
    let (watched, bulk) = (new_session(&http, "Watched").await, new_session(&http, "Bulk").await);
    // What work costs without anyone watching, caches and all, is no matter here.
    for _ in 0..8 {
        publish(&http, &bulk, BIG / SMALL).await;
    }
    let start = head(&http).await;
    let base = daena.base();
    let narrow = join_all(
        (0..NARROW).map(async |_| Socket::connect(base, &format!("/api/v1/ws/chat/{watched}")).await),
    );
    let wide = join_all((0..WIDE).map(async |_| Socket::connect(base, "/api/v1/ws").await));
    let (mut narrow, mut wide) = tokio::join!(narrow, wide);
    for socket in narrow.iter_mut().chain(&mut wide) {
        socket.next_of_type("hello").await;
    }
    let stalled = StalledSocket::connect(base, &format!("/api/v1/ws?since={start}")).await;
    let before = resident_mib(&daena);

    let (mut chats, mut all) = (JoinSet::new(), JoinSet::new());
    narrow.into_iter().for_each(|socket| drop(chats.spawn(read_to_the_end(socket))));
    wide.into_iter().for_each(|socket| drop(all.spawn(read_to_the_end(socket))));
    let begun = Instant::now();
    publish_all(&http, &bulk, &watched).await;
    let published = begun.elapsed();
    let (chats, all) = (chats.join_all().await, all.join_all().await);
    let read = begun.elapsed();
    let grown = resident_mib(&daena).saturating_sub(before);
    println!(
        "{} MiB published in {published:?}, read by {} others after {read:?}; the server grew by {grown} MiB from {before}",
        (BIG * BIG_CHARS) >> 20,
        NARROW + WIDE,
    );

    assert!(read - published < Duration::from_secs(2), "the others were {:?} behind", read - published);

    let log = events_after(&http, start).await;
    let every = positions(&log);
    assert_eq!(every.len(), 2 * BIG + SMALL);
    let changes: Vec<i64> =
        positions(&log.into_iter().filter(|event| event["entity_id"] == watched).collect::<Vec<_>>());
    assert_eq!(changes.len(), SMALL);
    assert_eq!(chats.len() + all.len(), NARROW + WIDE);
    assert!(
        chats.iter().all(|(seen, _)| *seen == changes),
        "each sees its chat's events, all of them and in order"
    );
    assert!(all.iter().all(|(seen, _)| *seen == every), "each sees all events in order");
    assert!(grown < AT_MOST_MIB, "the server grew by {grown} MiB");

    let frames = stalled.resume().until(|frame| frame["payload"]["title"] == "The end").await;
    let seen: Vec<Value> = frames.into_iter().filter(|frame| frame["type"] == "event").collect();
    assert!(positions(&seen) == every, "the stalled one is fed from the log");
}

#[tokio::test]
async fn a_socket_that_reads_nothing_for_too_long_is_closed() {
    let daena = program().config("[server]\nstall_s = 1\nheartbeat_s = 1\n").start().await;
    let http = daena.http();
    until_connected(&http, false).await;
    let stalled = StalledSocket::connect(daena.base(), "/api/v1/ws").await;
    assert_eq!(open_sockets(&http).await, 1);
    fill(&daena).await;
    let mut late = {
        // Long enough unread by now, or soon: the write that finds out happens once it reads again.
        let begun = Instant::now();
        wait_until("more than a second to pass unread", Duration::from_secs(10), async || {
            http.get("/healthz").await.ok();
            (begun.elapsed() > Duration::from_millis(1500)).then_some(())
        })
        .await;
        stalled.resume()
    };
    let code = late.close_code_within(Duration::from_secs(20)).await;
    assert_eq!(code, 4008);
    wait_until("the socket to be let go", Duration::from_secs(10), async || {
        (open_sockets(&http).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_never_reads_is_let_go_soon_after_it_was_too_slow() {
    let daena = program().config("[server]\nstall_s = 1\nheartbeat_s = 1\n").start().await;
    let http = daena.http();
    until_connected(&http, false).await;
    let before = descriptors(&daena);
    let stalled = StalledSocket::connect(daena.base(), "/api/v1/ws").await;
    assert_eq!(open_sockets(&http).await, 1);
    fill(&daena).await;
    let filled = Instant::now();
    // Nobody reads, so nobody asks for what the server would say.
    wait_until("the socket to be let go", Duration::from_secs(20), async || {
        (open_sockets(&http).await == 0 && descriptors(&daena) <= before).then_some(())
    })
    .await;
    println!("let go {:?} after it was full", filled.elapsed());
    assert_eq!(stalled.resume().close_code().await, 1006, "too late to be told");
}
