//! The ring of what was just committed.

use crate::signal::SignalDelivery;
use crate::{Delivery, EventLog, Signal, Subscribe, Subscription};
use domain::{Epoch, Position, RecordedEvent};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::broadcast;

/// Commits kept for subscribers that are a little behind; who is further behind reads the log.
const COMMITS: usize = 512;
/// Signals kept; who is further behind loses the oldest.
const SIGNALS: usize = 1024;

/// One commit's events.
pub(crate) type Commit = Arc<[Arc<Delivery>]>;

/// Where committed events and signals come in, and subscriptions go out. Cheap to clone.
#[derive(Clone)]
pub struct EventBus {
    log: Arc<dyn EventLog>,
    events: broadcast::Sender<Commit>,
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
        Self { log, events, signals, published: Arc::default() }
    }

    /// Hands on the events of one commit. Called in the order of commits; never waits.
    pub fn publish(&self, events: &[Arc<RecordedEvent>]) {
        if self.events.receiver_count() > 0 {
            let commit: Commit =
                events.iter().map(|event| Arc::new(Delivery::new(Arc::clone(event)))).collect();
            // Nobody listening any more is no failure: the log has it.
            self.events.send(commit).ok();
        }
        if let Some(last) = events.last() {
            self.published.store(last.position.get(), Ordering::Release);
        }
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
