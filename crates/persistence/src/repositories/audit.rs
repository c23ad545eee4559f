//! The event log, read as an audit trail.

use super::Events;
use crate::StoreError;
use crate::sqlite::queries::audit::{self as queries, By, Rows};
use crate::sqlite::queries::{chain, events};
use domain::{Action, AuditFilter, Position, RecordedEvent, Timestamp};

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the beginning.
    OldestFirst,
    /// From the end.
    NewestFirst,
}

/// One line of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCount {
    /// The type of the events.
    pub event_type: String,
    /// The kind of thing they are about.
    pub entity_type: String,
    /// Who did it.
    pub actor: String,
    /// The day's beginning, UTC.
    pub day: Timestamp,
    /// How many.
    pub count: i64,
}

const DAY: i64 = 86_400_000_000;

impl Events<'_, '_> {
    /// Up to `limit` events that the filter admits, beyond a position in the order asked for.
    pub fn audit(
        &mut self,
        filter: &AuditFilter,
        beyond: Option<Position>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let (mut above, mut below) = self.between(filter.from, filter.to)?;
        match (beyond, order) {
            (Some(beyond), Order::OldestFirst) => above = above.max(beyond.get()),
            (Some(beyond), Order::NewestFirst) => below = below.min(beyond.get()),
            (None, _) => {}
        }
        let types = self.types_of(filter)?;
        let rows = Rows {
            by: match (filter.entity_id.as_deref(), filter.actor.as_deref()) {
                (Some(id), _) => By::Entity(id),
                (None, Some(actor)) if By::does_little(actor) => By::Actor(actor),
                _ => By::Position,
            },
            above,
            below,
            event_types: types.as_deref(),
            actor: filter.actor.as_deref(),
            entity_type: filter.entity_type.map(domain::EntityType::as_str),
            oldest_first: order == Order::OldestFirst,
        };
        let positions = self.positions(rows, limit)?;
        let mut found = queries::at(self.0.conn, &positions)?;
        if order == Order::NewestFirst {
            found.reverse();
        }
        found.into_iter().map(TryInto::try_into).collect()
    }

    /// Where the events of a page stand. With types named and nothing narrower, each of them is asked for by its own
    /// index, and the first of all of them are taken: nothing else is read.
    fn positions(&mut self, rows: Rows<'_>, limit: usize) -> Result<Vec<i64>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let (Some(types), By::Position) = (rows.event_types, rows.by) else {
            return Ok(queries::positions(self.0.conn, rows, most)?);
        };
        let mut found = Vec::new();
        for name in types {
            let rows = Rows { by: By::Type(name), event_types: None, ..rows };
            found.extend(queries::positions(self.0.conn, rows, most)?);
        }
        found.sort_unstable();
        if !rows.oldest_first {
            found.reverse();
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The types of events in the log that a filter can admit; none when it names neither types nor a kind of thing.
    fn types_of(&mut self, filter: &AuditFilter) -> Result<Option<Vec<String>>, StoreError> {
        if let Some(Action::Exactly(name)) = &filter.action {
            return Ok(Some(vec![name.clone()]));
        }
        if filter.action.is_none() && filter.entity_type.is_none() {
            return Ok(None);
        }
        let mut types = self.types()?;
        types.retain(|name| {
            let of_kind = domain::Event::kind_of(name).zip(filter.entity_type);
            filter.action.as_ref().is_none_or(|action| action.admits(name))
                && of_kind.is_none_or(|(is, want)| is == want)
        });
        Ok(Some(types))
    }

    /// The types of events in the log, by name: one look into their index for each.
    pub fn types(&mut self) -> Result<Vec<String>, StoreError> {
        let mut types: Vec<String> = Vec::new();
        while let Some(name) = queries::type_after(self.0.conn, types.last().map_or("", String::as_str))? {
            types.push(name);
        }
        Ok(types)
    }

    /// How many events were recorded from a moment on and before another, by type, kind of thing, actor and day.
    pub fn audit_counts(
        &mut self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<AuditCount>, StoreError> {
        let (above, below) = self.between(from, to)?;
        let counts = queries::counts(self.0.conn, above, below)?;
        let line = |(event_type, entity_type, actor, day, count): queries::Line| {
            let day = Timestamp::from_micros(day * DAY);
            AuditCount { event_type, entity_type, actor, day, count }
        };
        Ok(counts.into_iter().map(line).collect())
    }

    /// How many events the log holds.
    pub fn count(&mut self) -> Result<i64, StoreError> {
        let head = events::head(self.0.conn)?.map_or(0, |(position, _)| position);
        Ok(head - chain::get(self.0.conn)?.removed)
    }

    /// The positions that a stretch of time lies between.
    fn between(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(i64, i64), StoreError> {
        let above = from.map(|from| self.first_at(from)).transpose()?.map_or(0, |first| first.get() - 1);
        let below = to.map(|to| self.first_at(to)).transpose()?.map_or(i64::MAX, Position::get);
        Ok((above, below))
    }
}
