//! The event log.

use super::Conn;
use crate::rows::{EventRow, LogIdentityRow};
use crate::schema::{events, log_identity};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use domain::EventFilter;

statement! {
    /// One event at its position.
    InsertEvent<'a> {
        "INSERT INTO events (position, event_type, entity_type, entity_id, department_id, actor, at, payload, hash) VALUES (",
            position: i64 => BigInt;
        ", ", event_type: &'a str => Text;
        ", ", entity_type: &'a str => Text;
        ", ", entity_id: &'a str => Text;
        ", ", department_id: Option<&'a str> => Nullable<Text>;
        ", ", actor: &'a str => Text;
        ", ", at: i64 => BigInt;
        ", ", payload: &'a str => Text;
        ", ", hash: &'a [u8] => Binary;
    } ")"
}

pub(crate) fn insert(conn: &mut Conn, event: InsertEvent<'_>) -> QueryResult<()> {
    event.execute(conn).map(drop)
}

/// The newest position and its time.
pub(crate) fn head(conn: &mut Conn) -> QueryResult<Option<(i64, i64)>> {
    events::table.select((events::position, events::at)).order(events::position.desc()).first(conn).optional()
}

pub(crate) fn count(conn: &mut Conn) -> QueryResult<i64> {
    events::table.count().get_result(conn)
}

pub(crate) fn identity(conn: &mut Conn) -> QueryResult<LogIdentityRow> {
    log_identity::table.select(LogIdentityRow::as_select()).get_result(conn)
}

pub(crate) fn after(
    conn: &mut Conn,
    since: i64,
    filter: &EventFilter,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    let mut query = events::table
        .select(EventRow::as_select())
        .filter(events::position.gt(since))
        .order(events::position.asc())
        .limit(limit)
        .into_boxed();
    if !filter.event_types.is_empty() {
        query = query.filter(events::event_type.eq_any(filter.event_types.clone()));
    }
    if let Some(kind) = filter.entity_type {
        query = query.filter(events::entity_type.eq(kind.as_str()));
    }
    if let Some(id) = &filter.entity_id {
        query = query.filter(events::entity_id.eq(id.clone()));
    }
    if let Some(id) = &filter.session_id {
        query = query.filter(events::entity_id.eq(id.clone())).filter(events::entity_type.eq("chat"));
    }
    if let Some(slug) = &filter.department_id {
        query = query.filter(events::department_id.eq(slug.clone()));
    }
    query.load(conn)
}

/// The time of the event at a position, or of the first one after it.
pub(crate) fn time_at(conn: &mut Conn, position: i64) -> QueryResult<Option<i64>> {
    events::table
        .select(events::at)
        .filter(events::position.ge(position))
        .order(events::position.asc())
        .first(conn)
        .optional()
}

/// How many events there are from a position on and before another.
pub(crate) fn count_between(conn: &mut Conn, from: i64, to: i64) -> QueryResult<i64> {
    events::table.filter(events::position.ge(from)).filter(events::position.lt(to)).count().get_result(conn)
}

pub(crate) fn counts_from(conn: &mut Conn, position: i64) -> QueryResult<Vec<(String, i64)>> {
    events::table
        .filter(events::position.ge(position))
        .group_by(events::event_type)
        .select((events::event_type, diesel::dsl::count_star()))
        .order(events::event_type.asc())
        .load(conn)
}
