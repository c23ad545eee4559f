//! Overrides.

use super::Conn;
use crate::rows::OverrideRow;
use crate::schema::overrides;
use diesel::prelude::*;

pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<OverrideRow>> {
    overrides::table.select(OverrideRow::as_select()).find(key).get_result(conn).optional()
}

pub(crate) fn all(conn: &mut Conn) -> QueryResult<Vec<OverrideRow>> {
    overrides::table.select(OverrideRow::as_select()).order(overrides::key.asc()).load(conn)
}

pub(crate) fn put(conn: &mut Conn, row: &OverrideRow) -> QueryResult<()> {
    diesel::insert_into(overrides::table)
        .values(row)
        .on_conflict(overrides::key)
        .do_update()
        .set(row)
        .execute(conn)
        .map(drop)
}

pub(crate) fn delete(conn: &mut Conn, key: &str) -> QueryResult<bool> {
    diesel::delete(overrides::table.find(key)).execute(conn).map(|rows| rows == 1)
}
