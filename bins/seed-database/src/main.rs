//! `seed-database`: puts the company that a new database starts with into a file. What is there stays as it is.

use anyhow::Context as _;
use chat_service::{ChatError, ChatService, Inspection, ScriptedModel};
use clap::Parser;
use company_service::{Company, SeedReport};
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  seed-database --database daena.db             put in what is missing
  seed-database --database daena.db --dry-run   say what would be put in
  seed-database --database daena.db --check     exit with 1 when something is missing

--check and --dry-run change nothing, take no lock, and may be run beside a server.

It exits with 0 when all is well, 1 when --check finds something missing, 2 on bad usage, and 3 when the file cannot
be used: it is in use by another process, damaged, another program's or a newer version's, or takes no writes.";

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

/// The exit status of a file that cannot be used; 1 is for what is missing, 2 for bad usage.
const REFUSED: u8 = 3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = run(&arguments).and_then(|(told, is_well)| say(&told).map(|()| is_well));
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Who closed standard error wants no last words.
            writeln!(std::io::stderr(), "seed-database: {error:#}").ok();
            ExitCode::from(REFUSED)
        }
    }
}

/// What is to be told, and whether all is well in the end.
fn run(arguments: &Arguments) -> anyhow::Result<(String, bool)> {
    let database = &arguments.database;
    if arguments.check || arguments.dry_run {
        let (told, is_whole) = look(database)?;
        return Ok((told, is_whole || arguments.dry_run));
    }
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    let report = runtime.block_on(async {
        // Seeding asks no model; the service only needs one to be there.
        let model = Arc::new(ScriptedModel::saying(""));
        let builder = ChatService::builder().database(database).model(model).at_rest();
        let chat = builder.start().await.map_err(|error| match error {
            ChatError::Store(error) => anyhow::Error::from(error),
            other => other.into(),
        })?;
        let report = Company::new(chat.clone()).seed().await;
        chat.shutdown().await;
        anyhow::Ok(report?)
    })?;
    Ok((list("made", &report), true))
}

/// What a seed would do, and whether it would do nothing. Nothing is changed by looking.
fn look(database: &Path) -> anyhow::Result<(String, bool)> {
    let name = database.display();
    if !database.exists() {
        return Ok((format!("{name} is not there: everything is missing\n"), false));
    }
    let found = Inspection::of(database)?;
    found.sound(database)?;
    let Some(version) = found.version else {
        return Ok((format!("{name} is empty: everything is missing\n"), false));
    };
    if found.pending > 0 {
        let told = format!(
            "{name} is older than this program: it has migration {version} and lacks {}\n\
             a seed runs them first, with a copy of the file put beside it, and then puts in what is missing\n",
            found.pending
        );
        return Ok((told, false));
    }
    let report = SeedReport::missing_from(database)?;
    Ok((list("missing", &report), report.made.is_empty()))
}

fn list(verb: &str, report: &SeedReport) -> String {
    let mut told = String::new();
    for thing in &report.made {
        // Writing to a string cannot fail.
        writeln!(told, "{verb} {} {}", thing.kind, thing.id).ok();
    }
    writeln!(told, "{} {verb}, {} there already", report.made.len(), report.kept).ok();
    told
}

/// Prints it. A reader that has gone away wants no more; a full disk is an error.
fn say(told: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(told.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output cannot be written")
        }
        _ => Ok(()),
    }
}
