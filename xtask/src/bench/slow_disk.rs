//! Turns on a disk whose syncs take their time: those that wait for one share the next.

use anyhow::Context;

use super::clients::{Repeat, Turns};
use super::fleet::Bench;
use super::load::{askers, drive};
use super::report::Beside::Floor;
use super::report::Target;

const CLIENTS: usize = 64;

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let library = bench.options.slow_disk.as_ref().context("no --slow-disk")?;
    let us = bench.options.slow_us.context("no --slow-us")?;
    let library = std::path::absolute(library)?;
    let environment = [
        ("LD_PRELOAD".to_owned(), library.to_string_lossy().into_owned()),
        ("SLOWSYNC_US".to_owned(), us.to_string()),
    ];
    let server = bench.fresh_in("slow-disk", &environment).await?;
    let floor = bench.floor_in(&environment).await?;
    for round in 1..=bench.rounds() {
        for tokens in [64, 1] {
            eprintln!("slow disk: round {round}, {tokens} tokens");
            bench.script(tokens, false).await?;
            let span = bench.span(3.0);
            let least = match &floor {
                Some(floor) => {
                    let clients = askers(CLIENTS, || Repeat::floor(floor.address, tokens > 1));
                    Some(drive(floor, clients, span).await?)
                }
                None => None,
            };
            let clients = askers(CLIENTS, || Turns::new(server.address, false));
            let mut turns = drive(&server, clients, span).await?;
            let case = format!("slow disk ({us} us a sync): {CLIENTS} clients, {tokens} tokens");
            let row = bench.report.row(&case, "turns", "/s").ours(turns.per_second);
            row.beside(Floor, least.map(|it| it.per_second));
            // With 64 tokens it is the tokens that take the time, the floor's too: it does not always reach 2,000.
            row.target(if tokens == 1 { Target::Least(2_000.0) } else { Target::LeastOf(Floor, 0.5) });
            bench.report.row(&case, "p50", "ms").ours(turns.took.quantile_ms(0.5));
            bench.report.row(&case, "p99", "ms").ours(turns.took.quantile_ms(0.99));
        }
    }
    Ok(())
}
