//! The file behind the store's back, for what only a stranger does to it.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use std::path::Path;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Operation {
    #[diesel(sql_type = Text)]
    opcode: String,
}

pub(crate) fn connect(path: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout=5000").unwrap();
    conn
}

pub(crate) fn run(path: &Path, sql: &str) {
    connect(path).batch_execute(sql).unwrap();
}

/// The number that a query names `number`.
pub(crate) fn number(path: &Path, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Number>(&mut connect(path)).unwrap().number
}

/// How SQLite would go about a query.
pub(crate) fn plan(path: &Path, sql: &str) -> Vec<String> {
    let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(&mut connect(path));
    steps.unwrap().into_iter().map(|step| step.detail).collect()
}

/// What SQLite would do for a statement, operation by operation.
pub(crate) fn opcodes(path: &Path, sql: &str) -> Vec<String> {
    let operations = diesel::sql_query(format!("EXPLAIN {sql}")).load::<Operation>(&mut connect(path));
    operations.unwrap().into_iter().map(|operation| operation.opcode).collect()
}
