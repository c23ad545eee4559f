//! The book of idempotency keys.

use super::Conn;
use crate::rows::IdempotencyRow;
use crate::schema::idempotency_keys as keys;
use diesel::prelude::*;

pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<IdempotencyRow>> {
    keys::table.select(IdempotencyRow::as_select()).find(key).get_result(conn).optional()
}

pub(crate) fn insert(conn: &mut Conn, row: &IdempotencyRow) -> QueryResult<()> {
    diesel::insert_into(keys::table).values(row).execute(conn).map(drop)
}

pub(crate) fn answer(
    conn: &mut Conn,
    key: &str,
    status: i32,
    content_type: &str,
    body: &str,
) -> QueryResult<()> {
    diesel::update(keys::table.find(key))
        .set((keys::status.eq(status), keys::content_type.eq(content_type), keys::body.eq(body)))
        .execute(conn)
        .map(drop)
}

pub(crate) fn delete(conn: &mut Conn, key: &str) -> QueryResult<()> {
    diesel::delete(keys::table.find(key)).execute(conn).map(drop)
}

pub(crate) fn delete_older(conn: &mut Conn, than: i64) -> QueryResult<()> {
    diesel::delete(keys::table.filter(keys::created_at.lt(than))).execute(conn).map(drop)
}
