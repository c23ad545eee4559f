//! Measures the release build of the server under load, on this machine: a scripted model server in a process of its
//! own, the load from this one. On a machine that others use too, only the ratios of one run mean something: what is
//! compared is measured in turn, round after round.

mod archive;
mod clients;
mod connection;
mod events;
mod fleet;
mod hang;
mod load;
mod memory;
mod model;
mod process;
mod report;
mod samples;
mod search;
mod slow_disk;
mod socket;
mod start_up;
mod streams;
mod turns;
mod wire;

use std::path::PathBuf;

use anyhow::ensure;
use clap::ValueEnum;
use tokio::task::LocalSet;

use crate::workspace;
use fleet::Bench;
pub(crate) use model::run as serve_model;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask bench                                   everything, three rounds; a quarter of an hour
  cargo xtask bench --quick                           the same with short runs and a small archive
  cargo xtask bench --only turns --rounds 5           one case
  cargo xtask bench --floor PATH                      also against PATH, called as `PATH turn --port P --dir D
                                                      --upstream HOST:PORT`: a server that does the least that a
                                                      durable turn can be (POST /turn, POST /stream, WebSockets)
  cargo xtask bench --archive /tmp/archive.db         fill the archive once, then use it again
  cargo xtask bench --only slow-disk --slow-disk ./slowsync.so --slow-us 2000

Absolute figures are of this machine, now. Ratios are medians of each round's ratio: 0.50 x floor 3,400 says that ours
reached half of what the floor did in the same round. MISS marks what is under its target.";

/// What to measure, and against what.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Short runs and a tenth of the archive
    #[arg(long)]
    quick: bool,
    /// Only these cases
    #[arg(long, value_enum, value_name = "CASE")]
    only: Vec<Case>,
    /// How often each case is measured; the table has the medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Also measure this floor, in turn with ours
    #[arg(long, value_name = "PROGRAM")]
    floor: Option<PathBuf>,
    /// Write everything as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The archive's database: made there if it is missing, and kept
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
    /// `[brain] concurrency` of the server instead of its default
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// A library to preload into the server that makes each sync of the disk slow
    #[arg(long, value_name = "LIB.so", requires = "slow_us")]
    slow_disk: Option<PathBuf>,
    /// How slow, in microseconds (the library finds it in SLOWSYNC_US)
    #[arg(long, value_name = "N", requires = "slow_disk")]
    slow_us: Option<u32>,
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// Durable turns a second, and how long one takes
    Turns,
    /// Tokens a second, and the time to the first
    Streams,
    /// Events to 1, 100 and 1,000 sockets
    Events,
    /// Lists and pages among 10,000 sessions
    Archive,
    /// Rare words, common words and phrases among 200,000 messages, also while turns are made
    Search,
    /// From the start to ready
    StartUp,
    /// Resident memory
    Memory,
    /// Lists, pages and events while 200 turns wait
    Hang,
    /// Turns on the disk of --slow-disk
    SlowDisk,
}

impl Options {
    fn wants(&self, case: Case) -> bool {
        self.only.is_empty() || self.only.contains(&case)
    }
}

/// Builds what is measured and what measures, and measures.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(cfg!(target_os = "linux"), "the bench reads /proc: it runs on Linux only");
    if options.binary.is_none() {
        workspace::succeed(workspace::cargo("build --release --locked -p daena"))?;
    }
    if cfg!(debug_assertions) {
        // whoever makes the load shares the processor with what is measured: it must not waste any
        workspace::succeed(workspace::cargo("build --release --locked -p xtask"))?;
        let mut optimised = workspace::built("release", "xtask")?;
        optimised.args(std::env::args_os().skip(1)).current_dir(std::env::current_dir()?);
        return workspace::succeed(optimised);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(measure(options)))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let mut bench = Bench::new(options).await?;
    if options.wants(Case::Turns) {
        turns::measure(&mut bench).await?;
    }
    if options.wants(Case::Streams) {
        streams::measure(&mut bench).await?;
    }
    if options.wants(Case::Events) {
        events::measure(&mut bench).await?;
    }
    if options.wants(Case::StartUp) {
        start_up::measure(&mut bench).await?;
    }
    if options.wants(Case::Memory) {
        memory::measure(&mut bench).await?;
    }
    if options.wants(Case::Archive) {
        archive::measure(&mut bench).await?;
    }
    if options.wants(Case::Search) {
        search::measure(&mut bench).await?;
    }
    if options.wants(Case::Hang) {
        hang::measure(&mut bench).await?;
    }
    if options.wants(Case::SlowDisk) && options.slow_disk.is_some() {
        slow_disk::measure(&mut bench).await?;
    }
    println!("{}", bench.report.table());
    options.json.as_ref().map_or(Ok(()), |path| bench.report.write(path))
}
