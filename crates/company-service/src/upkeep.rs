//! What keeps the company's books in order by itself.

use crate::{Company, Retention};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How the books are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpkeepSettings {
    /// Where backups go; without it, to `backups` beside the database.
    pub backups: Option<PathBuf>,
    /// How many backups are kept; at least one. Default 10.
    pub keep: usize,
    /// How long events are kept. Default: for ever.
    pub retention: Retention,
}

impl Default for UpkeepSettings {
    fn default() -> Self {
        Self { backups: None, keep: 10, retention: Retention::default() }
    }
}

/// The settings, and the rights to do what is done by one at a time.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    pub(crate) settings: UpkeepSettings,
    /// To write to the folder of backups.
    pub(crate) backups: Mutex<()>,
    /// To read the whole log.
    pub(crate) verifying: Mutex<()>,
}

impl Company {
    /// The company with its books kept so. With a retention set, old events are removed from now on, at once and daily,
    /// until the conversation service shuts down.
    #[must_use]
    pub fn with_upkeep(self, settings: UpkeepSettings) -> Self {
        let removes = settings.retention.is_on();
        let company = Self { upkeep: Arc::new(Upkeep { settings, ..Upkeep::default() }), ..self };
        if removes {
            let worker = company.clone();
            company.chat.spawn(async move { worker.remove_daily().await });
        }
        company
    }
}
