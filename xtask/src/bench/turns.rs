//! Durable turns: the message, the model's answer and what was said of both, on the disk before the caller hears.

use super::clients::{Repeat, Turns};
use super::fleet::Bench;
use super::load::{askers, drive};
use super::process::Process;
use super::report::Beside::{Direct, Floor};
use super::report::Target;

const CLIENTS: [usize; 3] = [1, 16, 64];
const TOKENS: [usize; 2] = [64, 1];

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (ours, floor) = (bench.fresh("turns").await?, bench.floor().await?);
    for round in 1..=bench.rounds() {
        for tokens in TOKENS {
            bench.script(tokens, false).await?;
            for clients in CLIENTS {
                eprintln!("turns: round {round}, {clients} clients, {tokens} tokens");
                one(bench, &ours, floor.as_ref(), clients, tokens).await?;
            }
        }
    }
    let resident = ours.resident_mib()?;
    bench.report.row("memory", "after the turns", "MiB").ours(resident);
    Ok(())
}

async fn one(
    bench: &mut Bench<'_>,
    ours: &Process,
    floor: Option<&Process>,
    clients: usize,
    tokens: usize,
) -> anyhow::Result<()> {
    let span = bench.span(3.0);
    let mut direct =
        drive(bench.model(), askers(clients, || Repeat::model(bench.model().address)), span).await?;
    let mut least = match floor {
        // the floor's plain turn asks for the whole answer at once: fair only where that is one token
        Some(floor) => {
            Some(drive(floor, askers(clients, || Repeat::floor(floor.address, tokens > 1)), span).await?)
        }
        None => None,
    };
    let mut turns = drive(ours, askers(clients, || Turns::new(ours.address, false)), span).await?;

    let case = format!("turns: {clients} clients, {tokens} tokens");
    let row = bench.report.row(&case, "turns", "/s").ours(turns.per_second);
    row.beside(Direct, Some(direct.per_second)).beside(Floor, least.as_ref().map(|it| it.per_second));
    match (clients, tokens) {
        (64, 64) => row.target(Target::LeastOf(Floor, 0.5)),
        (64, 1) => row.target(Target::LeastOf(Floor, 0.4)),
        _ => row,
    };
    for (measure, part, most) in [("p50", 0.5, 2.5), ("p99", 0.99, 3.0)] {
        let row = bench.report.row(&case, measure, "ms").ours(turns.took.quantile_ms(part));
        row.beside(Direct, Some(direct.took.quantile_ms(part)));
        row.beside(Floor, least.as_mut().map(|it| it.took.quantile_ms(part)));
        if (clients, tokens) == (1, 64) {
            row.target(Target::MostOf(Floor, most));
        }
    }
    let row = bench.report.row(&case, "processor time", "us/turn").ours(turns.cpu_us);
    row.beside(Floor, least.map(|it| it.cpu_us));
    Ok(())
}
