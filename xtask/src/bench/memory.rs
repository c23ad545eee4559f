//! Resident memory.

use std::time::Duration;

use tokio::time::sleep;

use super::events::Audience;
use super::fleet::Bench;
use super::report::Target;

const SOCKETS: usize = 1_000;
const REST: Duration = Duration::from_secs(2);

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for _ in 0..bench.rounds() {
        eprintln!("memory");
        bench.script(1, false).await?;
        let server = bench.on_archive().await?;
        sleep(REST).await;
        let idle = server.resident_mib()?;
        bench.report.row("memory", "idle", "MiB").ours(idle).target(Target::Most(30.0));
        let audience = Audience::gather(server.address, "/api/v1/ws", SOCKETS).await?;
        sleep(REST).await;
        let each = (server.resident_mib()? - idle) * 1024.0 / SOCKETS as f64;
        bench.report.row("memory", "an idle socket", "KiB").ours(each).target(Target::Most(16.0));
        drop(audience);
        server.end().await?;
    }
    Ok(())
}
