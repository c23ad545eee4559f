//! Events on their way to many sockets.

mod audience;
mod publisher;

use std::net::SocketAddr;
use std::time::Duration;

pub(super) use audience::Audience;
pub(super) use publisher::Publisher;

use super::fleet::Bench;
use super::report::Beside::{Floor, Undisturbed};
use super::report::Target;
use super::samples::Samples;
use super::socket::Socket;

const OURS: &str = "/api/v1/ws";
/// How many sockets, and how many turns a second they can take without a queue: for the delay.
const AUDIENCES: [(usize, f64); 3] = [(1, 50.0), (100, 25.0), (1_000, 5.0)];
const SECONDS: f64 = 3.0;
/// A stalled socket's kernel buffer: full soon.
const STALLED_BUFFER: u32 = 4 * 1024;

/// What came of publishing.
pub(super) struct Heard {
    /// Events that arrived, over all sockets.
    pub(super) deliveries_per_second: f64,
    pub(super) published_per_second: f64,
    /// From before the request to the first frame with its mark.
    pub(super) delay: Samples,
}

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.script(1, false).await?;
    for round in 1..=bench.rounds() {
        // each round anew: a server that has to remember what came before would show it in the last
        let (ours, floor) = (bench.fresh("events").await?, bench.floor().await?);
        for (sockets, pace) in AUDIENCES {
            eprintln!("events: round {round}, {sockets} sockets");
            let turns = || Publisher::turns(ours.address);
            let used = ours.cpu_seconds()?;
            let fast = hear(bench, ours.address, OURS, sockets, turns(), None).await?;
            let used = ours.cpu_seconds()? - used;
            let paced = hear(bench, ours.address, OURS, sockets, turns(), Some(pace)).await?;
            let stalled = Socket::open(ours.address, OURS, Some(STALLED_BUFFER)).await?;
            let beside_stalled = hear(bench, ours.address, OURS, sockets, turns(), None).await?;
            drop(stalled);
            let again = hear(bench, ours.address, OURS, sockets, turns(), None).await?;
            let undisturbed = f64::midpoint(fast.deliveries_per_second, again.deliveries_per_second);
            let stalled = (beside_stalled.deliveries_per_second, undisturbed);
            let (floor_fast, floor_paced) = match &floor {
                Some(floor) => {
                    let plain = || Publisher::floor(floor.address);
                    let fast = hear(bench, floor.address, "/ws", sockets, plain(), None).await?;
                    let paced = hear(bench, floor.address, "/ws", sockets, plain(), Some(pace)).await?;
                    (Some(fast), Some(paced))
                }
                None => (None, None),
            };
            let case = format!("events: {sockets} sockets");
            tell(bench, &case, (fast, paced), stalled, (floor_fast, floor_paced), sockets);
            bench.report.row(&case, "processor time", "s").ours(used);
        }
    }
    Ok(())
}

fn tell(
    bench: &mut Bench<'_>,
    case: &str,
    (fast, mut paced): (Heard, Heard),
    (beside_stalled, undisturbed): (f64, f64),
    (floor_fast, mut floor_paced): (Option<Heard>, Option<Heard>),
    sockets: usize,
) {
    let row = bench.report.row(case, "deliveries", "/s").ours(fast.deliveries_per_second);
    row.beside(Floor, floor_fast.as_ref().map(|it| it.deliveries_per_second));
    if sockets > 1 {
        row.target(Target::LeastOf(Floor, 0.6));
    }
    let row = bench.report.row(case, "turns meanwhile", "/s").ours(fast.published_per_second);
    row.beside(Floor, floor_fast.map(|it| it.published_per_second));
    let row = bench.report.row(case, "beside a stalled one", "/s").ours(beside_stalled);
    // Before and after it, for the disk has its moods.
    row.beside(Undisturbed, Some(undisturbed)).target(Target::LeastOf(Undisturbed, 0.9));
    for (measure, part) in [("delay p50", 0.5), ("delay p99", 0.99)] {
        let row = bench.report.row(case, measure, "ms").ours(paced.delay.quantile_ms(part));
        row.beside(Floor, floor_paced.as_mut().map(|it| it.delay.quantile_ms(part)));
    }
}

/// Gathers so many sockets and publishes to them, so many times a second or one after the other.
pub(super) async fn hear(
    bench: &Bench<'_>,
    address: SocketAddr,
    path: &str,
    sockets: usize,
    mut publisher: Publisher,
    pace: Option<f64>,
) -> anyhow::Result<Heard> {
    let audience = Audience::gather(address, path, sockets).await?;
    let warm_up = bench.span(0.0).warm_up.min(Duration::from_millis(500));
    audience.hear(&mut publisher, warm_up, pace).await?;
    audience.hear(&mut publisher, bench.span(SECONDS).measured, pace).await
}
