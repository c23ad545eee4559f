//! Tasks.

use super::{slug, word};
use crate::StoreError;
use crate::schema::tasks;
use crate::types::Key;
use diesel::prelude::*;
use domain::{SessionId, Task, TaskId, TaskPriority, TaskRun, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
pub(crate) struct TaskRow {
    pub(crate) id: Key<TaskId>,
    title: String,
    description: String,
    status: String,
    priority: i32,
    department_id: Option<String>,
    agent_id: Option<String>,
    run: i32,
    session_id: Option<Key<SessionId>>,
    requested_at: Option<i64>,
    turns_done: i32,
    turns: i32,
    result: Option<String>,
    error: Option<String>,
    created_at: i64,
    updated_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

/// A priority as a number that sorts.
pub(crate) const fn rank(priority: TaskPriority) -> i32 {
    match priority {
        TaskPriority::Low => 0,
        TaskPriority::Medium => 1,
        TaskPriority::High => 2,
        TaskPriority::Urgent => 3,
    }
}

/// The priority of a number.
pub(crate) fn priority(stored: i32) -> Result<TaskPriority, StoreError> {
    let found = TaskPriority::ALL.iter().copied().find(|priority| rank(*priority) == stored);
    found.ok_or_else(|| StoreError::Corrupt { what: "task priority", value: stored.to_string() })
}

impl From<&Task> for TaskRow {
    fn from(task: &Task) -> Self {
        let run = &task.run;
        Self {
            id: Key(task.id),
            title: task.title.clone(),
            description: task.description.clone(),
            status: task.status.as_str().to_owned(),
            priority: rank(task.priority),
            department_id: task.department_id.as_ref().map(ToString::to_string),
            agent_id: task.agent_id.as_ref().map(ToString::to_string),
            run: run.number,
            session_id: run.session_id.map(Key),
            requested_at: run.requested_at.map(Timestamp::as_micros),
            turns_done: run.turns_done,
            turns: run.turns,
            result: task.result.clone(),
            error: task.error.clone(),
            created_at: task.created_at.as_micros(),
            updated_at: task.updated_at.as_micros(),
            started_at: run.started_at.map(Timestamp::as_micros),
            finished_at: run.finished_at.map(Timestamp::as_micros),
        }
    }
}

impl TryFrom<TaskRow> for Task {
    type Error = StoreError;
    fn try_from(row: TaskRow) -> Result<Self, StoreError> {
        let run = TaskRun {
            number: row.run,
            session_id: row.session_id.map(|id| id.0),
            requested_at: row.requested_at.map(Timestamp::from_micros),
            turns_done: row.turns_done,
            turns: row.turns,
            started_at: row.started_at.map(Timestamp::from_micros),
            finished_at: row.finished_at.map(Timestamp::from_micros),
        };
        Ok(Self {
            id: row.id.0,
            title: row.title,
            description: row.description,
            status: word("task status", &row.status)?,
            priority: priority(row.priority)?,
            department_id: row.department_id.as_deref().map(slug).transpose()?,
            agent_id: row.agent_id.as_deref().map(slug).transpose()?,
            run,
            result: row.result,
            error: row.error,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}
