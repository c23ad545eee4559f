//! The copy of the overrides that every turn looks into.

use super::Rules;
use super::local::is_local;
use crate::ChatError;
use crate::service::{ChatService, Inner};
use crate::usage::UsageBook;
use domain::{Clock, Override};
use llm_gateway::ChatModel;
use persistence::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// The overrides as they were last read.
pub(crate) struct RuleBook {
    stored: watch::Sender<Arc<Vec<Override>>>,
    /// Held while they are read and put in: what was read later never gives way to what was read before.
    reading: Mutex<()>,
    clock: Arc<dyn Clock>,
    is_local: bool,
    usage: Arc<UsageBook>,
}

impl RuleBook {
    /// Reads them for the first time.
    pub(crate) async fn open(
        store: &Store,
        clock: Arc<dyn Clock>,
        model: &dyn ChatModel,
        usage: Arc<UsageBook>,
    ) -> Result<Self, ChatError> {
        let stored = store.read(|tx| tx.overrides().all()).await?;
        let is_local = is_local(model.provider(), model.base_url());
        Ok(Self {
            stored: watch::Sender::new(Arc::new(stored)),
            reading: Mutex::new(()),
            clock,
            is_local,
            usage,
        })
    }

    /// What they allow now.
    pub(crate) fn now(&self) -> Rules {
        let stored = Arc::clone(&self.stored.borrow());
        let at = self.clock.now();
        Rules { stored, at, is_local: self.is_local, spent: self.usage.spent(at) }
    }

    /// Reads them again. A database that is busy is asked until it answers: what was stored has to have its effect.
    async fn reload(&self, inner: &Inner) {
        const PAUSE: Duration = Duration::from_millis(50);
        let _reading = self.reading.lock().await;
        while !inner.shutdown.is_cancelled() {
            match inner.store.read(|tx| tx.overrides().all()).await {
                Ok(stored) => {
                    self.stored.send_replace(Arc::new(stored));
                    return;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the overrides could not be read");
                }
            }
            inner.shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
    }
}

impl ChatService {
    /// What the Founder's overrides allow now.
    pub fn rules(&self) -> Rules {
        self.inner.rules.now()
    }

    /// Takes up what was changed of the overrides: to be called after each commit that changes them. When it returns,
    /// they have their effect, and what waited for one that is gone goes on.
    pub async fn reload_rules(&self) {
        self.inner.rules.reload(&self.inner).await;
        self.inner.gateway.look_again();
        self.inner.deferred.notify_one();
    }

    /// Follows the overrides as they are stored, those that have expired and are not cleared yet included.
    pub fn watch_rules(&self) -> watch::Receiver<Arc<Vec<Override>>> {
        self.inner.rules.stored.subscribe()
    }
}
