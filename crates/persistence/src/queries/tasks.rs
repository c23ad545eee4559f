//! Tasks, and what agents have done.

use super::Conn;
use super::sessions::contains;
use crate::repositories::TaskFilter;
use crate::rows::{TaskRow, rank};
use crate::schema::{messages, tasks};
use crate::types::Key;
use diesel::dsl::{count_star, max, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};
use domain::{TaskCursor, TaskId};

/// The conditions of the partial indexes `tasks_waiting` and `messages_answered`, to the letter.
const PENDING: &str = "status = 'pending'";
const ANSWERED: &str = "status = 'complete' AND speaker_kind = 'agent'";

/// One group of an agent's tasks: the agent, their status, how many, the newest begin and the newest end.
pub(crate) type AgentGroup = (Option<String>, String, i64, Option<i64>, Option<i64>);

/// One group of tasks: status, priority, department, how many, and how long they took in all, in microseconds.
pub(crate) type TaskGroup = (String, i32, Option<String>, i64, Option<i64>);

pub(crate) fn get(conn: &mut Conn, id: TaskId) -> QueryResult<Option<TaskRow>> {
    tasks::table.select(TaskRow::as_select()).filter(tasks::id.eq(Key(id))).get_result(conn).optional()
}

pub(crate) fn list(
    conn: &mut Conn,
    filter: &TaskFilter,
    after: Option<TaskCursor>,
    limit: i64,
) -> QueryResult<Vec<TaskRow>> {
    let mut query = tasks::table
        .select(TaskRow::as_select())
        .order((tasks::created_at.desc(), tasks::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(tasks::status.eq(status.as_str()));
    }
    if let Some(priority) = filter.priority {
        query = query.filter(tasks::priority.eq(rank(priority)));
    }
    if let Some(slug) = &filter.department {
        query = query.filter(tasks::department_id.eq(slug.as_str().to_owned()));
    }
    if let Some(slug) = &filter.agent {
        query = query.filter(tasks::agent_id.eq(slug.as_str().to_owned()));
    }
    if let Some(text) = &filter.text {
        let pattern = contains(text);
        let said = tasks::title.like(pattern.clone()).escape('\\');
        query = query.filter(said.or(tasks::description.like(pattern).escape('\\')));
    }
    if let Some(cursor) = after {
        let at = cursor.created_at.as_micros();
        query = query
            .filter(tasks::created_at.le(at))
            .filter(tasks::created_at.lt(at).or(tasks::id.lt(Key(cursor.id))));
    }
    query.load(conn)
}

/// The task to be begun next: the most urgent, of those the one that is wanted longest; none of these agents'.
pub(crate) fn next_waiting(conn: &mut Conn, without: &[String]) -> QueryResult<Option<TaskRow>> {
    tasks::table
        .select(TaskRow::as_select())
        .filter(sql::<Bool>(PENDING))
        .filter(tasks::requested_at.is_not_null())
        .filter(tasks::agent_id.is_not_null())
        .filter(tasks::agent_id.ne_all(without))
        .order((tasks::priority.desc(), tasks::requested_at.asc(), tasks::id.asc()))
        .first(conn)
        .optional()
}

/// The tasks that are wanted and wait for their turn.
pub(crate) fn wanted(conn: &mut Conn) -> QueryResult<Vec<TaskRow>> {
    tasks::table
        .select(TaskRow::as_select())
        .filter(sql::<Bool>(PENDING))
        .filter(tasks::requested_at.is_not_null())
        .load(conn)
}

/// The tasks that are being worked on, the oldest first.
pub(crate) fn running(conn: &mut Conn) -> QueryResult<Vec<TaskRow>> {
    tasks::table
        .select(TaskRow::as_select())
        .filter(tasks::status.eq("running"))
        .order((tasks::created_at.asc(), tasks::id.asc()))
        .load(conn)
}

/// The tasks of an agent that are not over, the oldest first.
pub(crate) fn open_of(conn: &mut Conn, agent: &str) -> QueryResult<Vec<TaskRow>> {
    tasks::table
        .select(TaskRow::as_select())
        .filter(tasks::agent_id.eq(agent))
        .filter(tasks::status.eq("pending").or(tasks::status.eq("running")))
        .order((tasks::created_at.asc(), tasks::id.asc()))
        .load(conn)
}

pub(crate) fn insert(conn: &mut Conn, row: &TaskRow) -> QueryResult<()> {
    diesel::insert_into(tasks::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update(conn: &mut Conn, row: &TaskRow) -> QueryResult<bool> {
    diesel::update(tasks::table.filter(tasks::id.eq(row.id))).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn delete(conn: &mut Conn, id: TaskId) -> QueryResult<bool> {
    diesel::delete(tasks::table.filter(tasks::id.eq(Key(id)))).execute(conn).map(|rows| rows == 1)
}

/// All tasks, counted by status, priority and department.
pub(crate) fn groups(conn: &mut Conn) -> QueryResult<Vec<TaskGroup>> {
    let took = sql::<Nullable<BigInt>>("CAST(SUM(finished_at - started_at) AS BIGINT)");
    tasks::table
        .group_by((tasks::status, tasks::priority, tasks::department_id))
        .select((tasks::status, tasks::priority, tasks::department_id, count_star(), took))
        .load(conn)
}

/// The tasks of these agents, counted by agent and status.
pub(crate) fn agent_groups(conn: &mut Conn, agents: &[String]) -> QueryResult<Vec<AgentGroup>> {
    tasks::table
        .filter(tasks::agent_id.eq_any(agents))
        .group_by((tasks::agent_id, tasks::status))
        .select((
            tasks::agent_id,
            tasks::status,
            count_star(),
            max(tasks::started_at),
            max(tasks::finished_at),
        ))
        .load(conn)
}

/// How many replies each of these agents has completed.
pub(crate) fn replies(conn: &mut Conn, agents: &[String]) -> QueryResult<Vec<(String, i64)>> {
    messages::table
        .filter(sql::<Bool>(ANSWERED))
        .filter(messages::speaker_id.eq_any(agents))
        .group_by(messages::speaker_id)
        .select((messages::speaker_id, count_star()))
        .load(conn)
}
