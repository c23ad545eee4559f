//! From the start of the process to its ready line.

use super::fleet::Bench;
use super::report::Target;

/// A start is short: it is measured more often than the rest.
const STARTS: u32 = 3;

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for _ in 0..bench.rounds() * STARTS {
        let database = bench.new_database("start-up")?;
        let first = bench.start_on(&database, &[]).start().await?;
        let ready = first.ready_after.as_secs_f64() * 1_000.0;
        bench.report.row("start-up", "first, with the seed", "ms").ours(ready);
        first.end().await?;
        let again = bench.start_on(&database, &[]).start().await?;
        let ready = again.ready_after.as_secs_f64() * 1_000.0;
        bench.report.row("start-up", "again", "ms").ours(ready);
        again.end().await?;

        let server = bench.on_archive().await?;
        let ready = server.ready_after.as_secs_f64() * 1_000.0;
        let row = bench.report.row("start-up", "with the archive", "ms").ours(ready);
        row.target(Target::Most(100.0));
        server.end().await?;
    }
    Ok(())
}
