//! The model side: pulls, and what is known of it.

use super::Conn;
use crate::rows::PullRow;
use crate::schema::{brain_known, pulls};
use crate::types::Key;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::{PullCursor, PullId};

/// The condition of the partial index `pulls_running`, to the letter.
const RUNNING: &str = "status = 'running'";

pub(crate) fn get(conn: &mut Conn, id: PullId) -> QueryResult<Option<PullRow>> {
    pulls::table.select(PullRow::as_select()).filter(pulls::id.eq(Key(id))).get_result(conn).optional()
}

pub(crate) fn list(conn: &mut Conn, after: Option<PullCursor>, limit: i64) -> QueryResult<Vec<PullRow>> {
    let mut query = pulls::table
        .select(PullRow::as_select())
        .order((pulls::created_at.desc(), pulls::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(cursor) = after {
        let at = cursor.created_at.as_micros();
        query = query
            .filter(pulls::created_at.le(at))
            .filter(pulls::created_at.lt(at).or(pulls::id.lt(Key(cursor.id))));
    }
    query.load(conn)
}

/// The pulls that are not over, the oldest first.
pub(crate) fn running(conn: &mut Conn) -> QueryResult<Vec<PullRow>> {
    pulls::table
        .select(PullRow::as_select())
        .filter(sql::<Bool>(RUNNING))
        .order((pulls::created_at.asc(), pulls::id.asc()))
        .load(conn)
}

pub(crate) fn insert(conn: &mut Conn, row: &PullRow) -> QueryResult<()> {
    diesel::insert_into(pulls::table).values(row).execute(conn).map(drop)
}

/// Changes a pull that is not over; gives whether there was one.
pub(crate) fn advance(conn: &mut Conn, row: &PullRow) -> QueryResult<bool> {
    let running = pulls::table.filter(pulls::id.eq(row.id)).filter(pulls::status.eq("running"));
    diesel::update(running).set(row).execute(conn).map(|rows| rows == 1)
}

/// What was told of the model side last, and the models that were there then: both as JSON.
pub(crate) fn known(conn: &mut Conn) -> QueryResult<Option<(String, String)>> {
    brain_known::table.select((brain_known::state, brain_known::models)).first(conn).optional()
}

pub(crate) fn put_known(conn: &mut Conn, state: &str, models: &str, at: i64) -> QueryResult<()> {
    let values =
        (brain_known::state.eq(state), brain_known::models.eq(models), brain_known::updated_at.eq(at));
    diesel::insert_into(brain_known::table)
        .values((brain_known::one.eq(1), values))
        .on_conflict(brain_known::one)
        .do_update()
        .set(values)
        .execute(conn)
        .map(drop)
}
