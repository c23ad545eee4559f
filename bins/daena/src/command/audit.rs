//! Looking whether the log is as it was written.

use crate::config::Config;
use crate::exit::Failure;
use crate::output::say;
use crate::serve;
use anyhow::{Context as _, anyhow};
use chat_service::{LogCheck, Reach};

/// After how many events it is told how far the reading is.
const TELL_EVERY: i64 = 100_000;

/// Reads the whole log, also beside a running server; fails when something in it is not as it was written.
pub(crate) fn verify(config: &Config) -> Result<(), Failure> {
    let database = serve::founded(config)?;
    let (mut told, mut heard) = (0, Ok(()));
    let tell = |done: i64, of: i64| {
        if done - told >= TELL_EVERY && heard.is_ok() {
            told = done;
            heard = say!("{done} of {of} …");
        }
    };
    let check = LogCheck::run(database, Reach::All, tell)
        .with_context(|| format!("the log of {} cannot be read", database.display()))?;
    heard?;
    tell_result(&check)?;
    match check.breach {
        None => Ok(()),
        Some(breach) => Err(Failure::Failed(anyhow!("{breach}"))),
    }
}

fn tell_result(check: &LogCheck) -> Result<(), Failure> {
    if check.verified == 0 {
        return say!("no event has a hash yet");
    }
    say!("{} events verified, from {} to {}", check.verified, check.from, check.to)?;
    if check.from.get() > 1 {
        say!("those before {} were written before events had hashes", check.from)?;
    }
    if check.removed > 0 {
        say!("{} between them were removed because they were old", check.removed)?;
    }
    say!("the hash of event {} is {}", check.to, check.hash)
}
