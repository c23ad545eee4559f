//! A log in memory, and what a test does with the bus over it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests may stop at the first surprise"
)]

use domain::{Epoch, EventFilter, Position, RecordedEvent, SessionId, Timestamp};
use event_bus::{EventBus, EventLog, Item, LogError, Subscription};
use serde_json::value::RawValue;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The log: what is appended is committed.
pub(crate) struct MemoryLog {
    events: Mutex<Vec<Arc<RecordedEvent>>>,
    head: AtomicI64,
    floor: AtomicI64,
    failing: AtomicBool,
    reads: AtomicUsize,
    /// Each read takes a permit; closed, all may read.
    gate: Semaphore,
}

#[async_trait::async_trait]
impl EventLog for MemoryLog {
    fn head(&self) -> Position {
        Position::new(self.head.load(Ordering::Acquire))
    }

    async fn identity(&self) -> Result<(Epoch, Position), LogError> {
        Ok((Epoch::new("memory"), Position::new(self.floor.load(Ordering::Acquire))))
    }

    async fn after(
        &self,
        since: Position,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
        if self.failing.swap(false, Ordering::AcqRel) {
            return Err(LogError("the disk is away".into()));
        }
        self.reads.fetch_add(1, Ordering::AcqRel);
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let from = usize::try_from(since.get()).unwrap().min(events.len());
        let admitted = events.iter().skip(from).filter(|event| filter.admits(event));
        Ok(admitted.take(limit).map(|event| RecordedEvent::clone(event)).collect())
    }
}

/// A bus over a log, and the hand that commits.
#[derive(Clone)]
pub(crate) struct Company {
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) bus: EventBus,
}

/// The entity of an event that [`Company::commit`] makes.
pub(crate) type Entity<'a> = (&'a str, &'a str);

impl Company {
    pub(crate) fn new() -> Self {
        let gate = Semaphore::new(0);
        gate.close();
        Self::behind(gate)
    }

    /// One whose log lets reads through one by one, as [`Self::let_read`] says.
    pub(crate) fn gated() -> Self {
        Self::behind(Semaphore::new(0))
    }

    fn behind(gate: Semaphore) -> Self {
        let log = Arc::new(MemoryLog {
            events: Mutex::default(),
            head: AtomicI64::new(0),
            floor: AtomicI64::new(0),
            failing: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            gate,
        });
        let bus = EventBus::new(Arc::clone(&log) as Arc<dyn EventLog>);
        Self { log, bus }
    }

    pub(crate) fn let_read(&self, times: usize) {
        self.log.gate.add_permits(times);
    }

    pub(crate) fn fail_the_next_read(&self) {
        self.log.failing.store(true, Ordering::Release);
    }

    pub(crate) fn compact_to(&self, floor: i64) {
        self.log.floor.store(floor, Ordering::Release);
    }

    pub(crate) fn reads(&self) -> usize {
        self.log.reads.load(Ordering::Acquire)
    }

    /// Puts the events into the log and hands them to nobody.
    pub(crate) fn log_only(&self, entities: &[Entity<'_>]) -> Vec<Arc<RecordedEvent>> {
        let mut events = self.log.events.lock().unwrap_or_else(PoisonError::into_inner);
        let first = events.len();
        for (kind, id) in entities {
            let position = Position::new(i64::try_from(events.len()).unwrap() + 1);
            events.push(Arc::new(event(position, kind, id)));
        }
        self.log.head.store(i64::try_from(events.len()).unwrap(), Ordering::Release);
        events.iter().skip(first).map(Arc::clone).collect()
    }

    /// Commits the events together.
    pub(crate) fn commit(&self, entities: &[Entity<'_>]) {
        self.bus.publish(&self.log_only(entities));
    }

    /// Commits an event alone that carries so many bytes.
    pub(crate) fn commit_large(&self, bytes: usize) -> Arc<RecordedEvent> {
        let mut events = self.log.events.lock().unwrap_or_else(PoisonError::into_inner);
        let position = Position::new(i64::try_from(events.len()).unwrap() + 1);
        let payload = Arc::from(RawValue::from_string(format!("\"{}\"", "x".repeat(bytes))).unwrap());
        let large = Arc::new(RecordedEvent { payload, ..event(position, "chat", "s") });
        events.push(Arc::clone(&large));
        self.log.head.store(position.get(), Ordering::Release);
        drop(events);
        self.bus.publish(std::slice::from_ref(&large));
        large
    }

    /// Commits so many events of one session, each alone.
    pub(crate) fn commit_each(&self, count: usize) {
        for _ in 0..count {
            self.commit(&[("chat", "s")]);
        }
    }
}

fn event(position: Position, kind: &str, id: &str) -> RecordedEvent {
    RecordedEvent {
        position,
        event_type: format!("{kind}.changed").into(),
        entity_type: kind.into(),
        entity_id: id.into(),
        payload: Arc::from(RawValue::from_string(format!("{{\"n\":{position}}}")).unwrap()),
        created_by: "system".into(),
        timestamp: Timestamp::from_micros(position.get()),
        department_id: Some("hr".into()).filter(|_| kind == "agent"),
    }
}

pub(crate) fn session(number: u128) -> SessionId {
    SessionId::new(uuid::Uuid::from_u128(number))
}

/// The next item in short: `e7` an event, `c7` caught up, `s…` a signal's text, `r7` a reset.
pub(crate) async fn next(subscription: &mut Subscription) -> String {
    match subscription.next().await.unwrap() {
        Item::Event(delivery) => format!("e{}", delivery.event().position),
        Item::CaughtUp(position) => format!("c{position}"),
        Item::Signal(signal) => {
            let json: serde_json::Value = serde_json::from_slice(signal.json()).unwrap();
            format!("s{}", json["text"].as_str().unwrap_or_default())
        }
        Item::Reset { reason, head } => format!("r{head} {}", reason.as_str()),
    }
}

/// The next items in short, as many as there are without waiting.
pub(crate) async fn all(subscription: &mut Subscription) -> Vec<String> {
    let mut items = Vec::new();
    loop {
        tokio::select! {
            biased;
            // Unconstrained: tokio would have a busy task pause although there is more.
            item = tokio::task::unconstrained(next(subscription)) => items.push(item),
            () = std::future::ready(()) => return items,
        }
    }
}

/// The next items in short, on one line.
pub(crate) async fn line(subscription: &mut Subscription) -> String {
    all(subscription).await.join(" ")
}
