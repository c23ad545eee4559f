//! The wire form of a task.

use crate::{SessionId, Slug, Task, TaskId, TaskPriority, TaskStatus, Timestamp};
use serde::{Deserialize, Serialize};

/// A task on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Task))]
pub struct TaskView {
    /// Its id.
    pub task_id: TaskId,
    /// What it is called.
    pub title: String,
    /// What is to be done, in more words.
    pub description: String,
    /// Where in its life it is.
    pub status: TaskStatus,
    /// How urgent it is.
    pub priority: TaskPriority,
    /// Finished turns of all turns, from 0 to 1.
    pub progress: f64,
    /// The department it is for.
    pub department_id: Option<Slug>,
    /// The agent that does it.
    pub agent_id: Option<Slug>,
    /// The session it is worked in.
    pub session_id: Option<SessionId>,
    /// What came out of it.
    pub result: Option<String>,
    /// Why it failed, or why it waits.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its agent began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        Self {
            task_id: task.id,
            title: task.title,
            description: task.description,
            status: task.status,
            priority: task.priority,
            progress: task.run.progress(),
            department_id: task.department_id,
            agent_id: task.agent_id,
            session_id: task.run.session_id,
            result: task.result,
            error: task.error,
            created_at: task.created_at,
            started_at: task.run.started_at,
            finished_at: task.run.finished_at,
        }
    }
}
