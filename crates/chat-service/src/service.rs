//! The service and what it holds.

use crate::ChatError;
use crate::builder::ChatServiceBuilder;
use crate::health::Health;
use crate::line::Lines;
use crate::live::LiveReplies;
use crate::pulls::Pulls;
use crate::rules::{RuleBook, Rules};
use crate::told::Told;
use crate::toolbox::Toolbox;
use crate::tools::{ToolLimits, Tooling};
use crate::usage::UsageBook;
use domain::{Actor, Clock, IdSource, Routing};
use event_bus::EventBus;
use llm_gateway::{BrainStatus, Gateway};
use persistence::{Change, Store};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How much is allowed, and how long things may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLimits {
    /// The most characters of a message. Default 100,000.
    pub max_message_chars: usize,
    /// The most replies in the making, waiting ones included; one more turn is refused as busy. Default 1,024.
    pub max_open_replies: usize,
    /// How long colleagues have for their notes. Default 30 s.
    pub note_deadline: Duration,
    /// How often the text of replies in the making is kept. Default 250 ms.
    pub checkpoint_interval: Duration,
    /// The most tokens of an answer, for whom nothing else is set; none leaves it to the model server. Default 4,096.
    pub answer_tokens: Option<u32>,
    /// The most bytes of a file of sessions that is taken in. Default 1 GiB.
    pub max_import_bytes: u64,
    /// How far a reply may go with tools.
    pub tools: ToolLimits,
    /// How long a shutdown waits for replies to be kept. Default 5 s.
    pub shutdown_grace: Duration,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self {
            max_message_chars: 100_000,
            max_open_replies: 1024,
            note_deadline: Duration::from_secs(30),
            checkpoint_interval: Duration::from_millis(250),
            answer_tokens: Some(4096),
            max_import_bytes: 1024 * 1024 * 1024,
            tools: ToolLimits::default(),
            shutdown_grace: Duration::from_secs(5),
        }
    }
}

/// The model side as the user sees it.
#[derive(Debug, Clone)]
pub struct Brain {
    /// What the probe knows.
    pub status: Arc<BrainStatus>,
    /// Why it may not be asked at all, where the Founder forbids it.
    pub refusal: Option<String>,
    /// The model used where none is named.
    pub active_model: Option<String>,
    /// Which providers are used.
    pub routing: Routing,
    /// Replies that wait for the brain.
    pub deferred_replies: i64,
    /// Replies in the making.
    pub running_replies: i64,
}

/// Conversations. Cheap to clone; all clones are one service.
#[derive(Clone)]
pub struct ChatService {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) bus: EventBus,
    pub(crate) gateway: Gateway,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) limits: ChatLimits,
    pub(crate) live: LiveReplies,
    pub(crate) lines: Lines,
    pub(crate) tracker: TaskTracker,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) shutdown: CancellationToken,
    pub(crate) health: Health,
    pub(crate) rules: Arc<RuleBook>,
    pub(crate) usage: Arc<UsageBook>,
    pub(crate) told: Told,
    pub(crate) pulls: Pulls,
    pub(crate) tooling: Tooling,
    /// Counts how often everything was stopped.
    pub(crate) halts: watch::Sender<u64>,
    /// Wakes the keeper of checkpoints: text is coming.
    pub(crate) streaming: Notify,
    /// Wakes the answerer of deferred replies.
    pub(crate) deferred: Notify,
    /// Files are taken in one after the other.
    pub(crate) imports: Mutex<()>,
}

