//! Whether the database is sound.

use crate::ChatError;
use crate::service::Inner;
use persistence::StoreError;
use std::sync::{Arc, OnceLock};

/// What the check of the file found; nothing while it runs.
#[derive(Debug, Default)]
pub(crate) struct Health {
    damage: OnceLock<Option<String>>,
}

impl Health {
    /// Reads the whole file once, beside the work. Damage is told in the log and by readiness.
    pub(crate) async fn check(inner: Arc<Inner>) {
        let checked = tokio::select! {
            checked = inner.store.check() => checked,
            () = inner.shutdown.cancelled() => return,
        };
        let damage = checked.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database could not be checked");
            None
        });
        if let Some(damage) = &damage {
            tracing::error!(damage, file = %inner.store.path().display(), "the database is damaged: restore a backup");
        }
        inner.health.damage.set(damage).ok();
    }

    /// Sound, or not known otherwise.
    pub(crate) fn sound(&self) -> Result<(), ChatError> {
        match self.damage.get() {
            Some(Some(damage)) => {
                Err(ChatError::Store(StoreError::Corrupt { what: "database page", value: damage.clone() }))
            }
            _ => Ok(()),
        }
    }
}
