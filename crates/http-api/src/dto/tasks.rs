//! Tasks as they are made, changed, given away and counted.

use crate::extract::{cleared, given};
use company_service::{Assignment, NewTask, TaskEdit, TaskStats};
use domain::view::TaskView;
use domain::{Page, Position, Task, TaskCursor, TaskPriority};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A task to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewTask)]
pub(crate) struct NewTaskBody {
    /// What it is called: 1 to 200 characters on one line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// What is to be done, in more words.
    #[schema(max_length = 20000)]
    description: Option<String>,
    /// Medium unless named.
    priority: Option<TaskPriority>,
    /// The department it is for; its spokesperson does it when no agent is named.
    department_id: Option<String>,
    /// The agent that does it.
    agent_id: Option<String>,
    /// Whether it is to be begun at once.
    start: Option<bool>,
}

impl From<NewTaskBody> for NewTask {
    fn from(body: NewTaskBody) -> Self {
        let NewTaskBody { title, description, priority, department_id, agent_id, start } = body;
        let assignment = Assignment { department_id, agent_id };
        Self { title, description, priority, assignment, start: start.unwrap_or(false) }
    }
}

/// What is to change of a task; what is not named stays.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = TaskEdit)]
#[serde(default)]
pub(crate) struct EditTask {
    /// What it is called: 1 to 200 characters on one line.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    title: Option<String>,
    /// What is to be done, in more words; null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    description: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = TaskPriority)]
    priority: Option<TaskPriority>,
}

impl From<EditTask> for TaskEdit {
    fn from(body: EditTask) -> Self {
        let EditTask { title, description, priority } = body;
        Self { title, description: description.map(Option::unwrap_or_default), priority }
    }
}

/// Whom a task is for: an agent or a department.
#[derive(Deserialize, ToSchema)]
#[schema(as = Assignment)]
pub(crate) struct AssignTask {
    agent_id: Option<String>,
    department_id: Option<String>,
}

impl From<AssignTask> for Assignment {
    fn from(body: AssignTask) -> Self {
        let AssignTask { agent_id, department_id } = body;
        Self { department_id, agent_id }
    }
}

/// A page of tasks, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskList {
    tasks: Vec<TaskView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl TaskList {
    pub(crate) fn new(page: Page<Task, TaskCursor>, as_of: Position) -> Self {
        Self {
            tasks: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}

/// Counts over all tasks.
#[derive(Serialize, ToSchema)]
#[schema(as = TaskStats)]
pub(crate) struct TaskStatsView {
    total: i64,
    /// All statuses are named.
    by_status: BTreeMap<&'static str, i64>,
    /// All priorities are named.
    by_priority: BTreeMap<&'static str, i64>,
    /// Tasks without a department are not among them.
    by_department: BTreeMap<String, i64>,
    /// How long completed ones took on average, in seconds; null before the first.
    average_seconds: Option<f64>,
    /// Completed ones of those that were completed or failed, from 0 to 1; null before the first.
    success_rate: Option<f64>,
}

impl From<TaskStats> for TaskStatsView {
    fn from(stats: TaskStats) -> Self {
        let TaskStats { total, by_status, by_priority, by_department, average_seconds, success_rate } = stats;
        Self {
            total,
            by_status: by_status.into_iter().map(|(status, count)| (status.as_str(), count)).collect(),
            by_priority: by_priority.into_iter().map(|(urgent, count)| (urgent.as_str(), count)).collect(),
            by_department,
            average_seconds,
            success_rate,
        }
    }
}
