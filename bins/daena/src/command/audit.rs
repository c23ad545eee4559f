//! Looking whether the log is as it was written.

use crate::config::Config;
use crate::exit::Failure;
use crate::serve;
use anyhow::{Context as _, anyhow};
use chat_service::{LogCheck, Reach};

/// After how many events it is told how far the reading is.
const TELL_EVERY: i64 = 100_000;

/// Reads the whole log, also beside a running server; fails when something in it is not as it was written.
pub(crate) fn verify(config: &Config) -> Result<(), Failure> {
    let database = serve::database(config)?;
    if !database.is_file() {
        return Err(Failure::Failed(anyhow!("{} is not there", database.display())));
    }
    let mut told = 0;
    let tell = |done: i64, of: i64| {
        if done - told >= TELL_EVERY {
            told = done;
            println!("{done} of {of} …");
        }
    };
    let check = LogCheck::run(database, Reach::All, tell)
        .with_context(|| format!("the log of {} cannot be read", database.display()))?;
    say(&check);
    match check.breach {
        None => Ok(()),
        Some(breach) => Err(Failure::Failed(anyhow!("{breach}"))),
    }
}

fn say(check: &LogCheck) {
    if check.verified == 0 {
        println!("no event has a hash yet");
        return;
    }
    println!("{} events verified, from {} to {}", check.verified, check.from, check.to);
    if check.from.get() > 1 {
        println!("those before {} were written before events had hashes", check.from);
    }
    if check.removed > 0 {
        println!("{} between them were removed because they were old", check.removed);
    }
    println!("the hash of event {} is {}", check.to, check.hash);
}
