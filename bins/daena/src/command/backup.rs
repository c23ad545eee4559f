//! Copies of the database, and the way back from one.

use crate::config::Config;
use crate::exit::Failure;
use crate::output::say;
use crate::serve;
use anyhow::Context as _;
use chat_service::SystemClock;
use chat_service::domain::Clock as _;
use std::path::Path;

/// Copies the database into a file, also beside a running server.
pub(crate) fn backup(config: &Config, target: &Path, force: bool) -> Result<(), Failure> {
    let database = serve::founded(config)?;
    let made = chat_service::back_up(database, target, force)
        .with_context(|| format!("no backup of {} was made", database.display()))?;
    say!("{} holds {} events up to {}", target.display(), made.events, made.head)?;
    say!("{} bytes, sha256 {}", made.bytes, made.checksum)?;
    Ok(())
}

/// Puts a backup in the place of the database; no server may have it.
pub(crate) fn restore(config: &Config, from: &Path) -> Result<(), Failure> {
    let database = serve::database(config)?;
    let label = format!(".before-restore-{}", SystemClock.now().stamp());
    let restored = chat_service::restore(from, database, &label)
        .with_context(|| format!("{} is as it was", database.display()))?;
    say!("{} is restored from {}", database.display(), from.display())?;
    say!("it holds {} events up to {}", restored.events, restored.head)?;
    match restored.kept {
        Some(kept) => say!("what was there is kept as {}", kept.display())?,
        None => say!("there was no database before")?,
    }
    say!("its log is a new one ({}): open windows begin anew", restored.epoch.as_str())?;
    Ok(())
}
