//! The audit trail.

mod export;

use super::events::{AGAIN, last_seen};
use crate::answer::Json;
use crate::api::Api;
use crate::dto::{AuditList, AuditStatsView, LogCheckView};
use crate::extract::{FromQuery, Parameters, Query};
use crate::problem::Problem;
use crate::sse;
use crate::sse::ServerSentEvent;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use chat_service::{Item, Reach, Subscribe, Subscription};
use domain::{
    Action, AuditEntry, AuditFilter, EntityType, EventFilter, Limit, Position, RecordedEvent, Timestamp,
};
use export::Format;
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use utoipa::IntoParams;

/// Which entries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only by this one: `founder`, `daena`, `system` or `agent:<slug>`.
    actor: Option<String>,
    /// Only of this type of event; a prefix and a star stand for all types that begin so.
    #[param(value_type = Option<String>, example = "chat.*")]
    action: Option<Action>,
    /// Only about this kind of thing.
    #[param(value_type = Option<EntityType>, inline)]
    entity_type: Option<EntityType>,
    /// Only about this thing.
    entity_id: Option<String>,
}

/// Which stretch of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// From this moment on.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-01-02T00:00:00Z")]
    from: Option<Timestamp>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-02-01T00:00:00Z")]
    to: Option<Timestamp>,
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    /// The most entries of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Position>,
}

/// Where the stream begins.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// What came after this position first; `Last-Event-ID` wins.
    #[param(value_type = Option<i64>, minimum = 0)]
    since: Option<Position>,
}

/// In which form.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Form {
    /// `jsonl`, one entry a line, or `csv`.
    #[param(value_type = Option<String>, default = "jsonl")]
    format: Format,
}

/// How much of the log.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Only about so many of the newest events; without it all of them.
    #[param(value_type = Option<i64>, minimum = 1)]
    last: Option<i64>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self {
            actor: parameters.filled("actor"),
            action: parameters.get("action")?,
            entity_type: parameters.get("entity_type")?,
            entity_id: parameters.filled("entity_id"),
        })
    }
}

impl FromQuery for Span {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { from: parameters.get("from")?, to: parameters.get("to")? })
    }
}

impl FromQuery for Paged {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.position("cursor")? })
    }
}

impl FromQuery for Since {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { since: parameters.position("since")? })
    }
}

impl FromQuery for Form {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { format: parameters.get("format")?.unwrap_or(Format::Jsonl) })
    }
}

impl FromQuery for Part {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        match parameters.number("last")? {
            Some(..1) => Err(Problem::invalid("/last", "is 1 or more")),
            last => Ok(Self { last }),
        }
    }
}

impl Wanted {
    fn filter(self, span: &Span) -> AuditFilter {
        let Self { actor, action, entity_type, entity_id } = self;
        AuditFilter { actor, action, entity_type, entity_id, from: span.from, to: span.to }
    }
}

/// A page of the audit trail, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit/logs", tag = "audit", params(Wanted, Span, Paged),
    responses((status = 200, description = "A page of entries", body = AuditList)),
)]
pub(super) async fn list_audit_logs(
    api: Api,
    Query(wanted): Query<Wanted>,
    Query(span): Query<Span>,
    Query(page): Query<Paged>,
) -> Result<Json<AuditList>, Problem> {
    Ok(Json(api.company.audit_logs(wanted.filter(&span), page.cursor, page.limit).await?.into()))
}

/// How many entries there are, by what was done, by whom, to what and when: of the last 30 days unless it is said.
#[utoipa::path(
    get, path = "/api/v1/audit/stats", tag = "audit", params(Span),
    responses((status = 200, description = "The counts", body = AuditStatsView)),
)]
pub(super) async fn count_audit(api: Api, Query(span): Query<Span>) -> Result<Json<AuditStatsView>, Problem> {
    Ok(Json(api.company.audit_stats(span.from, span.to).await?.into()))
}

/// The audit trail up to now as a file, oldest first.
#[utoipa::path(
    get, path = "/api/v1/audit/export", tag = "audit", params(Wanted, Span, Form),
    responses(
        (status = 200, description = "The file", content(
            (AuditEntry = "application/jsonl"),
            (String = "text/csv"),
        )),
    ),
)]
pub(super) async fn export_audit(
    api: Api,
    Query(wanted): Query<Wanted>,
    Query(span): Query<Span>,
    Query(form): Query<Form>,
) -> Result<HttpResponse, Problem> {
    Ok(export::answer(&api, wanted.filter(&span), form.format))
}

/// Reads the log and says whether it is as it was written.
#[utoipa::path(
    get, path = "/api/v1/audit/verify", tag = "audit", params(Part),
    responses((status = 200, description = "What was found", body = LogCheckView)),
)]
pub(super) async fn verify_audit(api: Api, Query(part): Query<Part>) -> Result<Json<LogCheckView>, Problem> {
    let reach = part.last.map_or(Reach::All, Reach::Newest);
    Ok(Json(api.company.verify_log(reach).await?.into()))
}

/// Entries as they come. With `since`, or `Last-Event-ID`, which wins, what came after it first.
#[utoipa::path(
    get, path = "/api/v1/audit/stream", tag = "audit", params(Wanted, Since),
    responses((status = 200, description = "Server-sent events", body = ServerSentEvent, content_type = "text/event-stream")),
)]
pub(super) async fn stream_audit(
    api: Api,
    request: HttpRequest,
    Query(wanted): Query<Wanted>,
    Query(from): Query<Since>,
) -> Result<HttpResponse, Problem> {
    let since = last_seen(&request)?.or(from.since);
    let wanted = wanted.filter(&Span { from: None, to: None });
    // What the bus can tell apart it does; the rest is looked at here.
    let filter = EventFilter {
        event_types: match &wanted.action {
            Some(Action::Exactly(name)) => vec![name.clone()],
            _ => Vec::new(),
        },
        entity_type: wanted.entity_type,
        entity_id: wanted.entity_id.clone(),
        ..EventFilter::default()
    };
    let subscription = api.chat.bus().subscribe(Subscribe { since, filter, signals: false });
    let closing = api.closing.clone().cancelled_owned();
    Ok(sse::answer(blocks(subscription, wanted).take_until(closing), api.heartbeat))
}

fn blocks(subscription: Subscription, wanted: AuditFilter) -> impl Stream<Item = Bytes> {
    stream::unfold((subscription, wanted), async |(mut subscription, wanted)| {
        loop {
            let block = match subscription.next().await {
                Ok(Item::Event(delivery)) if wanted.admits(delivery.event()) => {
                    let entry = AuditEntry::from(RecordedEvent::clone(delivery.event()));
                    sse::raw_event(
                        None,
                        Some(&entry.event_id),
                        &serde_json::to_vec(&entry).unwrap_or_default(),
                    )
                }
                Ok(Item::Reset { reason, head }) => {
                    sse::event("reset", Some(&head), &json!({"reason": reason.as_str(), "head": head}))
                }
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "a stream of the audit trail waits for the log");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            return Some((block, (subscription, wanted)));
        }
    })
}
