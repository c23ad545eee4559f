//! Log lines, to standard error.

use crate::config::{Log, LogFormat};
use crate::exit::Failure;
use anyhow::Context as _;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Sets up the log for the rest of the program.
pub(crate) fn init(log: &Log) -> Result<(), Failure> {
    let filter = filter(log)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.format {
        LogFormat::Pretty => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Which lines are written. None of the MCP library, which would write what servers say, arguments and results included.
pub(crate) fn filter(log: &Log) -> Result<EnvFilter, Failure> {
    let filter = EnvFilter::try_new(&log.filter)
        .with_context(|| format!("[log] filter {:?} is not a log filter", log.filter))
        .map_err(Failure::usage)?;
    Ok(filter.add_directive("rmcp=off".parse()?))
}
