//! `seed-database`: puts the company that a new database starts with into a file. What is there stays as it is.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

use anyhow::Context as _;
use chat_service::{ChatService, ScriptedModel};
use clap::Parser;
use company_service::{Company, SeedReport};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  seed-database --database daena.db             put in what is missing
  seed-database --database daena.db --dry-run   say what would be put in
  seed-database --database daena.db --check     exit with 1 when something is missing";

/// Fills a database with the company it starts with: 8 departments, 48 agents, 4 councils of 5,
/// the chat categories and the settings.
/// A second run changes nothing; what the Founder renamed stays renamed.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The database file; it is made when it is not there.
    #[arg(long, env = "DAENA_DATABASE", value_name = "FILE")]
    database: PathBuf,
    /// Change nothing; exit with 1 when something is missing.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Change nothing; say what would be done.
    #[arg(long)]
    dry_run: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("seed-database: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well in the end.
fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let only_look = arguments.check || arguments.dry_run;
    if only_look && !arguments.database.exists() {
        println!("{} is not there: everything is missing", arguments.database.display());
        return Ok(!arguments.check);
    }
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        // Seeding asks no model; the service only needs one to be there.
        let model = Arc::new(ScriptedModel::saying(""));
        let chat =
            ChatService::builder().database(&arguments.database).model(model).at_rest().start().await?;
        let company = Company::new(chat.clone());
        let report = if only_look { company.missing_from_seed().await } else { company.seed().await };
        chat.shutdown().await;
        Ok(tell(arguments, &report?))
    })
}

fn tell(arguments: &Arguments, report: &SeedReport) -> bool {
    let verb = if arguments.check || arguments.dry_run { "missing" } else { "made" };
    for thing in &report.made {
        println!("{verb} {} {}", thing.kind, thing.id);
    }
    println!("{} {verb}, {} there already", report.made.len(), report.kept);
    !arguments.check || report.made.is_empty()
}
