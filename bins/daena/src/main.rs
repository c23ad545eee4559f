//! `daena`: the server and its admin commands. Thin: configuration, telemetry, wiring, shutdown.

mod arguments;
mod command;
mod config;
mod exit;
mod output;
mod serve;
mod telemetry;

use arguments::{Arguments, AuditCommand, Command};
use clap::Parser as _;
use exit::Failure;
use std::process::ExitCode;

/// Threads here hand many small things to each other, which the system's allocator does not like: a fifth of the time
/// of a turn went into it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Version => command::version(),
        Command::PrintOpenapi => command::print_openapi(),
        Command::PrintExampleConfig => command::print_example_config(),
        Command::CheckConfig => command::check_config(&config::load(&arguments.options)?),
        Command::Doctor => command::doctor(&config::load(&arguments.options)?),
        Command::Backup { file, force } => command::backup(&config::load(&arguments.options)?, &file, force),
        Command::Restore { file } => command::restore(&config::load(&arguments.options)?, &file),
        Command::Audit(AuditCommand::Verify) => command::verify(&config::load(&arguments.options)?),
        Command::RotateKey => command::rotate_key(&config::load(&arguments.options)?),
        Command::Migrate => command::migrate(&config::load(&arguments.options)?),
        Command::Mcp { url } => command::mcp(&config::load(&arguments.options)?, url.as_deref()),
        Command::Mind { server, line } => return command::mind(server, &line),
        Command::Serve => {
            let config = config::load(&arguments.options)?;
            telemetry::init(&config.log)?;
            serve::serve(config)
        }
    }?;
    Ok(ExitCode::SUCCESS)
}
