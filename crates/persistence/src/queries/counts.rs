//! Counts for the Founder's overview.

use super::Conn;
use super::messages::OPEN;
use crate::schema::{agents, connections, debates, departments, messages, sessions, tasks};
use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// The stored status of every agent.
pub(crate) fn agent_statuses(conn: &mut Conn) -> QueryResult<Vec<(String, String)>> {
    agents::table.select((agents::slug, agents::status)).order(agents::slug.asc()).load(conn)
}

pub(crate) fn departments(conn: &mut Conn) -> QueryResult<i64> {
    departments::table.count().get_result(conn)
}

/// How many replies of sessions outside the trash have each status.
pub(crate) fn replies_by_status(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    messages::table
        .inner_join(sessions::table)
        .filter(messages::role.eq("assistant"))
        .filter(messages::parent_id.is_not_null())
        .filter(sessions::deleted_at.is_null())
        .group_by(messages::status)
        .select((messages::status, diesel::dsl::count_star()))
        .order(messages::status.asc())
        .load(conn)
}

/// How many replies of sessions outside the trash have each status that is not their last.
pub(crate) fn open_replies_by_status(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    messages::table
        .inner_join(sessions::table)
        .filter(sql::<Bool>(OPEN))
        .filter(messages::role.eq("assistant"))
        .filter(messages::parent_id.is_not_null())
        .filter(sessions::deleted_at.is_null())
        .group_by(messages::status)
        .select((messages::status, diesel::dsl::count_star()))
        .load(conn)
}

/// The number of the newest message: there are at most so many.
pub(crate) fn newest_message(conn: &mut Conn) -> QueryResult<Option<i64>> {
    messages::table.select(max(messages::n)).get_result(conn)
}

/// How many tasks have each status.
pub(crate) fn tasks_by_status(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    tasks::table.group_by(tasks::status).select((tasks::status, diesel::dsl::count_star())).load(conn)
}

/// How many debates have each status.
pub(crate) fn debates_by_status(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    debates::table.group_by(debates::status).select((debates::status, diesel::dsl::count_star())).load(conn)
}

/// How many connections have each status.
pub(crate) fn connections_by_status(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    connections::table
        .group_by(connections::status)
        .select((connections::status, diesel::dsl::count_star()))
        .load(conn)
}
