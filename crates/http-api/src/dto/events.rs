//! Pages and counts of events.

use chat_service::EventPage;
use domain::{Epoch, Position, RecordedEvent, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A page of the event log, oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = EventPage)]
pub(crate) struct EventPageView {
    events: Vec<RecordedEvent>,
    /// The `since` of the following page.
    next: Position,
    /// The newest position.
    head: Position,
    /// The smallest `since` that loses nothing.
    floor: Position,
    /// Which log this is; positions of another mean nothing here.
    epoch: Epoch,
    /// Set when `since` is no position of this log. The page is empty then, and the next one begins at `head`: read afresh
    /// what the events are about.
    reset: Option<LogReset>,
}

/// Why nothing can be resumed from a position, as sockets and streams tell it.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogReset {
    /// `above_head`: the log does not reach that far.
    #[schema(example = "above_head")]
    reason: &'static str,
    /// The position it goes on from.
    head: Position,
}

impl From<EventPage> for EventPageView {
    fn from(page: EventPage) -> Self {
        let EventPage { events, next, head, floor, epoch, reset } = page;
        let reset = reset.map(|reason| LogReset { reason: reason.as_str(), head });
        Self { events, next, head, floor, epoch, reset }
    }
}

/// How many events of each type were recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventCounts {
    /// In the last so many hours.
    hours: i64,
    /// In all.
    total: i64,
    /// By type.
    by_type: BTreeMap<String, i64>,
    /// By hour of the clock, the empty ones too, the earliest first; of the last week at most.
    by_hour: Vec<HourCount>,
}

/// How many events were recorded in an hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct HourCount {
    /// When it begins.
    hour: Timestamp,
    /// How many.
    count: i64,
}

impl EventCounts {
    pub(crate) fn new(hours: i64, counts: chat_service::EventCounts) -> Self {
        let chat_service::EventCounts { by_type, by_hour } = counts;
        let total = by_type.iter().map(|(_, count)| count).sum();
        let by_hour = by_hour.into_iter().map(|(hour, count)| HourCount { hour, count }).collect();
        Self { hours, total, by_type: by_type.into_iter().collect(), by_hour }
    }
}
