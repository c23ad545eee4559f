//! The audit trail.

use chat_service::LogCheck;
use company_service::{AuditStats, Listed};
use domain::{AuditEntry, Position, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A page of the audit trail, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    logs: Vec<AuditEntry>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<AuditEntry, Position>> for AuditList {
    fn from(listed: Listed<AuditEntry, Position>) -> Self {
        let next_cursor = listed.page.next.map(|next| next.to_string());
        Self { logs: listed.page.items, next_cursor, as_of: listed.as_of }
    }
}

/// How many entries there are in a stretch of time.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditStats)]
pub(crate) struct AuditStatsView {
    /// From this moment.
    from: Timestamp,
    /// Before this one; none means until now.
    to: Option<Timestamp>,
    /// In all.
    total: i64,
    /// By type of event.
    by_action: BTreeMap<String, i64>,
    /// By who did it.
    by_actor: BTreeMap<String, i64>,
    /// By the kind of thing it was done to.
    by_entity_type: BTreeMap<String, i64>,
    /// By day, UTC.
    by_day: BTreeMap<String, i64>,
}

impl From<AuditStats> for AuditStatsView {
    fn from(stats: AuditStats) -> Self {
        let AuditStats { from, to, total, by_action, by_actor, by_entity_type, by_day } = stats;
        Self { from, to, total, by_action, by_actor, by_entity_type, by_day }
    }
}

/// Whether the log is as it was written.
#[derive(Serialize, ToSchema)]
#[schema(as = LogCheck)]
pub(crate) struct LogCheckView {
    /// Whether nothing was found.
    intact: bool,
    /// The first position that was verified.
    from: Position,
    /// The last one.
    to: Position,
    /// How many events are as they were written.
    verified: i64,
    /// How many between them were removed because they were old.
    removed: i64,
    /// The hash of the last one, in hexadecimal digits.
    hash: String,
    /// The first thing that is not as it was written.
    breach: Option<BreachView>,
}

/// Where the log is not as it was written.
#[derive(Serialize, ToSchema)]
#[schema(as = Breach)]
pub(crate) struct BreachView {
    /// Where.
    position: Position,
    /// `changed`, `missing`, `added`, `reordered` or `unsealed`.
    kind: &'static str,
    /// In a sentence.
    detail: String,
}

impl From<LogCheck> for LogCheckView {
    fn from(check: LogCheck) -> Self {
        let breach = check.breach.map(|breach| BreachView {
            position: breach.position,
            kind: breach.kind.as_str(),
            detail: breach.to_string(),
        });
        Self {
            intact: breach.is_none(),
            from: check.from,
            to: check.to,
            verified: check.verified,
            removed: check.removed,
            hash: check.hash.to_string(),
            breach,
        }
    }
}
