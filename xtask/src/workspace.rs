//! Where the workspace is, and how to run programs in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

/// The directory of the root manifest.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// `cargo` with these arguments (split at blanks), started in the root.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = program(Path::new("cargo"));
    command.args(arguments.split_whitespace());
    command
}

/// The server's binary as `cargo build` left it.
pub(crate) fn built_daena() -> anyhow::Result<Command> {
    built("debug", "daena")
}

/// A binary as `cargo build` left it in this profile's directory.
pub(crate) fn built(profile: &str, name: &str) -> anyhow::Result<Command> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path: PathBuf = metadata()?.target_directory.join(profile).join(name).into();
    Ok(program(&path))
}

/// The members of the workspace and what each declares; nothing is resolved or fetched.
pub(crate) fn metadata() -> anyhow::Result<Metadata> {
    MetadataCommand::new().current_dir(root()).no_deps().exec().context("could not read `cargo metadata`")
}

/// Whether a cargo subcommand is installed.
pub(crate) fn has(subcommand: &str) -> bool {
    let mut probe = cargo(subcommand);
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Runs the command to its end, with our own terminal.
pub(crate) fn succeed(mut command: Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("could not start {:?}", command.get_program()))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// A program started in the root, without what `cargo run` set for xtask itself: some build scripts (ring's) watch
/// those variables, and would run again each time the gate and a plain `cargo build` take turns.
fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(root());
    for name in inherited_from_cargo_run() {
        command.env_remove(name);
    }
    command
}

#[allow(clippy::disallowed_methods, reason = "hands an environment on; reads no configuration")]
fn inherited_from_cargo_run() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    })
}
