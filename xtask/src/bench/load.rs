//! A closed loop: so many clients, each of which asks again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;
use tokio::time::sleep;

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
    pub(super) answers: usize,
}

impl Span {
    /// The two durations in seconds.
    pub(super) fn seconds(warm_up: f64, measured: f64) -> Self {
        Self { warm_up: Duration::from_secs_f64(warm_up), measured: Duration::from_secs_f64(measured) }
    }
}

/// Lets the clients ask for as long as the span says.
pub(super) async fn drive<C: Client>(clients: Vec<C>, span: Span) -> anyhow::Result<Measured> {
    let from = Instant::now() + span.warm_up;
    let until = from + span.measured;
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn_local(keep_asking(client, from, until));
    }
    let (mut took, mut first) = (Samples::default(), Samples::default());
    while let Some(ended) = running.join_next().await {
        let (its_took, its_first) = ended.context("a client panicked")??;
        took.extend(its_took);
        first.extend(its_first);
    }
    let answers = took.count();
    Ok(Measured { per_second: answers as f64 / span.measured.as_secs_f64(), took, first, answers })
}

async fn keep_asking(
    mut client: impl Client,
    from: Instant,
    until: Instant,
) -> anyhow::Result<(Samples, Samples)> {
    let (mut took, mut first, mut failures) = (Samples::default(), Samples::default(), 0);
    loop {
        let asked = Instant::now();
        if asked >= until {
            return Ok((took, first));
        }
        let token = match client.ask().await {
            Ok(token) => token,
            Err(error) if failures >= MOST_FAILURES => return Err(error),
            Err(_) => {
                failures += 1;
                sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let answered = Instant::now();
        if answered >= from && answered < until {
            took.push(answered - asked);
            if let Some(token) = token {
                first.push(token - asked);
            }
        }
    }
}
