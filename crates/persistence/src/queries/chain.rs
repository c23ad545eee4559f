//! The chain of hashes, and the ranges that were removed from the log.

use super::Conn;
use crate::rows::{ChainRow, ChainedRow, GapRow};
use crate::schema::{events, log_chain, log_gaps, log_identity};
use diesel::prelude::*;

pub(crate) fn get(conn: &mut Conn) -> QueryResult<ChainRow> {
    log_chain::table.select(ChainRow::as_select()).get_result(conn)
}

/// The hash of the event at a position: none when there is no such event, or it has none.
pub(crate) fn hash_at(conn: &mut Conn, position: i64) -> QueryResult<Option<Vec<u8>>> {
    let hash: Option<Option<Vec<u8>>> =
        events::table.find(position).select(events::hash).first(conn).optional()?;
    Ok(hash.flatten())
}

/// Writes down how far the log reaches.
pub(crate) fn note(conn: &mut Conn, position: i64, hash: &[u8]) -> QueryResult<()> {
    diesel::update(log_chain::table)
        .set((log_chain::noted.eq(position), log_chain::noted_hash.eq(hash)))
        .execute(conn)
        .map(drop)
}

/// The events after a position as they stand there, oldest first.
pub(crate) fn rows(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<ChainedRow>> {
    events::table
        .select(ChainedRow::as_select())
        .filter(events::position.gt(after))
        .order(events::position.asc())
        .limit(limit)
        .load(conn)
}

/// The removed ranges that end after a position, in their order.
pub(crate) fn gaps(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<GapRow>> {
    log_gaps::table
        .select(GapRow::as_select())
        .filter(log_gaps::last.gt(after))
        .order(log_gaps::last.asc())
        .limit(limit)
        .load(conn)
}

/// The removed ranges that end at one of these positions, or begin at one of those.
pub(crate) fn gaps_beside(conn: &mut Conn, ends: &[i64], begins: &[i64]) -> QueryResult<Vec<GapRow>> {
    let mut found: Vec<GapRow> =
        log_gaps::table.select(GapRow::as_select()).filter(log_gaps::last.eq_any(ends)).load(conn)?;
    let behind: Vec<GapRow> =
        log_gaps::table.select(GapRow::as_select()).filter(log_gaps::first.eq_any(begins)).load(conn)?;
    found.extend(behind);
    Ok(found)
}

pub(crate) fn insert_gaps(conn: &mut Conn, gaps: &[GapRow]) -> QueryResult<()> {
    for gap in gaps {
        diesel::insert_into(log_gaps::table).values(gap).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn delete_gaps(conn: &mut Conn, firsts: &[i64]) -> QueryResult<()> {
    diesel::delete(log_gaps::table.filter(log_gaps::first.eq_any(firsts))).execute(conn).map(drop)
}

/// The positions of a type's events up to a position, oldest first.
pub(crate) fn oldest_of(conn: &mut Conn, event_type: &str, up_to: i64, limit: i64) -> QueryResult<Vec<i64>> {
    events::table
        .select(events::position)
        .filter(events::event_type.eq(event_type))
        .filter(events::position.le(up_to))
        .order(events::position.asc())
        .limit(limit)
        .load(conn)
}

/// Positions and hashes of these events, in order.
pub(crate) fn hashes(conn: &mut Conn, positions: &[i64]) -> QueryResult<Vec<(i64, Option<Vec<u8>>)>> {
    events::table
        .select((events::position, events::hash))
        .filter(events::position.eq_any(positions))
        .order(events::position.asc())
        .load(conn)
}

pub(crate) fn delete_events(conn: &mut Conn, positions: &[i64]) -> QueryResult<usize> {
    diesel::delete(events::table.filter(events::position.eq_any(positions))).execute(conn)
}

/// Keeps what a removal changed: the seal, the count and the floor.
pub(crate) fn removed(conn: &mut Conn, seal: &[u8], removed: i64, floor: i64) -> QueryResult<()> {
    diesel::update(log_chain::table)
        .set((log_chain::seal.eq(seal), log_chain::removed.eq(removed)))
        .execute(conn)?;
    diesel::update(log_identity::table).set(log_identity::floor.eq(floor)).execute(conn).map(drop)
}
