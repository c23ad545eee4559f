//! The event log, read as an audit trail.

use super::Conn;
use crate::rows::EventRow;
use crate::schema::events;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Untyped};

/// What the rows of a page have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) by: By<'a>,
    pub(crate) above: i64,
    pub(crate) below: i64,
    /// Of one of these types.
    pub(crate) event_types: Option<&'a [String]>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) entity_type: Option<&'a str>,
    pub(crate) oldest_first: bool,
}

/// Which index is gone through, in its order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    /// None: the log itself.
    Position,
    /// One thing's events.
    Entity(&'a str),
    /// The events of one of those who do little.
    Actor(&'a str),
    /// One type's events.
    Type(&'a str),
}

impl By<'_> {
    /// Those who do much have no place in the index of actors.
    pub(crate) fn does_little(actor: &str) -> bool {
        !matches!(actor, "founder" | "system")
    }
}

/// The first positions of such rows.
///
/// An index is asked for pairs, between two of them: to an engine the positions alone would look like a stretch of the
/// log, and it would rather read all of that.
pub(crate) fn positions(conn: &mut Conn, rows: Rows<'_>, limit: i64) -> QueryResult<Vec<i64>> {
    let mut query = events::table.select(events::position).limit(limit).into_boxed();
    let (column, name) = match rows.by {
        By::Position => ("", ""),
        By::Entity(id) => ("entity_id", id),
        By::Type(name) => ("event_type", name),
        By::Actor(actor) => {
            query = query.filter(sql::<Bool>("actor <> 'founder' AND actor <> 'system'"));
            ("actor", actor)
        }
    };
    if column.is_empty() {
        query = query.filter(events::position.gt(rows.above)).filter(events::position.lt(rows.below));
    } else {
        for (sign, position) in [(">", rows.above), ("<", rows.below)] {
            let pair = sql::<Bool>(&format!("({column}, position) {sign} ("));
            query = query.filter(pair.bind::<Text, _>(name).sql(", ").bind::<BigInt, _>(position).sql(")"));
        }
    }
    let way = if rows.oldest_first { "ASC" } else { "DESC" };
    query = match rows.by {
        By::Position => query.order(sql::<Untyped>(&format!("position {way}"))),
        _ => query.order(sql::<Untyped>(&format!("{column} {way}, position {way}"))),
    };
    if let Some(names) = rows.event_types {
        query = query.filter(events::event_type.eq_any(names));
    }
    if let Some(kind) = rows.entity_type {
        query = query.filter(events::entity_type.eq(kind));
    }
    if let Some(actor) = rows.actor {
        query = query.filter(events::actor.eq(actor));
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
const COLUMNS: &str = "event_type, entity_type, actor, at / 86400000000";

/// A line of counts: type, kind of entity, actor, day since 1970, how many.
pub(crate) type Line = (String, String, String, i64, i64);

/// How many events there are between two positions, by type, kind of entity, actor and day since 1970.
pub(crate) fn counts(conn: &mut Conn, above: i64, below: i64) -> QueryResult<Vec<Line>> {
    events::table
        .filter(events::position.gt(above))
        .filter(events::position.lt(below))
        .group_by(sql::<Untyped>(COLUMNS))
        .select(sql::<(Text, Text, Text, BigInt, BigInt)>(COLUMNS).sql(", COUNT(*)"))
        .load(conn)
}
