//! SQLite's full-text index: what the second engine has a column type for.

use super::Conn;
use super::queries::statement;
use crate::types::{Key, KeyType};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use domain::{SessionId, Stretch};

statement! {
    /// The words of a message.
    IndexMessage<'a> {
        "INSERT OR REPLACE INTO message_search (rowid, words) VALUES (", n: i64 => BigInt;
        ", ", words: &'a str => Text;
    } ")"
}

statement! {
    /// The words of a title.
    IndexTitle<'a> {
        "INSERT OR REPLACE INTO title_search (rowid, words) VALUES (", n: i64 => BigInt;
        ", ", words: &'a str => Text;
    } ")"
}

pub(crate) fn index_message(conn: &mut Conn, n: i64, words: &str) -> QueryResult<()> {
    IndexMessage { n, words }.execute(conn).map(drop)
}

pub(crate) fn index_title(conn: &mut Conn, n: i64, words: &str) -> QueryResult<()> {
    IndexTitle { n, words }.execute(conn).map(drop)
}

pub(crate) fn forget_message(conn: &mut Conn, n: i64) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM message_search WHERE rowid = ?")
        .bind::<BigInt, _>(n)
        .execute(conn)
        .map(drop)
}

pub(crate) fn forget_title(conn: &mut Conn, n: i64) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM title_search WHERE rowid = ?").bind::<BigInt, _>(n).execute(conn).map(drop)
}

/// Takes a session that is about to be removed out of the index, with its messages.
pub(crate) fn forget_session(conn: &mut Conn, id: SessionId) -> QueryResult<()> {
    let messages = "DELETE FROM message_search WHERE rowid IN (SELECT n FROM messages WHERE session_id = ?)";
    diesel::sql_query(messages).bind::<KeyType, _>(Key(id)).execute(conn)?;
    let title = "DELETE FROM title_search WHERE rowid IN (SELECT n FROM search_titles WHERE session_id = ?)";
    diesel::sql_query(title).bind::<KeyType, _>(Key(id)).execute(conn).map(drop)
}

/// Empties the index.
pub(crate) fn forget_all(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(
        "INSERT INTO message_search (message_search) VALUES ('delete-all'); \
         INSERT INTO title_search (title_search) VALUES ('delete-all');",
    )
}

/// A row that the index names.
#[derive(Debug, QueryableByName)]
pub(crate) struct Candidate {
    #[diesel(sql_type = BigInt)]
    pub(crate) n: i64,
    /// How its text begins; none when it is not to be found: in the trash, or of another time.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) text: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) created_at: Option<i64>,
}

/// Which candidates are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// What the index is asked.
    pub(crate) expression: &'a str,
    /// From when, and until before when.
    pub(crate) times: (i64, i64),
    pub(crate) within: Stretch,
    pub(crate) limit: i64,
    /// How many characters of a text are read.
    pub(crate) chars: i32,
}

/// The newest messages that the index names in a stretch, newest first.
pub(crate) fn messages(conn: &mut Conn, wanted: Wanted<'_>) -> QueryResult<Vec<Candidate>> {
    load(
        conn,
        "SELECT found.n, m.created_at, CASE WHEN s.deleted_at IS NULL AND m.created_at >= ? AND m.created_at < ? \
         THEN substr(m.content, 1, ?) END AS text \
         FROM (SELECT rowid AS n FROM message_search WHERE message_search MATCH ? AND rowid <= ? AND rowid >= ? \
         ORDER BY rowid DESC LIMIT ?) AS found \
         LEFT JOIN messages AS m ON m.n = found.n LEFT JOIN sessions AS s ON s.id = m.session_id",
        wanted,
    )
}

/// The newest titles that the index names in a stretch, newest first.
pub(crate) fn titles(conn: &mut Conn, wanted: Wanted<'_>) -> QueryResult<Vec<Candidate>> {
    load(
        conn,
        "SELECT found.n, s.created_at, CASE WHEN s.deleted_at IS NULL AND s.created_at >= ? AND s.created_at < ? \
         THEN substr(s.title, 1, ?) END AS text \
         FROM (SELECT rowid AS n FROM title_search WHERE title_search MATCH ? AND rowid <= ? AND rowid >= ? \
         ORDER BY rowid DESC LIMIT ?) AS found \
         LEFT JOIN search_titles AS t ON t.n = found.n LEFT JOIN sessions AS s ON s.id = t.session_id",
        wanted,
    )
}

fn load(conn: &mut Conn, query: &str, wanted: Wanted<'_>) -> QueryResult<Vec<Candidate>> {
    let (from, to) = wanted.times;
    diesel::sql_query(query)
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(to)
        .bind::<Integer, _>(wanted.chars)
        .bind::<Text, _>(wanted.expression)
        .bind::<BigInt, _>(wanted.within.top)
        .bind::<BigInt, _>(wanted.within.floor)
        .bind::<BigInt, _>(wanted.limit)
        .load(conn)
}
