//! The event log, read as an audit trail.

use crate::{Company, CompanyError, Listed};
use chat_service::{LogCheck, Order, Reach, ReadTx};
use domain::{AuditEntry, AuditFilter, Limit, Page, Position, Timestamp};
use std::collections::BTreeMap;

/// How many entries there are in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditStats {
    /// From this moment.
    pub from: Timestamp,
    /// Before this one; none means until now.
    pub to: Option<Timestamp>,
    /// In all.
    pub total: i64,
    /// By type of event.
    pub by_action: BTreeMap<String, i64>,
    /// By who did it.
    pub by_actor: BTreeMap<String, i64>,
    /// By the kind of thing it was done to.
    pub by_entity_type: BTreeMap<String, i64>,
    /// By day, UTC.
    pub by_day: BTreeMap<String, i64>,
}

/// How far back is counted when nobody says.
const HOURS: i64 = 30 * 24;

impl Company {
    /// A page of the audit trail, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_logs(
        &self,
        filter: AuditFilter,
        before: Option<Position>,
        limit: Limit,
    ) -> Result<Listed<AuditEntry, Position>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| {
            tx.events().audit(&filter, before, Order::NewestFirst, limit.get() + 1)
        };
        let events = self.store().read(read).await?;
        let page = Page::from_rows(events, limit, |last| last.position);
        Ok(Listed { page: page.map(AuditEntry::from), as_of })
    }

    /// The entries after a position, oldest first: a part of an export.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_after(
        &self,
        filter: AuditFilter,
        after: Position,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, CompanyError> {
        let read =
            move |tx: &mut ReadTx<'_>| tx.events().audit(&filter, Some(after), Order::OldestFirst, limit);
        let events = self.store().read(read).await?;
        Ok(events.into_iter().map(AuditEntry::from).collect())
    }

    /// Counts over a stretch of time: the last 30 days unless it is said from when.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_stats(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<AuditStats, CompanyError> {
        let from = from.unwrap_or_else(|| to.unwrap_or_else(|| self.chat.clock().now()).minus_hours(HOURS));
        let counts =
            self.store().read(move |tx: &mut ReadTx<'_>| tx.events().audit_counts(Some(from), to)).await?;
        let mut stats = AuditStats {
            from,
            to,
            total: 0,
            by_action: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            by_entity_type: BTreeMap::new(),
            by_day: BTreeMap::new(),
        };
        for line in counts {
            stats.total += line.count;
            *stats.by_action.entry(line.event_type).or_default() += line.count;
            *stats.by_actor.entry(line.actor).or_default() += line.count;
            *stats.by_entity_type.entry(line.entity_type).or_default() += line.count;
            let day = line.day.to_string().chars().take(10).collect();
            *stats.by_day.entry(day).or_default() += line.count;
        }
        Ok(stats)
    }

    /// Reads the log, beside the work, and says whether it is as it was written.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] while it is being read for somebody else; when it cannot be read.
    pub async fn verify_log(&self, reach: Reach) -> Result<LogCheck, CompanyError> {
        let company = self.clone();
        let verify = async move {
            let Ok(_only) = company.upkeep.verifying.try_lock() else {
                return Err(CompanyError::Conflict { detail: "the log is being verified".to_owned() });
            };
            Ok(company.store().verify_log(reach).await?)
        };
        self.to_its_end(verify).await
    }
}
