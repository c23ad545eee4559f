//! Pulls: models on their way to a provider.

mod pace;
mod task;

use crate::ChatError;
use crate::models::{managing, model_name};
use crate::service::{ChatService, Inner};
use domain::{Actor, Limit, Page, Pull, PullCursor, PullId, PullStatus};
use llm_gateway::ModelInfo;
use persistence::WriteTx;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How many pulls are on their way at a time: each takes its share of the line and of the disk.
const AT_A_TIME: usize = 4;

/// A pull as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullNow {
    /// The pull; while it is fetched, with the numbers of this moment.
    pub pull: Pull,
    /// How it comes on; none when it is over.
    pub progress: Option<PullState>,
}

/// How a pull comes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullState {
    /// What the provider is doing, in its words, or what is waited for.
    pub doing: String,
    /// How many bytes are there.
    pub completed_bytes: i64,
    /// How many there will be, as far as known.
    pub total_bytes: Option<i64>,
    /// How fast it came over the last seconds.
    pub bytes_per_second: Option<i64>,
    /// How long the rest takes at that speed.
    pub seconds_left: Option<i64>,
}

/// The pulls that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Pulls(Mutex<HashMap<PullId, Arc<LivePull>>>);

#[derive(Debug, Default)]
pub(crate) struct LivePull {
    cancel: CancellationToken,
    state: watch::Sender<PullState>,
}

impl Pulls {
    fn lock(&self) -> MutexGuard<'_, HashMap<PullId, Arc<LivePull>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: PullId) -> Option<Arc<LivePull>> {
        self.lock().get(&id).cloned()
    }

    fn insert(&self, pull: &Pull) -> Arc<LivePull> {
        let live = Arc::new(LivePull::default());
        live.state.send_modify(|state| {
            (state.completed_bytes, state.total_bytes) = (pull.completed_bytes, pull.total_bytes);
        });
        self.lock().insert(pull.id, Arc::clone(&live));
        live
    }

    fn remove(&self, id: PullId) {
        self.lock().remove(&id);
    }

    fn now(&self, mut pull: Pull) -> PullNow {
        let live = self.get(pull.id).filter(|_| pull.status == PullStatus::Running);
        let progress = live.map(|live| live.state.borrow().clone());
        if let Some(state) = &progress {
            (pull.completed_bytes, pull.total_bytes) = (state.completed_bytes, state.total_bytes);
        }
        PullNow { pull, progress }
    }
}

impl ChatService {
    /// Has a provider fetch a model: the one of this name, or the first one that can. Returns once that is stored; the pull
    /// then goes on by itself, over restarts too, until it is over or cancelled. While its provider may not be asked it
    /// waits. A name that is being fetched there already joins that pull.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for what is no model's name and a provider that fetches none, [`ChatError::Brain`] when
    /// the provider is away, [`ChatError::Busy`] when too many are on their way.
    pub async fn pull_model(&self, name: &str, provider: Option<&str>) -> Result<PullNow, ChatError> {
        let name = model_name("name", name)?;
        self.inner.rules.now().admit()?;
        if !self.inner.gateway.status().probed {
            self.inner.gateway.probe().await;
        }
        let provider = self.inner.gateway.puller(provider).map_err(managing)?;
        let change = self.inner.change(Actor::Founder);
        let pull = Pull {
            id: PullId::new(self.inner.ids.next_id()),
            name: name.to_string(),
            provider,
            status: PullStatus::Running,
            completed_bytes: 0,
            total_bytes: None,
            error: None,
            created_at: change.at,
            updated_at: change.at,
            finished_at: None,
        };
        let inner = Arc::clone(&self.inner);
        self.inner
            .to_its_end(async move {
                // On its way before it is stored, so that whoever cancels it finds it.
                let live = inner.pulls.insert(&pull);
                let new = pull.clone();
                let write = move |tx: &mut WriteTx<'_>| {
                    let running = tx.brain().running_pulls()?;
                    let named = ModelInfo { name: new.name.clone(), ..ModelInfo::default() };
                    let same = |it: &Pull| it.provider == new.provider && named.answers_to(&it.name);
                    match running.iter().position(same) {
                        Some(place) => Ok(running.into_iter().nth(place)),
                        None if running.len() >= AT_A_TIME => Err(ChatError::Busy),
                        None => {
                            tx.brain_mut().begin_pull(&new, &change)?;
                            Ok(None)
                        }
                    }
                };
                let joined = inner.store.write(write).await;
                if !matches!(joined, Ok(None)) {
                    inner.pulls.remove(pull.id);
                }
                match joined? {
                    Some(joined) => Ok(inner.pulls.now(joined)),
                    None => {
                        let now = inner.pulls.now(pull.clone());
                        inner.spawn(task::run(Arc::clone(&inner), live, pull));
                        Ok(now)
                    }
                }
            })
            .await
    }

    /// A page of pulls, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pulls(
        &self,
        after: Option<PullCursor>,
        limit: Limit,
    ) -> Result<Page<PullNow, PullCursor>, ChatError> {
        let page = self.inner.store.read(move |tx| tx.brain().pulls(after, limit)).await?;
        Ok(page.map(|pull| self.inner.pulls.now(pull)))
    }

    /// A pull.
    ///
    /// # Errors
    /// [`ChatError::NotFound`].
    pub async fn pull(&self, id: PullId) -> Result<PullNow, ChatError> {
        let found = self.inner.store.read(move |tx| tx.brain().pull(id)).await?;
        found.map(|pull| self.inner.pulls.now(pull)).ok_or_else(|| ChatError::not_found("pull", id))
    }

    /// Ends a pull, here and at its provider. What was fetched stays there: asked again, it goes on where it was.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] when it is over.
    pub async fn cancel_pull(&self, id: PullId) -> Result<PullNow, ChatError> {
        let inner = Arc::clone(&self.inner);
        self.inner
            .to_its_end(async move {
                let live = inner.pulls.get(id);
                let state = live.as_ref().map(|live| live.state.borrow().clone());
                let change = inner.change(Actor::Founder);
                let write = move |tx: &mut WriteTx<'_>| {
                    let found = tx.brain().pull(id)?.ok_or_else(|| ChatError::not_found("pull", id))?;
                    let mut pull = ended(found, PullStatus::Cancelled, change.at);
                    if let Some(state) = &state {
                        (pull.completed_bytes, pull.total_bytes) = (state.completed_bytes, state.total_bytes);
                    }
                    match tx.brain_mut().end_pull(&pull, &change)? {
                        true => Ok(pull),
                        false => Err(ChatError::Conflict { detail: format!("pull {id} is over") }),
                    }
                };
                let pull = inner.store.write(write).await?;
                if let Some(live) = live {
                    live.cancel.cancel();
                }
                Ok(PullNow { pull, progress: None })
            })
            .await
    }
}

/// At start: the pulls that the last run left go on. The provider knows what it has.
pub(crate) async fn take_up(inner: &Arc<Inner>) -> Result<(), ChatError> {
    for pull in inner.store.read(|tx| tx.brain().running_pulls()).await? {
        let live = inner.pulls.insert(&pull);
        inner.spawn(task::run(Arc::clone(inner), live, pull));
    }
    Ok(())
}

fn ended(pull: Pull, status: PullStatus, at: domain::Timestamp) -> Pull {
    Pull { status, updated_at: at, finished_at: Some(at), ..pull }
}
