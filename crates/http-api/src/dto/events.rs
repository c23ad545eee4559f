//! Pages and counts of events.

use chat_service::EventPage;
use domain::{Epoch, Position, RecordedEvent};
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
}

impl From<EventPage> for EventPageView {
    fn from(page: EventPage) -> Self {
        let EventPage { events, next, head, floor, epoch } = page;
        Self { events, next, head, floor, epoch }
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
}

impl EventCounts {
    pub(crate) fn new(hours: i64, counts: Vec<(String, i64)>) -> Self {
        let total = counts.iter().map(|(_, count)| count).sum();
        Self { hours, total, by_type: counts.into_iter().collect() }
    }
}
