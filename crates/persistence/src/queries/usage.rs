//! What asking models used up.

use super::Conn;
use crate::rows::UsageRow;
use crate::schema::usage_daily;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

statement! {
    /// What is added to a day's sums.
    AddUsage<'a> {
        "INSERT INTO usage_daily (day, model, agent, department, provider, calls, uncounted, prompt_tokens, \
         completion_tokens, took_ms, counted_ms) VALUES (",
            day: i64 => BigInt;
        ", ", model: &'a str => Text;
        ", ", agent: &'a str => Text;
        ", ", department: &'a str => Text;
        ", ", provider: &'a str => Text;
        ", ", calls: i64 => BigInt;
        ", ", uncounted: i64 => BigInt;
        ", ", prompt_tokens: i64 => BigInt;
        ", ", completion_tokens: i64 => BigInt;
        ", ", took_ms: i64 => BigInt;
        ", ", counted_ms: i64 => BigInt;
    } ") ON CONFLICT (day, model, agent, department, provider) DO UPDATE SET calls = usage_daily.calls + excluded.calls, \
       uncounted = usage_daily.uncounted + excluded.uncounted, \
       prompt_tokens = usage_daily.prompt_tokens + excluded.prompt_tokens, \
       completion_tokens = usage_daily.completion_tokens + excluded.completion_tokens, \
       took_ms = usage_daily.took_ms + excluded.took_ms, counted_ms = usage_daily.counted_ms + excluded.counted_ms"
}

pub(crate) fn add(conn: &mut Conn, usage: AddUsage<'_>) -> QueryResult<()> {
    usage.execute(conn).map(drop)
}

/// The sums of the days from the first to the last of two.
pub(crate) fn between(conn: &mut Conn, first: i64, last: i64) -> QueryResult<Vec<UsageRow>> {
    usage_daily::table
        .select(UsageRow::as_select())
        .filter(usage_daily::day.between(first, last))
        .order((usage_daily::day.asc(), usage_daily::model.asc()))
        .load(conn)
}
