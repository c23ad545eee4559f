//! Telling of the model side as it changes.

use crate::service::{ChatService, Inner};
use domain::Actor;
use domain::view::{BrainState, ProviderState};
use persistence::{KnownBrain, Store, StoreError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a database that takes no event is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// What was told of the model side last: a copy of its row.
#[derive(Debug)]
pub(crate) struct Told(Mutex<Option<KnownBrain>>);

impl Told {
    pub(crate) async fn open(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(Mutex::new(store.read(|tx| tx.brain().known()).await?)))
    }

    /// The models there were when a provider could be asked last.
    pub(crate) fn models(&self) -> Vec<String> {
        self.lock().as_ref().map(|known| known.models.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<KnownBrain>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChatService {
    /// Tells of the model side whenever it stands otherwise than was told last, by whatever run: `brain.status` when a
    /// provider comes or goes or another model is used where none is named, `brain.routing.changed`. It goes on until the
    /// service shuts down, and says nothing before it is known of every provider whether it is there.
    pub async fn keep_telling_of_brain(self) {
        let inner = self.inner;
        let mut brain = inner.gateway.watch();
        let mut rules = inner.rules.subscribe();
        loop {
            if let Some(now) = inner.stands()
                && let Err(error) = inner.tell(now).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the brain's state could not be told"
                );
                inner.shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                brain.mark_changed();
            }
            tokio::select! {
                changed = brain.changed() => if changed.is_err() { return },
                changed = rules.changed() => if changed.is_err() { return },
                () = inner.shutdown.cancelled() => return,
            }
        }
    }
}

impl Inner {
    /// How the model side stands; none while that is being found out.
    fn stands(&self) -> Option<KnownBrain> {
        let status = self.gateway.status();
        if !status.probed {
            return None;
        }
        let providers = status.providers.iter();
        let state = BrainState {
            connected: status.connected,
            enabled: status.permission.refusal.is_none(),
            active_model: self.active_model(),
            routing: status.permission.routing,
            providers: providers
                .map(|it| ProviderState { name: it.name.clone(), connected: it.connected })
                .collect(),
        };
        let models = match status.connected {
            true => status.models.iter().map(|model| model.name.clone()).collect(),
            false => self.told.models(),
        };
        Some(KnownBrain { state, models })
    }

    async fn tell(self: &Arc<Self>, now: KnownBrain) -> Result<(), StoreError> {
        if self.told.lock().as_ref() == Some(&now) {
            return Ok(());
        }
        let (change, told) = (self.change(Actor::System), now.clone());
        self.store.write(move |tx| tx.brain_mut().tell(&told, &change)).await?;
        *self.told.lock() = Some(now);
        Ok(())
    }
}
