//! The project's own chores. Run them as `cargo xtask <chore>`; `cargo xtask help` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person at the terminal")]

mod bench;
mod ci;
mod generated;
mod layers;
mod vendor;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  cargo xtask ci                        the whole gate, as the CI machine runs it
  cargo xtask layers                    who may depend on whom
  cargo xtask openapi                   write docs/openapi.json
  cargo xtask example-config --check    fail if daena.example.toml is out of date
  cargo xtask bench --quick             what the server does in a second, and how fast";

/// The project's own chores.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check, in order; stop at the first that fails
    #[command(after_help = ci::EXAMPLES)]
    Ci,
    /// Fail on a dependency that the architecture does not allow
    #[command(after_help = layers::EXAMPLES)]
    Layers,
    /// Write docs/openapi.json from the routes in the code
    #[command(after_help = generated::OPENAPI.examples)]
    Openapi(Mode),
    /// Fail on vendored files that are not as they were published
    #[command(after_help = vendor::EXAMPLES)]
    VendorCheck,
    /// Write daena.example.toml from the doc comments of the configuration
    #[command(after_help = generated::EXAMPLE_CONFIG.examples)]
    ExampleConfig(Mode),
    /// Measure the server, with ratios to what could be at best
    #[command(after_help = bench::EXAMPLES)]
    Bench(bench::Options),
    /// The scripted model server of the bench
    #[command(hide = true)]
    BenchModel,
}

#[derive(clap::Args)]
struct Mode {
    /// Change nothing; fail if the file is out of date
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Ci => ci::run(),
        Chore::Layers => layers::run(),
        Chore::Openapi(mode) => generated::OPENAPI.run(mode.check),
        Chore::VendorCheck => vendor::run(),
        Chore::ExampleConfig(mode) => generated::EXAMPLE_CONFIG.run(mode.check),
        Chore::Bench(options) => bench::run(&options),
        Chore::BenchModel => bench::serve_model(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // without the backtrace that RUST_BACKTRACE adds: the last line shall be what failed
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
