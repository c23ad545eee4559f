//! Branches: what is shown of a session, and what is aside.

use super::Conn;
use crate::rows::{BranchRow, MessageRow};
use crate::schema::{messages, sessions};
use crate::types::Key;
use diesel::prelude::*;
use domain::{MessageId, SessionId};

/// The most places in one statement.
const AT_A_TIME: usize = 500;

/// Everything that is aside in a session, in the order in which it was written: what follows a message comes after it.
pub(crate) fn aside(conn: &mut Conn, session: SessionId) -> QueryResult<Vec<BranchRow>> {
    messages::table
        .select(BranchRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(diesel::dsl::not(messages::active))
        .order(messages::ordinal.asc())
        .load(conn)
}

/// The messages that are aside and follow one of these.
pub(crate) fn aside_after(
    conn: &mut Conn,
    session: Key<SessionId>,
    parents: Vec<Key<MessageId>>,
) -> QueryResult<Vec<BranchRow>> {
    messages::table
        .select(BranchRow::as_select())
        .filter(messages::session_id.eq(session))
        .filter(diesel::dsl::not(messages::active))
        .filter(messages::parent_id.eq_any(parents))
        .load(conn)
}

/// The messages that are aside and follow none: other beginnings of the session.
pub(crate) fn aside_beginnings(conn: &mut Conn, session: Key<SessionId>) -> QueryResult<Vec<BranchRow>> {
    messages::table
        .select(BranchRow::as_select())
        .filter(messages::session_id.eq(session))
        .filter(diesel::dsl::not(messages::active))
        .filter(messages::parent_id.is_null())
        .load(conn)
}

/// The first message of the branch shown behind a place.
pub(crate) fn next_shown(
    conn: &mut Conn,
    session: Key<SessionId>,
    place: i64,
) -> QueryResult<Option<BranchRow>> {
    messages::table
        .select(BranchRow::as_select())
        .filter(messages::session_id.eq(session))
        .filter(messages::ordinal.gt(place))
        .filter(messages::active)
        .order(messages::ordinal.asc())
        .first(conn)
        .optional()
}

/// The messages at these places, in order.
pub(crate) fn at_places(
    conn: &mut Conn,
    session: Key<SessionId>,
    places: Vec<i64>,
) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(session))
        .filter(messages::ordinal.eq_any(places))
        .order(messages::ordinal.asc())
        .load(conn)
}

/// Puts aside what is shown behind a place; gives how many messages that is.
pub(crate) fn put_aside(conn: &mut Conn, session: SessionId, place: i64) -> QueryResult<usize> {
    let shown = messages::table
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::ordinal.gt(place))
        .filter(messages::active);
    diesel::update(shown).set(messages::active.eq(false)).execute(conn)
}

/// Shows the messages at these places again.
pub(crate) fn bring_back(conn: &mut Conn, session: SessionId, places: &[i64]) -> QueryResult<()> {
    for places in places.chunks(AT_A_TIME) {
        let aside = messages::table
            .filter(messages::session_id.eq(Key(session)))
            .filter(messages::ordinal.eq_any(places.to_vec()));
        diesel::update(aside).set(messages::active.eq(true)).execute(conn)?;
    }
    Ok(())
}

/// The session's part: so many messages more are on the branch shown, which ends here now.
pub(crate) fn shown(
    conn: &mut Conn,
    session: SessionId,
    more: i64,
    tip: Option<MessageId>,
) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(Key(session))))
        .set((
            sessions::message_count.eq(sessions::message_count + more),
            sessions::set_aside.eq(sessions::set_aside - more),
            sessions::tip.eq(tip.map(Key)),
        ))
        .execute(conn)
        .map(drop)
}
