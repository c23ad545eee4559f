//! What the search index is made of, and what its hits are.

use super::Conn;
use crate::rows::{MessageRow, SessionRow};
use crate::schema::{events, messages, search_rules, search_titles, sessions};
use crate::types::Key;
use diesel::prelude::*;
use domain::{EntityType, MessageId, SessionId};

/// Number, text, role and status of a message, and its session's scope.
pub(crate) type MessageText = (i64, String, String, String, String, String);

/// A session's title, whether it was set by hand, and the session's scope.
pub(crate) type TitleText = (String, bool, String, String);

pub(crate) fn message(conn: &mut Conn, id: MessageId) -> QueryResult<Option<MessageText>> {
    let columns = (messages::n, messages::content, messages::role, messages::status);
    messages::table
        .inner_join(sessions::table)
        .select((columns.0, columns.1, columns.2, columns.3, sessions::scope_type, sessions::scope_id))
        .filter(messages::id.eq(Key(id)))
        .get_result(conn)
        .optional()
}

/// The messages after a number, in order.
pub(crate) fn messages_after(conn: &mut Conn, n: i64, limit: i64) -> QueryResult<Vec<MessageText>> {
    let columns = (messages::n, messages::content, messages::role, messages::status);
    messages::table
        .inner_join(sessions::table)
        .select((columns.0, columns.1, columns.2, columns.3, sessions::scope_type, sessions::scope_id))
        .filter(messages::n.gt(n))
        .order(messages::n.asc())
        .limit(limit)
        .load(conn)
}

pub(crate) fn title(conn: &mut Conn, id: SessionId) -> QueryResult<Option<TitleText>> {
    sessions::table
        .select((sessions::title, sessions::title_by_hand, sessions::scope_type, sessions::scope_id))
        .filter(sessions::id.eq(Key(id)))
        .get_result(conn)
        .optional()
}

/// The number of a session's title; it gets one if need be.
pub(crate) fn title_number(conn: &mut Conn, id: SessionId) -> QueryResult<i64> {
    let known = search_titles::table.select(search_titles::n).filter(search_titles::session_id.eq(Key(id)));
    if let Some(n) = known.get_result(conn).optional()? {
        return Ok(n);
    }
    diesel::insert_into(search_titles::table)
        .values(search_titles::session_id.eq(Key(id)))
        .returning(search_titles::n)
        .get_result(conn)
}

/// Every session, oldest first.
pub(crate) fn sessions(conn: &mut Conn) -> QueryResult<Vec<SessionId>> {
    let ids: Vec<Key<SessionId>> =
        sessions::table.select(sessions::id).order((sessions::created_at, sessions::id)).load(conn)?;
    Ok(ids.into_iter().map(|key| key.0).collect())
}

/// By which rules the index was made.
pub(crate) fn rules(conn: &mut Conn) -> QueryResult<i32> {
    search_rules::table.select(search_rules::version).first(conn)
}

/// Up to which position of the log the index follows the rows.
pub(crate) fn reach(conn: &mut Conn) -> QueryResult<i64> {
    search_rules::table.select(search_rules::reaches).first(conn)
}

pub(crate) fn set_reach(conn: &mut Conn, position: i64) -> QueryResult<()> {
    diesel::update(search_rules::table).set(search_rules::reaches.eq(position)).execute(conn).map(drop)
}

/// The sessions that the log tells of after a position; ids of them that were removed since, too.
pub(crate) fn told_after(conn: &mut Conn, position: i64) -> QueryResult<Vec<String>> {
    events::table
        .select(events::entity_id)
        .filter(events::position.gt(position))
        .filter(events::entity_type.eq(EntityType::Chat.as_str()))
        .distinct()
        .load(conn)
}

/// The messages of a session, in order.
pub(crate) fn messages_of(conn: &mut Conn, id: SessionId) -> QueryResult<Vec<MessageText>> {
    let columns = (messages::n, messages::content, messages::role, messages::status);
    messages::table
        .inner_join(sessions::table)
        .select((columns.0, columns.1, columns.2, columns.3, sessions::scope_type, sessions::scope_id))
        .filter(messages::session_id.eq(Key(id)))
        .order(messages::ordinal.asc())
        .load(conn)
}

pub(crate) fn set_rules(conn: &mut Conn, version: i32) -> QueryResult<()> {
    diesel::update(search_rules::table).set(search_rules::version.eq(version)).execute(conn).map(drop)
}

/// These messages with their sessions, in no order.
pub(crate) fn found_messages(
    conn: &mut Conn,
    numbers: &[i64],
) -> QueryResult<Vec<(i64, MessageRow, SessionRow)>> {
    messages::table
        .inner_join(sessions::table)
        .select((messages::n, MessageRow::as_select(), SessionRow::as_select()))
        .filter(messages::n.eq_any(numbers))
        .load(conn)
}

/// The sessions of these titles, in no order.
pub(crate) fn found_titles(conn: &mut Conn, numbers: &[i64]) -> QueryResult<Vec<(i64, SessionRow)>> {
    search_titles::table
        .inner_join(sessions::table)
        .select((search_titles::n, SessionRow::as_select()))
        .filter(search_titles::n.eq_any(numbers))
        .load(conn)
}
