//! Settings.

use super::Conn;
use crate::schema::settings;
use diesel::prelude::*;

pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<String>> {
    settings::table.select(settings::value).find(key).get_result(conn).optional()
}

pub(crate) fn all(conn: &mut Conn) -> QueryResult<Vec<(String, String)>> {
    settings::table.select((settings::key, settings::value)).order(settings::key.asc()).load(conn)
}

pub(crate) fn put(conn: &mut Conn, key: &str, value: &str, at: i64) -> QueryResult<()> {
    let values = (settings::value.eq(value), settings::updated_at.eq(at));
    diesel::insert_into(settings::table)
        .values((settings::key.eq(key), values))
        .on_conflict(settings::key)
        .do_update()
        .set(values)
        .execute(conn)
        .map(drop)
}
