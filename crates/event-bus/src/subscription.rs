//! One subscriber's way through the log and the ring.

use crate::bus::{Commit, Published};
use crate::signal::SignalDelivery;
use crate::{Delivery, EventLog, LogError};
use domain::{EventFilter, Position, RecordedEvent};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

/// The most events read from the log at a time.
const PAGE: usize = 256;
/// The fewest, when they are large.
const SHORT_PAGE: usize = 16;
/// The most bytes of events that are held from a page, as long as that is at least one.
const PAGE_BYTES: usize = 1024 * 1024;

/// What someone wants to see.
#[derive(Debug, Clone, Default)]
pub struct Subscribe {
    /// Replay what came after this position first; none means live from now.
    pub since: Option<Position>,
    /// Which events.
    pub filter: EventFilter,
    /// Whether signals too.
    pub signals: bool,
}

impl Subscribe {
    /// All events from now on.
    pub fn from_now() -> Self {
        Self::default()
    }

    /// All events after a position.
    pub fn since(position: Position) -> Self {
        Self { since: Some(position), ..Self::default() }
    }
}

/// Why a position cannot be resumed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetReason {
    /// What came after it was compacted away.
    BelowFloor,
    /// The log does not reach that far: it is another log, or an older state of it.
    AboveHead,
}

impl ResetReason {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BelowFloor => "below_floor",
            Self::AboveHead => "above_head",
        }
    }
}

/// What a subscriber gets.
#[derive(Debug, Clone)]
pub enum Item {
    /// An event.
    Event(Arc<Delivery>),
    /// All events up to this position have been given; from here on they come as they happen.
    CaughtUp(Position),
    /// A signal.
    Signal(Arc<SignalDelivery>),
    /// The wanted position cannot be resumed from; the subscription is live from `head` on.
    Reset {
        /// Why.
        reason: ResetReason,
        /// The position it goes on from.
        head: Position,
    },
}

#[derive(Debug, PartialEq)]
enum Phase {
    /// Not begun: the position asked for is to be checked.
    New,
    /// Reading the log up to a position, then live. `announce`: say so.
    Replay { announce: bool },
    /// Following the ring.
    Live,
}

