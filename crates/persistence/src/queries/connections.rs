//! Connections, their secrets, and what was said of their tools.

use super::Conn;
use crate::rows::{ConnectionRow, SecretRow, ToolMarkRow};
use crate::schema::{connection_secrets, connection_tools, connections};
use crate::types::Key;
use diesel::prelude::*;
use domain::ConnectionId;

pub(crate) fn get(conn: &mut Conn, id: ConnectionId) -> QueryResult<Option<ConnectionRow>> {
    connections::table
        .select(ConnectionRow::as_select())
        .filter(connections::id.eq(Key(id)))
        .get_result(conn)
        .optional()
}

/// All of them, oldest first: ids rise with time.
pub(crate) fn all(conn: &mut Conn) -> QueryResult<Vec<ConnectionRow>> {
    connections::table.select(ConnectionRow::as_select()).order(connections::id.asc()).load(conn)
}

pub(crate) fn insert(conn: &mut Conn, row: &ConnectionRow) -> QueryResult<()> {
    diesel::insert_into(connections::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update(conn: &mut Conn, row: &ConnectionRow) -> QueryResult<bool> {
    let connection = connections::table.filter(connections::id.eq(row.id));
    diesel::update(connection).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn delete(conn: &mut Conn, id: ConnectionId) -> QueryResult<bool> {
    let connection = connections::table.filter(connections::id.eq(Key(id)));
    diesel::delete(connection).execute(conn).map(|rows| rows == 1)
}

/// What is secret of all connections, without the secrets.
pub(crate) fn fields(conn: &mut Conn) -> QueryResult<Vec<(Key<ConnectionId>, String)>> {
    connection_secrets::table
        .select((connection_secrets::connection_id, connection_secrets::field))
        .order((connection_secrets::connection_id.asc(), connection_secrets::field.asc()))
        .load(conn)
}

pub(crate) fn fields_of(conn: &mut Conn, id: ConnectionId) -> QueryResult<Vec<String>> {
    connection_secrets::table
        .select(connection_secrets::field)
        .filter(connection_secrets::connection_id.eq(Key(id)))
        .order(connection_secrets::field.asc())
        .load(conn)
}

pub(crate) fn secrets_of(conn: &mut Conn, id: ConnectionId) -> QueryResult<Vec<SecretRow>> {
    connection_secrets::table
        .select(SecretRow::as_select())
        .filter(connection_secrets::connection_id.eq(Key(id)))
        .order(connection_secrets::field.asc())
        .load(conn)
}

pub(crate) fn secrets(conn: &mut Conn) -> QueryResult<Vec<SecretRow>> {
    connection_secrets::table
        .select(SecretRow::as_select())
        .order((connection_secrets::connection_id.asc(), connection_secrets::field.asc()))
        .load(conn)
}

/// How many secrets are sealed with each key.
pub(crate) fn count_sealed(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    connection_secrets::table
        .group_by(connection_secrets::key_id)
        .select((connection_secrets::key_id, diesel::dsl::count_star()))
        .order(connection_secrets::key_id.asc())
        .load(conn)
}

pub(crate) fn put_secret(conn: &mut Conn, row: &SecretRow) -> QueryResult<()> {
    diesel::insert_into(connection_secrets::table)
        .values(row)
        .on_conflict((connection_secrets::connection_id, connection_secrets::field))
        .do_update()
        .set(row)
        .execute(conn)
        .map(drop)
}

/// Removes the secrets of a connection that are none of these.
pub(crate) fn keep_secrets(conn: &mut Conn, id: ConnectionId, fields: &[String]) -> QueryResult<()> {
    let others = connection_secrets::table
        .filter(connection_secrets::connection_id.eq(Key(id)))
        .filter(connection_secrets::field.ne_all(fields));
    diesel::delete(others).execute(conn).map(drop)
}

pub(crate) fn marks(conn: &mut Conn) -> QueryResult<Vec<ToolMarkRow>> {
    connection_tools::table.select(ToolMarkRow::as_select()).load(conn)
}

pub(crate) fn mark(conn: &mut Conn, id: ConnectionId, tool: &str) -> QueryResult<Option<ToolMarkRow>> {
    connection_tools::table
        .select(ToolMarkRow::as_select())
        .filter(connection_tools::connection_id.eq(Key(id)))
        .filter(connection_tools::tool.eq(tool))
        .get_result(conn)
        .optional()
}

/// How many tools of a connection were marked.
pub(crate) fn count_marks(conn: &mut Conn, id: ConnectionId) -> QueryResult<i64> {
    connection_tools::table.filter(connection_tools::connection_id.eq(Key(id))).count().get_result(conn)
}

pub(crate) fn put_mark(conn: &mut Conn, row: &ToolMarkRow) -> QueryResult<()> {
    diesel::insert_into(connection_tools::table)
        .values(row)
        .on_conflict((connection_tools::connection_id, connection_tools::tool))
        .do_update()
        .set(row)
        .execute(conn)
        .map(drop)
}
