//! `daena mind`: a connection's program, ended with the server however that ends.

use crate::exit::Failure;
use anyhow::Context as _;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitCode;

/// Runs the program and ends as it does; a signal that ended it is told as shells tell it.
pub(crate) fn mind(server: u32, line: &[OsString]) -> Result<ExitCode, Failure> {
    let (command, args) = line.split_first().context("no program is named")?;
    let ended = tool_gateway::mind(server, command, args)
        .with_context(|| format!("cannot start {}", command.display()))?;
    let status = ended.code().or(ended.signal().map(|signal| 128 + signal));
    Ok(status.and_then(|status| u8::try_from(status).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
