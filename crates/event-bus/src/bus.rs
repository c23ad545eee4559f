//! The ring of what was just committed.

use crate::signal::SignalDelivery;
use crate::{Delivery, EventLog, Signal, Subscribe, Subscription};
use domain::{Epoch, Position, RecordedEvent};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::broadcast;

/// Commits kept for subscribers that are a little behind; who is further behind reads the log.
const COMMITS: usize = 512;
/// The most bytes that these take: one who does not read keeps no more alive, however large the events.
const BYTES: usize = 8 * 1024 * 1024;
/// Signals kept; who is further behind loses the oldest.
const SIGNALS: usize = 1024;

/// One commit's events.
pub(crate) type Commit = Arc<[Arc<Delivery>]>;

/// A commit as it stands in the ring. It may be gone before it is read; the log has it then.
#[derive(Clone)]
pub(crate) struct Published {
    /// The position of its last event.
    pub(crate) last: Position,
    pub(crate) commit: Weak<[Arc<Delivery>]>,
}

/// The newest commits, which are kept alive.
#[derive(Default)]
struct Recent {
    commits: VecDeque<(Commit, usize)>,
    bytes: usize,
}

impl Recent {
    fn keep(&mut self, commit: Commit) {
        let bytes = commit.iter().map(|delivery| delivery.size()).sum();
        self.commits.push_back((commit, bytes));
        self.bytes += bytes;
        while self.bytes > BYTES || self.commits.len() > COMMITS {
            let Some((_, bytes)) = self.commits.pop_front() else { return };
            self.bytes -= bytes;
        }
    }
}

/// Where committed events and signals come in, and subscriptions go out. Cheap to clone.
#[derive(Clone)]
pub struct EventBus {
    log: Arc<dyn EventLog>,
    events: broadcast::Sender<Published>,
    recent: Arc<Mutex<Recent>>,
    signals: broadcast::Sender<Arc<SignalDelivery>>,
    /// The newest position in the ring: where a signal stands among the events.
    published: Arc<AtomicI64>,
}

impl std::fmt::Debug for EventBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventBus").field("subscribers", &self.subscribers()).finish_non_exhaustive()
    }
}

impl EventBus {
    /// A bus over a log.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        let (events, signals) = (broadcast::Sender::new(COMMITS), broadcast::Sender::new(SIGNALS));
        Self { log, events, recent: Arc::default(), signals, published: Arc::default() }
    }

    /// Hands on the events of one commit. Called in the order of commits; never waits.
    pub fn publish(&self, events: &[Arc<RecordedEvent>]) {
        let Some(last) = events.last().map(|last| last.position) else { return };
        if self.events.receiver_count() > 0 {
            let commit: Commit =
                events.iter().map(|event| Arc::new(Delivery::new(Arc::clone(event)))).collect();
            let published = Published { last, commit: Arc::downgrade(&commit) };
            self.recent.lock().unwrap_or_else(PoisonError::into_inner).keep(commit);
            // Nobody listening any more is no failure: the log has it.
            self.events.send(published).ok();
        }
        self.published.store(last.get(), Ordering::Release);
    }

    /// Hands on a signal to those who want signals; never waits.
    pub fn signal(&self, signal: Signal) {
        if self.wants_signals() {
            let after = Position::new(self.published.load(Ordering::Acquire));
            self.signals.send(Arc::new(SignalDelivery::new(signal, after))).ok();
        }
    }

    /// Whether anybody would see a signal, so that nobody makes one in vain.
    pub fn wants_signals(&self) -> bool {
        self.signals.receiver_count() > 0
    }

    /// Begins a subscription. What is committed from this call on is in it.
    pub fn subscribe(&self, subscribe: Subscribe) -> Subscription {
        let signals = subscribe.signals.then(|| self.signals.subscribe());
        let events = self.events.subscribe();
        Subscription::new(Arc::clone(&self.log), subscribe, events, signals)
    }

    /// How many subscriptions there are.
    pub fn subscribers(&self) -> usize {
        self.events.receiver_count()
    }

    /// The newest committed position.
    pub fn head(&self) -> Position {
        self.log.head()
    }

    /// Which log this is, and the smallest `since` that loses nothing.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn identity(&self) -> Result<(Epoch, Position), crate::LogError> {
        self.log.identity().await
    }
}
