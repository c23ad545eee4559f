//! Messages.

use super::Conn;
use crate::rows::MessageRow;
use crate::schema::{messages, sessions};
use crate::types::{Key, KeyType};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use domain::{MessageId, SessionId};

/// The condition of the partial index `messages_open`, to the letter.
pub(super) const OPEN: &str = "(status = 'pending' OR status = 'streaming' OR status = 'deferred')";

statement! {
    /// One message at its place.
    InsertMessage<'a> {
        "INSERT INTO messages (id, session_id, ordinal, role, speaker_kind, speaker_id, speaker_name, speaker_role, \
         content, status, model, asked_model, prompt_tokens, completion_tokens, response_time_ms, notes, error_code, \
         error_detail, parent_id, client_message_id, created_at, updated_at, active) VALUES (",
            id: Key<MessageId> => KeyType;
        ", ", session_id: Key<SessionId> => KeyType;
        ", ", ordinal: i64 => BigInt;
        ", ", role: &'a str => Text;
        ", ", speaker_kind: &'a str => Text;
        ", ", speaker_id: &'a str => Text;
        ", ", speaker_name: &'a str => Text;
        ", ", speaker_role: &'a str => Text;
        ", ", content: &'a str => Text;
        ", ", status: &'a str => Text;
        ", ", model: Option<&'a str> => Nullable<Text>;
        ", ", asked_model: Option<&'a str> => Nullable<Text>;
        ", ", prompt_tokens: Option<i64> => Nullable<BigInt>;
        ", ", completion_tokens: Option<i64> => Nullable<BigInt>;
        ", ", response_time_ms: Option<i64> => Nullable<BigInt>;
        ", ", notes: Option<&'a str> => Nullable<Text>;
        ", ", error_code: Option<&'a str> => Nullable<Text>;
        ", ", error_detail: Option<&'a str> => Nullable<Text>;
        ", ", parent_id: Option<Key<MessageId>> => Nullable<KeyType>;
        ", ", client_message_id: Option<&'a str> => Nullable<Text>;
        ", ", created_at: i64 => BigInt;
        ", ", updated_at: i64 => BigInt;
        ", ", active: bool => Bool;
    } ")"
}

pub(crate) fn insert(conn: &mut Conn, message: InsertMessage<'_>) -> QueryResult<()> {
    message.execute(conn).map(drop)
}

statement! {
    /// The step of a reply on the branch shown, with so many calls of tools, to its next state, from either of two.
    Advance<'a> {
        "UPDATE messages SET content = ", content: &'a str => Text;
        ", status = ", status: &'a str => Text;
        ", model = ", model: Option<&'a str> => Nullable<Text>;
        ", prompt_tokens = ", prompt_tokens: Option<i64> => Nullable<BigInt>;
        ", completion_tokens = ", completion_tokens: Option<i64> => Nullable<BigInt>;
        ", response_time_ms = ", response_time_ms: Option<i64> => Nullable<BigInt>;
        ", notes = ", notes: Option<&'a str> => Nullable<Text>;
        ", error_code = ", error_code: Option<&'a str> => Nullable<Text>;
        ", error_detail = ", error_detail: Option<&'a str> => Nullable<Text>;
        ", updated_at = ", updated_at: i64 => BigInt;
        " WHERE id = ", id: Key<MessageId> => KeyType;
        " AND active AND tool_calls = ", calls: i32 => Integer;
        " AND status IN (", from: &'a str => Text;
        ", ", or_from: &'a str => Text;
    } ")"
}

pub(crate) fn advance(conn: &mut Conn, step: Advance<'_>) -> QueryResult<bool> {
    step.execute(conn).map(|rows| rows == 1)
}

statement! {
    /// The text of a reply so far.
    Checkpoint<'a> {
        "UPDATE messages SET status = 'streaming', content = ", content: &'a str => Text;
        ", notes = ", notes: Option<&'a str> => Nullable<Text>;
        ", updated_at = ", updated_at: i64 => BigInt;
        " WHERE id = ", id: Key<MessageId> => KeyType;
    } " AND status IN ('pending', 'streaming')"
}

pub(crate) fn checkpoint(conn: &mut Conn, text: Checkpoint<'_>) -> QueryResult<()> {
    text.execute(conn).map(drop)
}

/// A message's status, its place in its session, and how many calls of tools it has; none when it is aside.
pub(crate) fn status(conn: &mut Conn, id: MessageId) -> QueryResult<Option<(String, i64, i32)>> {
    let columns = (messages::status, messages::ordinal, messages::tool_calls);
    let message = messages::table.select(columns).filter(messages::id.eq(Key(id)));
    message.filter(messages::active).get_result(conn).optional()
}

