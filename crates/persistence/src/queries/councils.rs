//! Councils, their members, and debates.

use super::Conn;
use crate::rows::{CouncilMemberRow, CouncilRow, DebateRow};
use crate::schema::{council_members, councils, debates};
use crate::types::Key;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::{MemberId, SessionId, SlugCursor};

/// The condition of the partial index `debates_open`, to the letter.
const OPEN: &str = "status IN ('running', 'deferred')";

pub(crate) fn council(conn: &mut Conn, slug: &str) -> QueryResult<Option<CouncilRow>> {
    councils::table.select(CouncilRow::as_select()).find(slug).get_result(conn).optional()
}

pub(crate) fn councils(
    conn: &mut Conn,
    after: Option<&SlugCursor>,
    limit: i64,
) -> QueryResult<Vec<CouncilRow>> {
    let mut query = councils::table
        .select(CouncilRow::as_select())
        .order((councils::position.asc(), councils::slug.asc()))
        .limit(limit)
        .into_boxed();
    if let Some(cursor) = after {
        let place = i32::try_from(cursor.position).unwrap_or(i32::MAX);
        let slug = cursor.slug.as_str().to_owned();
        query = query
            .filter(councils::position.ge(place))
            .filter(councils::position.gt(place).or(councils::slug.gt(slug)));
    }
    query.load(conn)
}

/// The place behind the last council.
pub(crate) fn last_council(conn: &mut Conn) -> QueryResult<Option<i32>> {
    councils::table.select(diesel::dsl::max(councils::position)).first(conn)
}

pub(crate) fn insert_council(conn: &mut Conn, row: &CouncilRow) -> QueryResult<()> {
    diesel::insert_into(councils::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update_council(conn: &mut Conn, row: &CouncilRow) -> QueryResult<bool> {
    diesel::update(councils::table.find(&row.slug)).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn delete_council(conn: &mut Conn, slug: &str) -> QueryResult<bool> {
    diesel::delete(councils::table.find(slug)).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn members(conn: &mut Conn, council: &str) -> QueryResult<Vec<CouncilMemberRow>> {
    council_members::table
        .select(CouncilMemberRow::as_select())
        .filter(council_members::council_id.eq(council))
        .order((council_members::position.asc(), council_members::id.asc()))
        .load(conn)
}

pub(crate) fn insert_member(conn: &mut Conn, row: &CouncilMemberRow) -> QueryResult<()> {
    diesel::insert_into(council_members::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update_member(conn: &mut Conn, row: &CouncilMemberRow) -> QueryResult<bool> {
    diesel::update(council_members::table.filter(council_members::id.eq(row.id)))
        .set((
            council_members::name.eq(&row.name),
            council_members::role.eq(&row.role),
            council_members::persona.eq(&row.persona),
            council_members::persona_source.eq(&row.persona_source),
            council_members::enabled.eq(row.enabled),
            council_members::position.eq(row.position),
            council_members::model.eq(row.model.as_ref()),
            council_members::updated_at.eq(row.updated_at),
        ))
        .execute(conn)
        .map(|rows| rows == 1)
}

pub(crate) fn delete_member(conn: &mut Conn, id: MemberId) -> QueryResult<bool> {
    let member = council_members::table.filter(council_members::id.eq(Key(id)));
    diesel::delete(member).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn debate(conn: &mut Conn, id: SessionId) -> QueryResult<Option<DebateRow>> {
    debates::table.select(DebateRow::as_select()).filter(debates::id.eq(Key(id))).get_result(conn).optional()
}

pub(crate) fn debate_by_client_id(conn: &mut Conn, client_id: &str) -> QueryResult<Option<DebateRow>> {
    debates::table
        .select(DebateRow::as_select())
        .filter(debates::client_message_id.eq(client_id))
        .get_result(conn)
        .optional()
}

/// The debates of a council before one, newest first: ids rise with time.
pub(crate) fn debates_of(
    conn: &mut Conn,
    council: &str,
    before: Option<SessionId>,
    limit: i64,
) -> QueryResult<Vec<DebateRow>> {
    let mut query = debates::table
        .select(DebateRow::as_select())
        .filter(debates::council_id.eq(council.to_owned()))
        .order(debates::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(id) = before {
        query = query.filter(debates::id.lt(Key(id)));
    }
    query.load(conn)
}

/// The debates that go on, oldest first.
pub(crate) fn open_debates(conn: &mut Conn) -> QueryResult<Vec<DebateRow>> {
    debates::table
        .select(DebateRow::as_select())
        .filter(sql::<Bool>(OPEN))
        .order(debates::id.asc())
        .load(conn)
}

/// How many debates of a council go on.
pub(crate) fn count_open_debates(conn: &mut Conn, council: &str) -> QueryResult<i64> {
    debates::table
        .filter(sql::<Bool>(OPEN))
        .filter(debates::council_id.eq(council.to_owned()))
        .count()
        .get_result(conn)
}

pub(crate) fn insert_debate(conn: &mut Conn, row: &DebateRow) -> QueryResult<()> {
    diesel::insert_into(debates::table).values(row).execute(conn).map(drop)
}

/// Writes what changes while a debate goes on.
pub(crate) fn update_debate(conn: &mut Conn, row: &DebateRow) -> QueryResult<bool> {
    diesel::update(debates::table.filter(debates::id.eq(row.id)))
        .set((
            debates::status.eq(&row.status),
            debates::round.eq(row.round),
            debates::seat.eq(row.seat),
            debates::closing.eq(row.closing.as_ref()),
            debates::absences.eq(&row.absences),
            debates::time_left_ms.eq(row.time_left_ms),
            debates::tokens_spent.eq(row.tokens_spent),
            debates::synthesis.eq(row.synthesis.as_ref()),
            debates::updated_at.eq(row.updated_at),
        ))
        .execute(conn)
        .map(|rows| rows == 1)
}
