//! The wire form of what an agent does and has done.

use crate::{AgentStatus, Slug, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What an agent does and has done, from its tasks and its replies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Activity))]
pub struct ActivityView {
    /// The agent.
    pub agent_id: Slug,
    /// The name people see.
    pub agent_name: String,
    /// Its department.
    pub department_id: Slug,
    /// What it is doing.
    pub status: AgentStatus,
    /// The task it is at work on.
    pub current_task: Option<CurrentTaskView>,
    /// When it last answered, or began or ended a task.
    pub last_activity: Option<Timestamp>,
    /// What it has done.
    pub metrics: ActivityMetrics,
}

/// A task that an agent is at work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CurrentTask))]
pub struct CurrentTaskView {
    /// Its id.
    pub task_id: TaskId,
    /// What it is called.
    pub title: String,
    /// Finished turns of all turns, from 0 to 1.
    pub progress: f64,
    /// When the agent began.
    pub started_at: Option<Timestamp>,
}

/// What an agent has done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityMetrics {
    /// Tasks it completed.
    pub tasks_completed: i64,
    /// Tasks that failed.
    pub tasks_failed: i64,
    /// Completed ones of those that were completed or failed, from 0 to 1; null before the first.
    pub success_rate: Option<f64>,
    /// Replies it completed, its turns in tasks included.
    pub replies: i64,
}