pub(crate) fn get(conn: &mut Conn, id: MessageId) -> QueryResult<Option<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::id.eq(Key(id)))
        .get_result(conn)
        .optional()
}

pub(crate) fn by_client_id(conn: &mut Conn, client_id: &str) -> QueryResult<Option<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::client_message_id.eq(client_id))
        .get_result(conn)
        .optional()
}

/// The last message by its sender's own id, among those from `from` on and below `to`.
pub(crate) fn last_by_client_id(conn: &mut Conn, from: &str, to: &str) -> QueryResult<Option<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::client_message_id.ge(from))
        .filter(messages::client_message_id.lt(to))
        .order(messages::client_message_id.desc())
        .first(conn)
        .optional()
}

/// The reply to a message: the one on the branch shown, else the newest.
pub(crate) fn reply_to(conn: &mut Conn, message: &MessageRow) -> QueryResult<Option<MessageRow>> {
    let replies = || {
        messages::table
            .select(MessageRow::as_select())
            .filter(messages::session_id.eq(message.session_id))
            .filter(messages::ordinal.gt(message.ordinal))
            .filter(messages::parent_id.eq(message.id))
            .filter(messages::role.eq("assistant"))
            .order(messages::ordinal.desc())
    };
    match replies().filter(messages::active).first(conn).optional()? {
        Some(shown) => Ok(Some(shown)),
        None => replies().first(conn).optional(),
    }
}

/// The messages of the branch shown before a place, newest first.
pub(crate) fn before(
    conn: &mut Conn,
    session: SessionId,
    ordinal: i64,
    limit: i64,
) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::ordinal.lt(ordinal))
        .filter(messages::active)
        .order(messages::ordinal.desc())
        .limit(limit)
        .load(conn)
}

/// The replies of the branch shown before a place, newest first.
pub(crate) fn replies_before(
    conn: &mut Conn,
    session: SessionId,
    ordinal: i64,
) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::ordinal.lt(ordinal))
        .filter(messages::role.eq("assistant"))
        .filter(messages::active)
        .order(messages::ordinal.desc())
        .load(conn)
}

/// What was said on the branch shown before a place, newest first: neither replies that failed or are still to come, nor offline notices.
pub(crate) fn said_before(
    conn: &mut Conn,
    session: SessionId,
    ordinal: i64,
    limit: i64,
) -> QueryResult<Vec<(String, String)>> {
    // Not as a list of values: a statement with one is prepared anew each time.
    let is = |status: &'static str| messages::status.eq(status);
    let said = is("complete").or(is("stopped")).or(is("interrupted"));
    messages::table
        .select((messages::role, messages::content))
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::ordinal.lt(ordinal))
        .filter(messages::active)
        .filter(messages::role.eq("user").or(messages::role.eq("assistant").and(said)))
        .filter(messages::content.ne(""))
        .order(messages::ordinal.desc())
        .limit(limit)
        .load(conn)
}

/// The newest message of the branch shown with text. What is still coming is not told of before its end.
pub(crate) fn newest_said(conn: &mut Conn, session: SessionId) -> QueryResult<Option<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(messages::active)
        .filter(messages::content.ne(""))
        .filter(messages::status.ne_all(["pending", "streaming"]))
        .order(messages::ordinal.desc())
        .first(conn)
        .optional()
}

/// Replies still to come or coming, in sessions outside the trash, oldest first.
pub(crate) fn open(conn: &mut Conn) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .inner_join(sessions::table)
        .select(MessageRow::as_select())
        .filter(sql::<Bool>(OPEN))
        .filter(sessions::deleted_at.is_null())
        .order(messages::n.asc())
        .load(conn)
}

/// The open replies of one session, trash or not.
pub(crate) fn open_in(conn: &mut Conn, session: SessionId) -> QueryResult<Vec<MessageRow>> {
    messages::table
        .select(MessageRow::as_select())
        .filter(messages::session_id.eq(Key(session)))
        .filter(sql::<Bool>(OPEN))
        .order(messages::n.asc())
        .load(conn)
}

/// How many replies wait for the brain, in sessions outside the trash.
pub(crate) fn deferred(conn: &mut Conn) -> QueryResult<i64> {
    messages::table
        .inner_join(sessions::table)
        .filter(sql::<Bool>(OPEN))
        .filter(messages::status.eq("deferred"))
        .filter(sessions::deleted_at.is_null())
        .count()
        .get_result(conn)
}
