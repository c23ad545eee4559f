//! The event log, read page by page.

use crate::ChatError;
use crate::service::ChatService;
use domain::{Epoch, EventFilter, Limit, Position, RecordedEvent, Timestamp};
use event_bus::{EventLog, LogError, ResetReason};
use persistence::{ReadTx, Store, StoreError};

/// A page of the log.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<RecordedEvent>,
    /// The `since` of the following page.
    pub next: Position,
    /// The newest position when the page was read.
    pub head: Position,
    /// The smallest `since` that loses nothing.
    pub floor: Position,
    /// Which log this is.
    pub epoch: Epoch,
    /// Why the position asked for is none of this log, as a subscription from it would be told. The page is empty then, and
    /// the next one begins at `head`.
    pub reset: Option<ResetReason>,
}

impl ChatService {
    /// The admitted events after a position.
    ///
    /// # Errors
    /// [`ChatError::Gone`] below the floor.
    pub async fn events_after(
        &self,
        since: Position,
        filter: EventFilter,
        limit: Limit,
    ) -> Result<EventPage, ChatError> {
        let head = self.inner.store.head();
        let read = move |tx: &mut persistence::ReadTx<'_>| {
            let (epoch, floor) = tx.events().identity()?;
            if since < floor {
                return Err(ChatError::Gone { floor });
            }
            // The log itself knows its end: what was just committed may be behind the head.
            let end = if since > head { tx.events().head()? } else { head };
            if since > end {
                return Ok((Vec::new(), floor, epoch, Some(end)));
            }
            let events = tx.events().after(since, &filter, limit.get())?;
            Ok((events, floor, epoch, None))
        };
        let (events, floor, epoch, beyond) = self.inner.store.read(read).await?;
        if let Some(head) = beyond {
            return Ok(EventPage {
                events,
                next: head,
                head,
                floor,
                epoch,
                reset: Some(ResetReason::AboveHead),
            });
        }
        // A page that is not full was read to the head: what is not admitted need not be looked at again.
        let next = match events.last() {
            Some(last) if events.len() == limit.get() => last.position,
            last => last.map_or(since, |last| last.position).max(head),
        };
        // What came after the head was read is newer.
        let head = events.last().map_or(since, |last| last.position).max(head);
        Ok(EventPage { events, next, head, floor, epoch, reset: None })
    }

    /// How many events were recorded in the last hours.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn event_counts(&self, hours: i64) -> Result<EventCounts, ChatError> {
        let now = self.inner.clock.now();
        let from = now.minus_hours(hours);
        let clock_hours = clock_hours(from.max(now.minus_hours(MOST_HOURS)), now);
        let read = move |tx: &mut ReadTx<'_>| {
            let by_type = tx.events().counts_since(from)?;
            // The first hour may have begun before the time that is asked for.
            let begins: Vec<_> = clock_hours.iter().map(|&hour| hour.max(from)).collect();
            let counts = tx.events().counts_from_each(&begins)?;
            Ok(EventCounts { by_type, by_hour: clock_hours.into_iter().zip(counts).collect() })
        };
        self.inner.store.read(read).await
    }
}

/// How many events were recorded.
#[derive(Debug)]
pub struct EventCounts {
    /// Of each type.
    pub by_type: Vec<(String, i64)>,
    /// In each hour of the clock, the empty ones too, the earliest first.
    pub by_hour: Vec<(Timestamp, i64)>,
}

/// No more hours than these are counted one by one: a week.
const MOST_HOURS: i64 = 168;

/// The beginnings of the clock's hours from the one that `from` is in.
fn clock_hours(from: Timestamp, now: Timestamp) -> Vec<Timestamp> {
    const HOUR: i64 = 3_600_000_000;
    let first = from.as_micros().div_euclid(HOUR);
    let last = now.as_micros().div_euclid(HOUR);
    (first..=last).map(|hour| Timestamp::from_micros(hour * HOUR)).collect()
}

/// The store as the bus reads it.
pub(crate) struct StoreLog(pub(crate) Store);

#[async_trait::async_trait]
impl EventLog for StoreLog {
    fn head(&self) -> Position {
        self.0.head()
    }

    async fn identity(&self) -> Result<(Epoch, Position), LogError> {
        self.0.read(|tx| tx.events().identity()).await.map_err(log_error)
    }

    async fn after(
        &self,
        since: Position,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let filter = filter.clone();
        self.0.read(move |tx| tx.events().after(since, &filter, limit)).await.map_err(log_error)
    }
}

fn log_error(error: StoreError) -> LogError {
    LogError(Box::new(error))
}
