//! The copy of the overrides that every turn looks into.

use super::{Chosen, Kinds, Rules};
use crate::ChatError;
use crate::service::{ChatService, Inner};
use domain::{Clock, Override};
use llm_gateway::{Provider, ProviderKind};
use persistence::{ReadTx, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// The overrides, and what was chosen of the models, as they were last read.
pub(crate) struct RuleBook {
    stored: watch::Sender<Arc<Vec<Override>>>,
    chosen: watch::Sender<Arc<Chosen>>,
    /// Held while they are read and put in: what was read later never gives way to what was read before.
    reading: Mutex<()>,
    clock: Arc<dyn Clock>,
    kinds: Kinds,
}

impl RuleBook {
    /// Reads them for the first time.
    pub(crate) async fn open(
        store: &Store,
        clock: Arc<dyn Clock>,
        providers: &[Provider],
    ) -> Result<Self, ChatError> {
        let (stored, chosen) = store.read(read).await?;
        let is_there = |kind| providers.iter().any(|provider| provider.is(kind));
        let kinds = Kinds { local: is_there(ProviderKind::Local), api: is_there(ProviderKind::Api) };
        let (stored, chosen) = (watch::Sender::new(Arc::new(stored)), watch::Sender::new(Arc::new(chosen)));
        Ok(Self { stored, chosen, reading: Mutex::new(()), clock, kinds })
    }

    /// Follows what is stored, whether it has changed or not.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Vec<Override>>> {
        self.stored.subscribe()
    }

    /// What they allow now.
    pub(crate) fn now(&self) -> Rules {
        let (stored, chosen) = (Arc::clone(&self.stored.borrow()), Arc::clone(&self.chosen.borrow()));
        Rules { stored, chosen, at: self.clock.now(), kinds: self.kinds }
    }

    /// Reads them again. A database that is busy is asked until it answers: what was stored has to have its effect.
    async fn reload(&self, inner: &Inner) {
        const PAUSE: Duration = Duration::from_millis(50);
        let _reading = self.reading.lock().await;
        while !inner.shutdown.is_cancelled() {
            match inner.store.read(read).await {
                Ok((stored, chosen)) => {
                    self.chosen.send_replace(Arc::new(chosen));
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

fn read(tx: &mut ReadTx<'_>) -> Result<(Vec<Override>, Chosen), StoreError> {
    let chosen = Chosen { model: tx.settings().selected_model()?, routing: tx.settings().routing()? };
    Ok((tx.overrides().all()?, chosen))
}

impl ChatService {
    /// What the Founder's overrides allow now.
    pub fn rules(&self) -> Rules {
        self.inner.rules.now()
    }

    /// Takes up what was changed of the overrides and of what is chosen among the models: to be called after each commit
    /// that changes them. When it returns, they have their effect, and what waited for one that is gone goes on.
    pub async fn reload_rules(&self) {
        self.inner.rules.reload(&self.inner).await;
        self.inner.gateway.look_again();
        self.inner.deferred.notify_one();
    }

    /// Follows the overrides as they are stored, those that have expired and are not cleared yet included.
    pub fn watch_rules(&self) -> watch::Receiver<Arc<Vec<Override>>> {
        self.inner.rules.subscribe()
    }
}
