//! Sessions and their tallies.

use super::Conn;
use crate::repositories::SessionFilter;
use crate::rows::{SessionRow, TallyRow};
use crate::schema::{session_tallies, sessions};
use crate::types::{Key, KeyType};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use domain::{Message, MessageId, Preview, SessionCursor, SessionId, Timestamp};

statement! {
    /// The session's part of appended messages: the counts, the branch's new end, and the newest text if there is one.
    /// Gives how many messages it holds from then on, on all branches.
    Appended<'a> {
        "UPDATE sessions SET message_count = message_count + ", added: i64 => BigInt;
        ", set_aside = set_aside + ", aside: i64 => BigInt;
        ", tip = COALESCE(", tip: Option<Key<MessageId>> => Nullable<KeyType>;
        ", tip), last_role = COALESCE(", role: Option<&'a str> => Nullable<Text>;
        ", last_role), last_speaker = COALESCE(", speaker: Option<&'a str> => Nullable<Text>;
        ", last_speaker), last_preview = COALESCE(", preview: Option<&'a str> => Nullable<Text>;
        ", last_preview), last_at = COALESCE(", said_at: Option<i64> => Nullable<BigInt>;
        ", last_at), updated_at = ", updated_at: i64 => BigInt;
        " WHERE id = ", id: Key<SessionId> => KeyType;
    } ""
}

pub(crate) fn appended(conn: &mut Conn, change: Appended<'_>) -> QueryResult<Option<i64>> {
    let id = change.id;
    if change.execute(conn)? == 0 {
        return Ok(None);
    }
    // Asked for separately: RETURNING makes SQLite build a table for its one row. The row is locked by now.
    let counts = sessions::table.select((sessions::message_count, sessions::set_aside));
    let counts: Option<(i64, i64)> = counts.filter(sessions::id.eq(id)).get_result(conn).optional()?;
    Ok(counts.map(|(shown, aside)| shown + aside))
}

statement! {
    /// The session's part of a message that changed, when no newer one on the branch shown has text.
    Touched<'a> {
        "UPDATE sessions SET last_role = ", role: &'a str => Text;
        ", last_speaker = ", speaker: &'a str => Text;
        ", last_preview = ", preview: &'a str => Text;
        ", last_at = ", said_at: i64 => BigInt;
        ", updated_at = ", updated_at: i64 => BigInt;
        " WHERE id = ", id: Key<SessionId> => KeyType;
        " AND NOT EXISTS (SELECT 1 FROM messages WHERE session_id = sessions.id AND ordinal > \
           (SELECT ordinal FROM messages WHERE id = ", message: Key<MessageId> => KeyType;
    } ") AND active AND content <> '')"
}

pub(crate) fn touched(conn: &mut Conn, change: Touched<'_>) -> QueryResult<()> {
    let (id, updated_at) = (change.id, change.updated_at);
    if change.execute(conn)? == 0 {
        let session = sessions::table.filter(sessions::id.eq(id));
        diesel::update(session).set(sessions::updated_at.eq(updated_at)).execute(conn)?;
    }
    Ok(())
}

/// The session's part of a message that lost its text: `said` is its last message now.
pub(crate) fn retold(
    conn: &mut Conn,
    id: SessionId,
    said: Option<&Message>,
    updated_at: Timestamp,
) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(Key(id))))
        .set((
            sessions::last_role.eq(said.map(|said| said.role.as_str())),
            sessions::last_speaker.eq(said.map(|said| said.speaker.name.as_str())),
            sessions::last_preview.eq(said.map(|said| Preview::of(&said.content).as_str().to_owned())),
            sessions::last_at.eq(said.map(|said| said.created_at.as_micros())),
            sessions::updated_at.eq(updated_at.as_micros()),
        ))
        .execute(conn)
        .map(drop)
}

pub(crate) fn get(conn: &mut Conn, id: SessionId) -> QueryResult<Option<SessionRow>> {
    sessions::table
        .select(SessionRow::as_select())
        .filter(sessions::id.eq(Key(id)))
        .get_result(conn)
        .optional()
}

pub(crate) fn insert(conn: &mut Conn, row: &SessionRow) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(row).execute(conn).map(drop)
}

