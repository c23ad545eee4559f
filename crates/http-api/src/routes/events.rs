//! The event log.

use crate::answer::Json;
use crate::api::{Api, Shared};
use crate::dto::{EventCounts, EventPageView};
use crate::extract::{FromQuery, Parameters, Query};
use crate::problem::Problem;
use crate::sse;
use crate::sse::ServerSentEvent;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use chat_service::{Item, Subscribe, Subscription};
use domain::{EntityType, EventFilter, Limit, Position};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use std::time::Duration;
use utoipa::IntoParams;

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only what came after this position.
    #[param(value_type = Option<i64>, minimum = 0)]
    since: Option<Position>,
    /// Only these types: several are separated by commas.
    #[param(value_type = Option<String>, example = "chat.message")]
    event_type: Vec<String>,
    /// Only about this kind of thing.
    #[param(value_type = Option<EntityType>, inline)]
    entity_type: Option<EntityType>,
    /// Only about this thing.
    entity_id: Option<String>,
}

/// How many events a page may hold.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageLimit {
    /// The most events of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
}

/// Since when to count.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// The last so many hours.
    #[param(value_type = Option<i64>, default = 24, minimum = 1)]
    hours: i64,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self {
            since: parameters.position("since")?,
            event_type: parameters.words("event_type"),
            entity_type: parameters.get("entity_type")?,
            entity_id: parameters.filled("entity_id"),
        })
    }
}

impl FromQuery for PageLimit {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()? })
    }
}

impl FromQuery for Window {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        match parameters.number("hours")? {
            Some(..1) => Err(Problem::invalid("/hours", "is 1 or more")),
            hours => Ok(Self { hours: hours.unwrap_or(24) }),
        }
    }
}

impl Wanted {
    fn filter(self) -> EventFilter {
        let Self { event_type, entity_type, entity_id, .. } = self;
        EventFilter { event_types: event_type, entity_type, entity_id, ..EventFilter::default() }
    }
}

/// A page of events, oldest first. Below `floor`: 410. Above `head`: an empty page with `reset`.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(Wanted, PageLimit),
    responses((status = 200, description = "A page of events", body = EventPageView)),
)]
pub(super) async fn list_events(
    api: Api,
    Query(wanted): Query<Wanted>,
    Query(page): Query<PageLimit>,
) -> Result<Json<EventPageView>, Problem> {
    let since = wanted.since.unwrap_or(Position::START);
    Ok(Json(api.chat.events_after(since, wanted.filter(), page.limit).await?.into()))
}

/// Events as they come. With `since`, or `Last-Event-ID`, which wins, what came after it first.
#[utoipa::path(
    get, path = "/api/v1/events/stream", tag = "events", params(Wanted),
    responses((status = 200, description = "Server-sent events", body = ServerSentEvent, content_type = "text/event-stream")),
)]
pub(super) async fn stream_events(
    api: Api,
    request: HttpRequest,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let since = last_seen(&request)?.or(wanted.since);
    let subscription = api.chat.bus().subscribe(Subscribe { since, filter: wanted.filter(), signals: false });
    let closing = api.closing.clone().cancelled_owned();
    Ok(sse::answer(blocks(subscription).take_until(closing), api.heartbeat))
}

/// How many events of each type were recorded.
#[utoipa::path(
    get, path = "/api/v1/events/stats", tag = "events", params(Window),
    responses((status = 200, description = "The counts", body = EventCounts)),
)]
pub(super) async fn count_events(
    api: Api,
    Query(window): Query<Window>,
) -> Result<Json<EventCounts>, Problem> {
    let Shared { chat, .. } = &*api;
    Ok(Json(EventCounts::new(window.hours, chat.event_counts(window.hours).await?)))
}

pub(super) fn last_seen(request: &HttpRequest) -> Result<Option<Position>, Problem> {
    let Some(value) = request.headers().get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse::<i64>().ok()).filter(|number| *number >= 0);
    match number {
        Some(number) => Ok(Some(Position::new(number))),
        None => Err(Problem::invalid("/Last-Event-ID", "is not the id of an event")),
    }
}

/// How long to wait before a log that could not be read is tried again.
pub(super) const AGAIN: Duration = Duration::from_millis(500);

fn blocks(subscription: Subscription) -> impl Stream<Item = Bytes> {
    stream::unfold(subscription, async |mut subscription| {
        loop {
            let block = match subscription.next().await {
                Ok(Item::Event(delivery)) => {
                    sse::raw_event(None, Some(&delivery.event().position), delivery.json())
                }
                Ok(Item::Reset { reason, head }) => {
                    sse::event("reset", Some(&head), &json!({"reason": reason.as_str(), "head": head}))
                }
                Ok(Item::CaughtUp(_) | Item::Signal(_)) => continue,
                Err(error) => {
                    tracing::warn!(%error, "a stream of events waits for the log");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            return Some((block, subscription));
        }
    })
}
