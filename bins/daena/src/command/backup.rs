//! Copies of the database, and the way back from one.

use crate::config::Config;
use crate::exit::Failure;
use crate::serve;
use anyhow::Context as _;
use chat_service::SystemClock;
use chat_service::domain::Clock as _;
use std::path::Path;

/// Copies the database into a file, also beside a running server.
pub(crate) fn backup(config: &Config, target: &Path, force: bool) -> Result<(), Failure> {
    let database = serve::database(config)?;
    let made = chat_service::back_up(database, target, force)
        .with_context(|| format!("no backup of {} was made", database.display()))?;
    println!("{} holds {} events up to {}", target.display(), made.events, made.head);
    println!("{} bytes, sha256 {}", made.bytes, made.checksum);
    Ok(())
}

/// Puts a backup in the place of the database; no server may have it.
pub(crate) fn restore(config: &Config, from: &Path) -> Result<(), Failure> {
    let database = serve::database(config)?;
    let label = format!(".before-restore-{}", SystemClock.now().stamp());
    let restored = chat_service::restore(from, database, &label)
        .with_context(|| format!("{} is as it was", database.display()))?;
    println!("{} is restored from {}", database.display(), from.display());
    println!("it holds {} events up to {}", restored.events, restored.head);
    match restored.kept {
        Some(kept) => println!("what was there is kept as {}", kept.display()),
        None => println!("there was no database before"),
    }
    println!("its log is a new one ({}): open windows begin anew", restored.epoch.as_str());
    Ok(())
}