/// Writes what can be changed by hand, and the trash mark.
pub(crate) fn update(conn: &mut Conn, row: &SessionRow) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(row.id)))
        .set((
            sessions::title.eq(&row.title),
            sessions::title_by_hand.eq(row.title_by_hand),
            sessions::category.eq(&row.category),
            sessions::pinned.eq(row.pinned),
            sessions::archived.eq(row.archived),
            sessions::updated_at.eq(row.updated_at),
            sessions::deleted_at.eq(row.deleted_at),
        ))
        .execute(conn)
        .map(drop)
}

pub(crate) fn remove(conn: &mut Conn, id: SessionId) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::id.eq(Key(id)))).execute(conn).map(drop)
}

pub(crate) fn list(
    conn: &mut Conn,
    filter: &SessionFilter,
    after: Option<SessionCursor>,
    limit: i64,
) -> QueryResult<Vec<SessionRow>> {
    let mut query = listed(filter)
        .select(SessionRow::as_select())
        .order((sessions::updated_at.desc(), sessions::id.desc()))
        .limit(limit);
    if let Some(cursor) = after {
        let at = cursor.updated_at.as_micros();
        query = query
            .filter(sessions::updated_at.le(at))
            .filter(sessions::updated_at.lt(at).or(sessions::id.lt(Key(cursor.id))));
    }
    query.load(conn)
}

/// How many a filter lists. It looks at each that has the drawer and the counterpart.
pub(crate) fn count(conn: &mut Conn, filter: &SessionFilter) -> QueryResult<i64> {
    listed(filter).count().get_result(conn)
}

/// What a filter lists.
fn listed(filter: &SessionFilter) -> sessions::BoxedQuery<'static, <Conn as Connection>::Backend> {
    let mut query = sessions::table.into_boxed();
    query = match filter.deleted {
        true => query.filter(sessions::deleted_at.is_not_null()),
        false => query.filter(sessions::deleted_at.is_null()),
    };
    if let Some(category) = filter.category {
        query = query.filter(sessions::category.eq(category.as_str()));
    }
    if let Some(kind) = filter.scope_type {
        query = query.filter(sessions::scope_type.eq(kind.as_str()));
    }
    if let Some(id) = &filter.scope_id {
        query = query.filter(sessions::scope_id.eq(id.clone()));
    }
    if let Some(slug) = &filter.department_id {
        query = query.filter(sessions::department_id.eq(slug.clone()));
    }
    if let Some(pinned) = filter.pinned {
        query = query.filter(sessions::pinned.eq(pinned));
    }
    if let Some(archived) = filter.archived {
        query = query.filter(sessions::archived.eq(archived));
    }
    match &filter.title {
        Some(text) => query.filter(sessions::title.like(contains(text)).escape('\\')),
        None => query,
    }
}

/// A LIKE pattern for a text anywhere, whatever is in it.
pub(super) fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

pub(crate) fn tallies(conn: &mut Conn) -> QueryResult<Vec<TallyRow>> {
    session_tallies::table.select(TallyRow::as_select()).load(conn)
}

/// Counts one session more or less in its drawer.
pub(crate) fn tally(conn: &mut Conn, row: &SessionRow, by: i64) -> QueryResult<()> {
    let tally = TallyRow {
        category: row.category.clone(),
        scope_type: row.scope_type.clone(),
        scope_id: row.scope_id.clone(),
        department_id: row.department_id.clone().unwrap_or_default(),
        live: by,
    };
    diesel::insert_into(session_tallies::table)
        .values(&tally)
        .on_conflict((
            session_tallies::category,
            session_tallies::scope_type,
            session_tallies::scope_id,
            session_tallies::department_id,
        ))
        .do_update()
        .set(session_tallies::live.eq(session_tallies::live + by))
        .execute(conn)
        .map(drop)
}

/// Sessions in all: outside the trash, in it, pinned, archived, and the messages of those outside the trash.
pub(crate) fn totals(conn: &mut Conn) -> QueryResult<(i64, i64, i64, i64, i64)> {
    let count =
        |text: &str| sql::<BigInt>(&format!("CAST(COALESCE(SUM(CASE WHEN {text} END), 0) AS BIGINT)"));
    sessions::table
        .select((
            count("deleted_at IS NULL THEN 1"),
            count("deleted_at IS NOT NULL THEN 1"),
            count("deleted_at IS NULL AND pinned THEN 1"),
            count("deleted_at IS NULL AND archived THEN 1"),
            count("deleted_at IS NULL THEN message_count"),
        ))
        .first(conn)
}
