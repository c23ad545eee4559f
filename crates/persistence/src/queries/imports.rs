//! Imports.

use super::Conn;
use crate::rows::ImportRow;
use crate::schema::imports;
use crate::types::Key;
use diesel::prelude::*;
use domain::ImportId;

pub(crate) fn get(conn: &mut Conn, id: ImportId) -> QueryResult<Option<ImportRow>> {
    imports::table.select(ImportRow::as_select()).find(Key(id)).get_result(conn).optional()
}

/// Those that are at work, the oldest first.
pub(crate) fn running(conn: &mut Conn) -> QueryResult<Vec<ImportRow>> {
    imports::table
        .select(ImportRow::as_select())
        .filter(imports::status.eq("running"))
        .order(imports::id.asc())
        .load(conn)
}

pub(crate) fn insert(conn: &mut Conn, row: &ImportRow) -> QueryResult<()> {
    diesel::insert_into(imports::table).values(row).execute(conn).map(drop)
}

/// Writes an import that is at work; gives whether there is such a one.
pub(crate) fn update(conn: &mut Conn, row: &ImportRow) -> QueryResult<bool> {
    let running = imports::table.filter(imports::id.eq(row.id)).filter(imports::status.eq("running"));
    diesel::update(running).set(row).execute(conn).map(|rows| rows == 1)
}
