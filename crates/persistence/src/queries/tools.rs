//! Calls of tools.

use super::Conn;
use crate::rows::{PutRow, ToolCallRow};
use crate::schema::{messages, sessions, tool_calls};
use crate::types::Key;
use diesel::prelude::*;
use domain::{MessageId, ToolCallCursor, ToolCallId, ToolCallStatus};

/// The most ids in one statement.
const AT_A_TIME: usize = 500;

pub(crate) fn insert(conn: &mut Conn, rows: &[ToolCallRow]) -> QueryResult<()> {
    // One by one: a batch needs a statement of its own for each length.
    for row in rows {
        diesel::insert_into(tool_calls::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Stores calls from elsewhere; one whose id is given away is left out. Gives how many there are.
pub(crate) fn take_in(conn: &mut Conn, rows: &[ToolCallRow]) -> QueryResult<usize> {
    let mut taken_in = 0;
    for row in rows {
        taken_in +=
            diesel::insert_into(tool_calls::table).values(row).on_conflict_do_nothing().execute(conn)?;
    }
    Ok(taken_in)
}

/// The message has so many calls more.
pub(crate) fn counted(conn: &mut Conn, message: MessageId, more: usize) -> QueryResult<()> {
    let more = i32::try_from(more).unwrap_or(i32::MAX);
    diesel::update(messages::table.filter(messages::id.eq(Key(message))))
        .set(messages::tool_calls.eq(messages::tool_calls + more))
        .execute(conn)
        .map(drop)
}

/// Writes a call that is in this state; gives whether it was.
pub(crate) fn update(conn: &mut Conn, row: &ToolCallRow, from: ToolCallStatus) -> QueryResult<bool> {
    let call = tool_calls::table.filter(tool_calls::id.eq(row.id));
    let call = call.filter(tool_calls::status.eq(from.as_str()));
    diesel::update(call).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn get(conn: &mut Conn, id: ToolCallId) -> QueryResult<Option<ToolCallRow>> {
    tool_calls::table.select(ToolCallRow::as_select()).find(Key(id)).get_result(conn).optional()
}

/// The calls of a message, in order.
pub(crate) fn of(conn: &mut Conn, message: MessageId) -> QueryResult<Vec<ToolCallRow>> {
    tool_calls::table
        .select(ToolCallRow::as_select())
        .filter(tool_calls::message_id.eq(Key(message)))
        .order(tool_calls::ordinal.asc())
        .load(conn)
}

/// The calls of several messages, each one's in order.
pub(crate) fn of_all(conn: &mut Conn, messages: &[Key<MessageId>]) -> QueryResult<Vec<ToolCallRow>> {
    let mut calls = Vec::new();
    for messages in messages.chunks(AT_A_TIME) {
        let of = tool_calls::message_id.eq_any(messages.iter().copied());
        let found = tool_calls::table
            .select(ToolCallRow::as_select())
            .filter(of)
            .order((tool_calls::message_id.asc(), tool_calls::ordinal.asc()));
        calls.extend(found.load(conn)?);
    }
    Ok(calls)
}

/// How many calls were begun from one moment on and before another.
pub(crate) fn begun(conn: &mut Conn, from: i64, to: i64) -> QueryResult<i64> {
    let begun = tool_calls::table.filter(tool_calls::started_at.ge(from));
    begun.filter(tool_calls::started_at.lt(to)).count().get_result(conn)
}

/// Calls that were put to the Founder, in sessions outside the trash, newest first.
pub(crate) fn put(
    conn: &mut Conn,
    status: Option<ToolCallStatus>,
    after: Option<ToolCallCursor>,
    limit: i64,
) -> QueryResult<Vec<(ToolCallRow, PutRow)>> {
    let mut query = tool_calls::table
        .inner_join(messages::table.on(messages::id.eq(tool_calls::message_id)))
        .inner_join(sessions::table.on(sessions::id.eq(tool_calls::session_id)))
        .select((ToolCallRow::as_select(), PutRow::as_select()))
        .filter(tool_calls::expires_at.is_not_null())
        .filter(sessions::deleted_at.is_null())
        .order(tool_calls::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(tool_calls::status.eq(status.as_str()));
    }
    if let Some(cursor) = after {
        query = query.filter(tool_calls::id.lt(Key(cursor.0)));
    }
    query.load(conn)
}

/// The same for one call.
pub(crate) fn put_one(conn: &mut Conn, id: ToolCallId) -> QueryResult<Option<(ToolCallRow, PutRow)>> {
    tool_calls::table
        .inner_join(messages::table.on(messages::id.eq(tool_calls::message_id)))
        .inner_join(sessions::table.on(sessions::id.eq(tool_calls::session_id)))
        .select((ToolCallRow::as_select(), PutRow::as_select()))
        .filter(tool_calls::id.eq(Key(id)))
        .filter(tool_calls::expires_at.is_not_null())
        .filter(sessions::deleted_at.is_null())
        .get_result(conn)
        .optional()
}
