//! A model that hangs, and whether anybody else notices.

use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::archive::{Pages, fill_sessions, read};
use super::clients::Turns;
use super::events::{Publisher, hear};
use super::fleet::Bench;
use super::process::Process;
use super::report::Beside::Undisturbed;
use super::report::Target;

const WAITING: usize = 200;
const SESSIONS: u32 = 200;
const SOCKETS: usize = 100;
const PACE: f64 = 50.0;
/// What a machine's mood may take from a ratio.
const ABOUT_THE_SAME: f64 = 0.85;

/// What others get meanwhile.
struct Service {
    lists: f64,
    pages: f64,
    deliveries: f64,
    delay: f64,
}

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for round in 1..=bench.rounds() {
        eprintln!("hang: round {round}");
        bench.script(1, false).await?;
        let server = bench.fresh("hang").await?;
        fill_sessions(server.address, SESSIONS).await?;
        let pages = Pages::find(server.address, SESSIONS as usize).await?;
        let before = serve(bench, &server, &pages).await?;

        bench.script(1, true).await?;
        let mut waiting = JoinSet::new();
        for _ in 0..WAITING {
            let mut turns = Turns::new(server.address, false);
            waiting.spawn_local(async move { turns.say("Are you there?").await });
        }
        sleep(Duration::from_millis(500)).await;
        ensure!(waiting.try_join_next().is_none(), "a turn did not wait");
        let meanwhile = serve(bench, &server, &pages).await?;
        bench.script(1, false).await?;
        while let Some(answered) = waiting.join_next().await {
            answered.context("a turn panicked")?.context("a turn that had waited failed")?;
        }
        tell(bench, &before, &meanwhile);
        server.end().await?;
    }
    Ok(())
}

async fn serve(bench: &Bench<'_>, server: &Process, pages: &Pages) -> anyhow::Result<Service> {
    let (address, span) = (server.address, bench.span(2.0));
    let sessions = || Publisher::sessions(address);
    let deliveries = hear(bench, address, "/api/v1/ws", SOCKETS, sessions(), None).await?;
    let mut paced = hear(bench, address, "/api/v1/ws", SOCKETS, sessions(), Some(PACE)).await?;
    Ok(Service {
        lists: read(server, &pages.newest, span).await?.per_second,
        pages: read(server, &pages.open, span).await?.per_second,
        deliveries: deliveries.deliveries_per_second,
        delay: paced.delay.quantile_ms(0.99),
    })
}

fn tell(bench: &mut Bench<'_>, before: &Service, meanwhile: &Service) {
    let case = format!("while {WAITING} turns wait on a model that hangs");
    let rows = [
        ("lists", meanwhile.lists, before.lists),
        ("pages", meanwhile.pages, before.pages),
        ("deliveries", meanwhile.deliveries, before.deliveries),
    ];
    for (measure, meanwhile, before) in rows {
        let row = bench.report.row(&case, measure, "/s").ours(meanwhile);
        row.beside(Undisturbed, Some(before)).target(Target::LeastOf(Undisturbed, ABOUT_THE_SAME));
    }
    let row = bench.report.row(&case, "delay p99", "ms").ours(meanwhile.delay);
    row.beside(Undisturbed, Some(before.delay));
}
