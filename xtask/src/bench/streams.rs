//! Answers as they come.

use super::clients::{Repeat, Turns};
use super::fleet::Bench;
use super::load::{askers, drive};
use super::process::Process;
use super::report::Beside::{Direct, Floor};
use super::report::Target;

const TOKENS: usize = 64;

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (ours, floor) = (bench.fresh("streams").await?, bench.floor().await?);
    bench.script(TOKENS, false).await?;
    for round in 1..=bench.rounds() {
        for clients in [1, 16] {
            eprintln!("streams: round {round}, {clients} clients");
            one(bench, &ours, floor.as_ref(), clients).await?;
        }
    }
    Ok(())
}

async fn one(
    bench: &mut Bench<'_>,
    ours: &Process,
    floor: Option<&Process>,
    clients: usize,
) -> anyhow::Result<()> {
    let span = bench.span(3.0);
    let mut direct =
        drive(bench.model(), askers(clients, || Repeat::model(bench.model().address)), span).await?;
    let mut least = match floor {
        Some(floor) => {
            Some(drive(floor, askers(clients, || Repeat::floor(floor.address, true)), span).await?)
        }
        None => None,
    };
    let mut streams = drive(ours, askers(clients, || Turns::new(ours.address, true)), span).await?;

    let case = format!("streams: {clients} clients, {TOKENS} tokens");
    let tokens = |answers: f64| answers * TOKENS as f64;
    let row = bench.report.row(&case, "tokens", "/s").ours(tokens(streams.per_second));
    row.beside(Direct, Some(tokens(direct.per_second)));
    row.beside(Floor, least.as_ref().map(|it| tokens(it.per_second)));
    if clients == 16 {
        row.target(Target::LeastOf(Floor, 0.5));
    }
    for (measure, part) in [("first token p50", 0.5), ("first token p99", 0.99)] {
        let row = bench.report.row(&case, measure, "ms").ours(streams.first.quantile_ms(part));
        row.beside(Direct, Some(direct.first.quantile_ms(part)));
        row.beside(Floor, least.as_mut().map(|it| it.first.quantile_ms(part)));
        if clients == 1 && part == 0.5 {
            row.target(Target::MostOf(Floor, 3.0));
        }
    }
    for (measure, part) in [("whole p50", 0.5), ("whole p99", 0.99)] {
        let row = bench.report.row(&case, measure, "ms").ours(streams.took.quantile_ms(part));
        row.beside(Direct, Some(direct.took.quantile_ms(part)));
        row.beside(Floor, least.as_mut().map(|it| it.took.quantile_ms(part)));
    }
    let row = bench.report.row(&case, "processor time", "us/turn").ours(streams.cpu_us);
    row.beside(Floor, least.map(|it| it.cpu_us));
    Ok(())
}