impl std::fmt::Debug for ChatService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatService").field("store", &self.inner.store).finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(task, &self.runtime);
    }

    /// Does work to its end, even when who asked for it goes away.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
    ) -> Result<T, ChatError> {
        let (done, ended) = oneshot::channel();
        self.spawn(async move {
            // Who asked may be gone.
            done.send(work.await).ok();
        });
        ended.await.unwrap_or(Err(ChatError::ShuttingDown))
    }

    /// The brain may not be asked, or the probe found it away.
    pub(crate) fn offline(&self, rules: &Rules) -> bool {
        let status = self.gateway.status();
        (status.probed && !status.connected) || rules.brain_refusal().is_some()
    }

    /// The model used where none is named: the one the Founder overrides it with or selected, or the first one listed.
    pub(crate) fn active_model(&self) -> Option<String> {
        if let Some(model) = self.rules.now().model() {
            return Some(model.to_owned());
        }
        self.gateway.status().models.first().map(|model| model.name.clone())
    }

    pub(crate) fn change(&self, actor: Actor) -> Change {
        Change::new(actor, self.clock.now())
    }
}

impl ChatService {
    /// Begins to put a service together.
    pub fn builder() -> ChatServiceBuilder {
        ChatServiceBuilder::default()
    }

    /// The database, for services that stand above this one.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Somebody may answer again who could not: has what waits for them made.
    pub fn answer_waiting(&self) {
        self.inner.deferred.notify_one();
    }

    /// Committed events and signals, for subscribing.
    pub fn bus(&self) -> &EventBus {
        &self.inner.bus
    }

    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Fresh ids.
    pub fn ids(&self) -> &Arc<dyn IdSource> {
        &self.inner.ids
    }

    /// How much is allowed.
    pub fn limits(&self) -> &ChatLimits {
        &self.inner.limits
    }

    /// The tasks that a shutdown waits for.
    pub fn tracker(&self) -> &TaskTracker {
        &self.inner.tracker
    }

    /// Runs a task of a service above; a shutdown waits for it. It is to end once [`ChatService::closing`] is cancelled.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }

    /// Cancelled when the service begins to shut down.
    pub fn closing(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    /// Says who has tools for those who speak, from the next question to a model on. A service above that is built on this
    /// one calls it once, before it takes requests.
    pub fn set_toolbox(&self, toolbox: Arc<dyn Toolbox>) {
        self.inner.tooling.set(toolbox);
    }

    /// What the probe knows, now and with each change.
    pub fn watch_brain(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.inner.gateway.watch()
    }

    /// The slugs of the agents that are making a reply now.
    pub fn working_agents(&self) -> Vec<String> {
        self.inner.live.speakers()
    }

    /// The model side, from the probe and the database; never a call to a model server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn brain(&self) -> Result<Brain, ChatError> {
        let deferred_replies = self.inner.store.read(|tx| tx.messages().deferred()).await?;
        let rules = self.rules();
        Ok(Brain {
            status: self.inner.gateway.status(),
            refusal: rules.brain_refusal(),
            active_model: self.inner.active_model(),
            routing: rules.routing(),
            deferred_replies,
            running_replies: i64::try_from(self.inner.live.len()).unwrap_or(i64::MAX),
        })
    }

    /// Asks the model server now, unless that is not allowed, then as [`ChatService::brain`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn probe_brain(&self) -> Result<Brain, ChatError> {
        self.inner.gateway.probe().await;
        self.brain().await
    }

    /// Whether the service can work: its database is open, migrated and found sound.
    ///
    /// # Errors
    /// Says what is wrong.
    pub async fn health(&self) -> Result<(), ChatError> {
        self.inner.health.sound()?;
        self.inner.store.read(|tx| Ok::<_, ChatError>(tx.events().head()?)).await.map(drop)
    }

    /// Ends the service: replies in the making are kept as `interrupted`, what waits in the database's queue is written,
    /// the file is closed. Later calls get [`ChatError::ShuttingDown`].
    pub async fn shutdown(&self) {
        self.inner.shutdown.cancel();
        self.inner.tracker.close();
        let ended = tokio::time::timeout(self.inner.limits.shutdown_grace, self.inner.tracker.wait()).await;
        if ended.is_err() {
            tracing::warn!(tasks = self.inner.tracker.len(), "not all tasks ended in time");
        }
        self.inner.store.close().await;
    }
}
