//! A closed loop: so many clients, each of which asks again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::process::Process;
use super::samples::Samples;

/// Whoever fails this often is not measured.
const MOST_FAILURES: usize = 20;

/// One who asks.
pub(super) trait Client: 'static {
    /// Asks once; the time of the first token where there is one to look for.
    fn ask(&mut self) -> impl Future<Output = anyhow::Result<Option<Instant>>>;
}

/// How long to ask.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Not counted.
    pub(super) warm_up: Duration,
    pub(super) measured: Duration,
}

/// What came of it.
pub(super) struct Measured {
    pub(super) per_second: f64,
    pub(super) took: Samples,
    pub(super) first: Samples,
    /// What the server used of the processor for an answer, in microseconds.
    pub(super) cpu_us: f64,
}

impl Span {
    /// The two durations in seconds.
    pub(super) fn seconds(warm_up: f64, measured: f64) -> Self {
        Self { warm_up: Duration::from_secs_f64(warm_up), measured: Duration::from_secs_f64(measured) }
    }
}

/// So many clients of a kind.
pub(super) fn askers<C: Client>(number: usize, make: impl Fn() -> C) -> Vec<C> {
    (0..number).map(|_| make()).collect()
}

/// Lets the clients ask the server for as long as the span says.
pub(super) async fn drive<C: Client>(
    server: &Process,
    clients: Vec<C>,
    span: Span,
) -> anyhow::Result<Measured> {
    let used = server.cpu_seconds()?;
    let from = Instant::now() + span.warm_up;
    let until = from + span.measured;
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn_local(keep_asking(client, from, until));
    }
    let mut all = Asked::default();
    while let Some(ended) = running.join_next().await {
        let its = ended.context("a client panicked")??;
        all.took.extend(its.took);
        all.first.extend(its.first);
        all.answers += its.answers;
        all.failures.extend(its.failures);
    }
    if let Some(failure) = all.failures.first() {
        eprintln!("warning: {} requests failed, the first one: {failure:#}", all.failures.len());
    }
    let cpu_us = (server.cpu_seconds()? - used) * 1e6 / all.answers as f64;
    let per_second = all.took.count() as f64 / span.measured.as_secs_f64();
    Ok(Measured { per_second, took: all.took, first: all.first, cpu_us })
}

/// What one client, or all of them, went through.
#[derive(Default)]
struct Asked {
    took: Samples,
    first: Samples,
    /// Those of the warm-up, too.
    answers: u64,
    failures: Vec<anyhow::Error>,
}

async fn keep_asking(mut client: impl Client, from: Instant, until: Instant) -> anyhow::Result<Asked> {
    let mut all = Asked::default();
    loop {
        let asked = Instant::now();
        if asked >= until {
            return Ok(all);
        }
        let token = match client.ask().await {
            Ok(token) => token,
            Err(error) if all.failures.len() >= MOST_FAILURES => return Err(error),
            Err(error) => {
                all.failures.push(error);
                sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        all.answers += 1;
        let answered = Instant::now();
        if answered >= from && answered < until {
            all.took.push(answered - asked);
            if let Some(token) = token {
                all.first.push(token - asked);
            }
        }
    }
}