/// A subscriber's place. Positions strictly rise; nothing the filter admits is missing or doubled.
pub struct Subscription {
    log: Arc<dyn EventLog>,
    filter: EventFilter,
    events: broadcast::Receiver<Published>,
    signals: Option<broadcast::Receiver<Arc<SignalDelivery>>>,
    /// A signal taken before the events it comes after.
    held: Option<Arc<SignalDelivery>>,
    phase: Phase,
    since: Option<Position>,
    /// All up to here has been given, is ready, or was not admitted.
    cursor: Position,
    /// How many events the next page of the log may hold.
    page: usize,
    ready: VecDeque<Item>,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("phase", &self.phase)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// The receivers are registered already, so the head read here is at or behind them.
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        subscribe: crate::Subscribe,
        events: broadcast::Receiver<Published>,
        signals: Option<broadcast::Receiver<Arc<SignalDelivery>>>,
    ) -> Self {
        let cursor = subscribe.since.unwrap_or_else(|| log.head());
        Self {
            log,
            filter: subscribe.filter,
            events,
            signals,
            held: None,
            phase: Phase::New,
            since: subscribe.since,
            cursor,
            page: PAGE,
            ready: VecDeque::new(),
        }
    }

    /// Where the subscription began, or has come to: all up to here has been given or was not admitted.
    pub fn position(&self) -> Position {
        let next = self.ready.iter().find_map(|item| match item {
            Item::Event(delivery) => Some(delivery.event().position),
            _ => None,
        });
        // Positions are dense, and what is ready has not been given.
        next.map_or(self.cursor, |next| Position::new(next.get() - 1))
    }

    /// The next item; waits for one. Cancel-safe: what was not returned comes with the next call.
    ///
    /// # Errors
    /// When the log cannot be read; calling again tries again.
    pub async fn next(&mut self) -> Result<Item, LogError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(item);
            }
            match self.phase {
                Phase::New => self.begin().await?,
                Phase::Replay { announce } => self.replay(announce).await?,
                Phase::Live => self.follow().await,
            }
        }
    }

    async fn begin(&mut self) -> Result<(), LogError> {
        let head = self.log.head();
        let Some(since) = self.since else {
            self.ready.push_back(Item::CaughtUp(self.cursor));
            self.phase = Phase::Live;
            return Ok(());
        };
        let (_, floor) = self.log.identity().await?;
        let reason = if since < floor {
            ResetReason::BelowFloor
        } else if since > head {
            ResetReason::AboveHead
        } else {
            self.phase = Phase::Replay { announce: true };
            return Ok(());
        };
        self.reset(reason, head);
        Ok(())
    }

    /// What came before is lost to this subscription: it goes on live.
    fn reset(&mut self, reason: ResetReason, head: Position) {
        self.cursor = head;
        self.ready.push_back(Item::Reset { reason, head });
        self.phase = Phase::Live;
    }

    /// One page of the log. A page that is not full ends the replay at the head as it was before reading.
    ///
    /// The floor is asked for after the page: had it risen past the cursor before, events of the page could be missing.
    async fn replay(&mut self, announce: bool) -> Result<(), LogError> {
        let head = self.log.head();
        let events = self.log.after(self.cursor, &self.filter, self.page).await?;
        let (_, floor) = self.log.identity().await?;
        if self.cursor < floor {
            self.reset(ResetReason::BelowFloor, head);
            return Ok(());
        }
        let fit = fitting(&events);
        let full = events.len() == self.page || fit < events.len();
        self.page = if fit < events.len() { (2 * fit).max(SHORT_PAGE) } else { PAGE.min(2 * self.page) };
        for event in events.into_iter().take(fit) {
            self.cursor = event.position;
            self.ready.push_back(Item::Event(Arc::new(Delivery::new(Arc::new(event)))));
        }
        if !full {
            self.cursor = self.cursor.max(head);
            if announce {
                self.ready.push_back(Item::CaughtUp(self.cursor));
            }
            // What was signalled before an event that has been given is of no use any more.
            while let Some(signal) = self.next_signal() {
                if signal.after() >= self.cursor {
                    self.held = Some(signal);
                    break;
                }
            }
            self.phase = Phase::Live;
        }
        Ok(())
    }

    async fn follow(&mut self) {
        if let Some(signal) = self.held.take_if(|signal| signal.after() <= self.cursor) {
            return self.admit_signal(signal);
        }
        let commit = match &mut self.signals {
            Some(signals) if self.held.is_none() => tokio::select! {
                commit = self.events.recv() => commit,
                signal = signals.recv() => {
                    self.held = signal.ok();
                    return;
                }
            },
            _ => self.events.recv().await,
        };
        match commit {
            Ok(published) if published.last <= self.cursor => {}
            Ok(published) => match published.commit.upgrade() {
                Some(commit) => self.admit(&commit),
                None => self.phase = Phase::Replay { announce: false },
            },
            Err(RecvError::Lagged(_)) => self.phase = Phase::Replay { announce: false },
            // The bus is gone: nothing will come any more.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    fn admit(&mut self, commit: &Commit) {
        for delivery in commit.iter() {
            let event = delivery.event();
            if event.position > self.cursor.next() {
                // Positions are dense: the ring was not given all of them, the log has them.
                self.phase = Phase::Replay { announce: false };
                return;
            }
            if event.position > self.cursor {
                self.admit_signals_before(event.position);
                self.cursor = event.position;
                if self.filter.admits(event) {
                    self.ready.push_back(Item::Event(Arc::clone(delivery)));
                }
            }
        }
    }

    fn admit_signals_before(&mut self, position: Position) {
        while let Some(signal) = self.next_signal() {
            if signal.after() >= position {
                self.held = Some(signal);
                break;
            }
            self.admit_signal(signal);
        }
    }

    fn admit_signal(&mut self, signal: Arc<SignalDelivery>) {
        if signal.admitted_by(&self.filter) {
            self.ready.push_back(Item::Signal(signal));
        }
    }

    /// The oldest signal that is there.
    fn next_signal(&mut self) -> Option<Arc<SignalDelivery>> {
        if self.held.is_some() {
            return self.held.take();
        }
        loop {
            match self.signals.as_mut()?.try_recv() {
                Ok(signal) => return Some(signal),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }
}

/// How many events are held from a page. The rest is read again: who does not take what it is given must not hold much.
fn fitting(events: &[RecordedEvent]) -> usize {
    let mut bytes = 0;
    let over = events.iter().skip(1).position(|event| {
        bytes += event.payload.get().len();
        bytes > PAGE_BYTES
    });
    over.map_or(events.len(), |over| over + 1)
}
