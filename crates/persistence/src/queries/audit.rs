//! The event log, read as an audit trail.

use super::Conn;
use crate::rows::EventRow;
use crate::schema::events;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Untyped};

/// What the rows of a page have in common. `above` and `below` are not in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) above: i64,
    pub(crate) below: i64,
    /// Of one of these types.
    pub(crate) event_types: Option<&'a [String]>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) entity_type: Option<&'a str>,
    pub(crate) entity_id: Option<&'a str>,
    pub(crate) oldest_first: bool,
}

/// Says what the index of actors holds: an engine uses it only for a query that says so.
const DOES_LITTLE: &str = "actor <> 'founder' AND actor <> 'system'";

/// The first positions of such rows.
pub(crate) fn positions(conn: &mut Conn, rows: Rows<'_>, limit: i64) -> QueryResult<Vec<i64>> {
    let mut query = events::table
        .select(events::position)
        .filter(events::position.gt(rows.above))
        .filter(events::position.lt(rows.below))
        .limit(limit)
        .into_boxed();
    query = match rows.oldest_first {
        true => query.order(events::position.asc()),
        false => query.order(events::position.desc()),
    };
    match rows.event_types {
        Some([name]) => query = query.filter(events::event_type.eq(name)),
        Some(names) => query = query.filter(events::event_type.eq_any(names)),
        None => {}
    }
    if let Some(id) = rows.entity_id {
        query = query.filter(events::entity_id.eq(id));
    }
    if let Some(kind) = rows.entity_type {
        query = query.filter(events::entity_type.eq(kind));
    }
    if let Some(actor) = rows.actor {
        query = query.filter(events::actor.eq(actor));
        if !matches!(actor, "founder" | "system") {
            query = query.filter(sql::<Bool>(DOES_LITTLE));
        }
    }
    query.load(conn)
}

/// The events at these positions, oldest first.
pub(crate) fn at(conn: &mut Conn, positions: &[i64]) -> QueryResult<Vec<EventRow>> {
    events::table
        .select(EventRow::as_select())
        .filter(events::position.eq_any(positions))
        .order(events::position.asc())
        .load(conn)
}

/// The next type of events by name.
pub(crate) fn type_after(conn: &mut Conn, name: &str) -> QueryResult<Option<String>> {
    events::table
        .select(events::event_type)
        .filter(events::event_type.gt(name))
        .order(events::event_type.asc())
        .first(conn)
        .optional()
}

/// The newest event of a type.
pub(crate) fn newest_of(conn: &mut Conn, event_type: &str) -> QueryResult<Option<EventRow>> {
    events::table
        .select(EventRow::as_select())
        .filter(events::event_type.eq(event_type))
        .order(events::position.desc())
        .first(conn)
        .optional()
}

/// What one line of counts is about: type, kind of entity, actor, day since 1970.
const LINE: &str = "event_type, entity_type, actor, at / 86400000000";

/// How many events there are between two positions, by type, kind of entity, actor and day since 1970.
pub(crate) fn counts(
    conn: &mut Conn,
    above: i64,
    below: i64,
) -> QueryResult<Vec<(String, String, String, i64, i64)>> {
    events::table
        .filter(events::position.gt(above))
        .filter(events::position.lt(below))
        .group_by(sql::<Untyped>(LINE))
        .select(sql::<(Text, Text, Text, BigInt, BigInt)>(LINE).sql(", COUNT(*)"))
        .load(conn)
}
