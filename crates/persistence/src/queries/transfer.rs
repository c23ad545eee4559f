//! Whole sessions, on their way out and in.

use super::Conn;
use crate::rows::{MessageRow, SessionRow};
use crate::schema::{messages, sessions};
use crate::types::Key;
use diesel::prelude::*;
use domain::{MessageId, SessionId};

/// The most ids in one statement.
const AT_A_TIME: usize = 500;

/// All sessions, in the trash or not, by id.
pub(crate) fn sessions_after(
    conn: &mut Conn,
    after: Option<SessionId>,
    limit: i64,
) -> QueryResult<Vec<SessionRow>> {
    let mut query =
        sessions::table.select(SessionRow::as_select()).order(sessions::id.asc()).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(sessions::id.gt(Key(after)));
    }
    query.load(conn)
}

/// The messages of all branches behind a place, in the order in which they were written.
pub(crate) fn messages_after(
    conn: &mut Conn,
    session: SessionId,
    place: i64,
    limit: i64,
) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::ordinal.gt(place))
        .order(messages::ordinal.asc())
        .limit(limit)
        .load(conn)
}

/// Which of these ids messages of other sessions have.
pub(crate) fn taken_ids(
    conn: &mut Conn,
    session: SessionId,
    ids: &[MessageId],
) -> QueryResult<Vec<Key<MessageId>>> {
    let mut taken = Vec::new();
    for ids in ids.chunks(AT_A_TIME) {
        let ids: Vec<Key<MessageId>> = ids.iter().copied().map(Key).collect();
        let found = messages::table
            .select(messages::id)
            .filter(messages::id.eq_any(ids))
            .filter(messages::session_id.ne(Key(session)));
        taken.extend(found.load::<Key<MessageId>>(conn)?);
    }
    Ok(taken)
}

/// Which of these ids of senders messages of other sessions have.
pub(crate) fn taken_client_ids(
    conn: &mut Conn,
    session: SessionId,
    ids: &[&str],
) -> QueryResult<Vec<String>> {
    let mut taken = Vec::new();
    for ids in ids.chunks(AT_A_TIME) {
        let found = messages::table
            .select(messages::client_message_id.assume_not_null())
            .filter(messages::client_message_id.eq_any(ids))
            .filter(messages::session_id.ne(Key(session)));
        taken.extend(found.load::<String>(conn)?);
    }
    Ok(taken)
}

/// The session's part of messages that came in: counts, tip and last message.
pub(crate) fn grown(conn: &mut Conn, row: &SessionRow) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(row.id)))
        .set((
            sessions::message_count.eq(row.message_count),
            sessions::set_aside.eq(row.set_aside),
            sessions::tip.eq(row.tip),
            sessions::last_role.eq(&row.last_role),
            sessions::last_speaker.eq(&row.last_speaker),
            sessions::last_preview.eq(&row.last_preview),
            sessions::last_at.eq(row.last_at),
        ))
        .execute(conn)
        .map(drop)
}
