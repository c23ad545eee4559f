//! The gate: every check, in order, until one fails.

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::generated::{EXAMPLE_CONFIG, OPENAPI};
use crate::{layers, vendor, workspace};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask ci       on a machine that has the tools
  bash .ci/run         installs what is missing, then runs the same";

/// Runs the gate. The error names the command that failed.
///
/// Built is once, with one profile and the features of the whole workspace: the generated files, the tests and the doc
/// tests find what `build` left.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut gate = Gate::default();
    gate.cargo("fmt --all --check")?;
    gate.cargo("clippy --workspace --all-targets --locked -- -D warnings")?;
    gate.cargo("check -p persistence --features postgres --locked")?;
    gate.step("cargo xtask layers", layers::run)?;
    gate.step("cargo xtask vendor-check", vendor::run)?;
    if workspace::has("deny") {
        // without the advisories: they come from the network, and change while the code does not
        gate.cargo("deny --locked --log-level error check bans licenses sources")?;
    }
    gate.cargo("build --workspace --all-targets --locked")?;
    gate.step("cargo xtask example-config --check", || EXAMPLE_CONFIG.check(workspace::built_daena()?))?;
    gate.step("cargo xtask openapi --check", || OPENAPI.check(workspace::built_daena()?))?;
    gate.cargo(test_command())?;
    gate.cargo("test --doc --workspace --locked")?;
    gate.step("RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked", || {
        let mut doc = workspace::cargo("doc --workspace --no-deps --locked");
        doc.env("RUSTDOCFLAGS", "-D warnings");
        workspace::succeed(doc)
    })?;
    gate.report();
    Ok(())
}

fn test_command() -> &'static str {
    if workspace::has("nextest") {
        "nextest run --workspace --locked"
    } else {
        "test --workspace --tests --no-fail-fast --locked"
    }
}

/// What has passed so far, and how long each took.
#[derive(Default)]
struct Gate {
    passed: Vec<(String, Duration)>,
}

impl Gate {
    fn cargo(&mut self, arguments: &str) -> anyhow::Result<()> {
        self.step(&format!("cargo {arguments}"), || workspace::succeed(workspace::cargo(arguments)))
    }

    fn step(&mut self, command: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        println!("\n==> {command}");
        let start = Instant::now();
        work().with_context(|| format!("the gate stopped: `{command}` failed"))?;
        let took = start.elapsed();
        println!("    passed in {:.1} s", took.as_secs_f64());
        self.passed.push((command.to_owned(), took));
        Ok(())
    }

    fn report(&self) {
        println!("\n==> every check passed");
        for (command, took) in &self.passed {
            println!("{:>8.1} s  {command}", took.as_secs_f64());
        }
        let total: Duration = self.passed.iter().map(|(_, took)| *took).sum();
        println!("{:>8.1} s  in all", total.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_names_its_command_and_the_cause() {
        let failed = Gate::default().step("cargo fly", || anyhow::bail!("no wings")).unwrap_err();
        assert_eq!(format!("{failed:#}"), "the gate stopped: `cargo fly` failed: no wings");
    }

    #[test]
    fn a_cargo_command_that_exits_with_an_error_fails_its_step() {
        assert!(Gate::default().cargo("no-such-subcommand").is_err());
    }
}
