//! Tasks: work that agents really do.

mod edit;
mod places;
mod plan;
mod runner;
mod start;
mod work;

pub use edit::{Assignment, NewTask, TaskEdit};
pub use places::TaskLimits;

pub(crate) use places::Places;
pub(crate) use start::{cancel, leave_open};

use crate::{Company, CompanyError, Listed};
use chat_service::{ReadTx, TaskFilter, WriteTx};
use domain::{Limit, Task, TaskCursor, TaskId, TaskPriority, TaskStatus};
use std::collections::BTreeMap;

/// Counts over all tasks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskStats {
    /// All of them.
    pub total: i64,
    /// By status, all named.
    pub by_status: BTreeMap<TaskStatus, i64>,
    /// By priority, all named.
    pub by_priority: BTreeMap<TaskPriority, i64>,
    /// By department; those without one are not among them.
    pub by_department: BTreeMap<String, i64>,
    /// How long completed ones took on average, in seconds; none before the first.
    pub average_seconds: Option<f64>,
    /// Completed ones of those that were completed or failed, from 0 to 1; none before the first.
    pub success_rate: Option<f64>,
}

impl Company {
    /// A page of tasks, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tasks(
        &self,
        filter: TaskFilter,
        after: Option<TaskCursor>,
        limit: Limit,
    ) -> Result<Listed<Task, TaskCursor>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| tx.tasks().list(&filter, after, limit);
        Ok(Listed { page: self.store().read(read).await?, as_of })
    }

    /// A task.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn task(&self, id: TaskId) -> Result<Task, CompanyError> {
        let read =
            move |tx: &mut ReadTx<'_>| tx.tasks().get(id)?.ok_or_else(|| CompanyError::not_found("task", id));
        self.store().read(read).await
    }

    /// Counts over all tasks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn task_stats(&self) -> Result<TaskStats, CompanyError> {
        let tallies = self.store().read(|tx| Ok::<_, CompanyError>(tx.tasks().tallies()?)).await?;
        let mut stats = TaskStats {
            by_status: TaskStatus::ALL.iter().map(|status| (*status, 0)).collect(),
            by_priority: TaskPriority::ALL.iter().map(|priority| (*priority, 0)).collect(),
            ..TaskStats::default()
        };
        let (mut completed, mut failed, mut took) = (0, 0, 0);
        for tally in tallies {
            stats.total += tally.count;
            *stats.by_status.entry(tally.status).or_default() += tally.count;
            *stats.by_priority.entry(tally.priority).or_default() += tally.count;
            if let Some(department) = tally.department_id {
                *stats.by_department.entry(department).or_default() += tally.count;
            }
            match tally.status {
                TaskStatus::Completed => {
                    completed += tally.count;
                    took += tally.took_micros;
                }
                TaskStatus::Failed => failed += tally.count,
                _ => {}
            }
        }
        stats.average_seconds = share(took, completed).map(|micros| micros / 1_000_000.0);
        stats.success_rate = share(completed, completed + failed);
        Ok(stats)
    }
}

/// A part of a whole; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53")]
pub(crate) fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn existing(tx: &mut WriteTx<'_>, id: TaskId) -> Result<Task, CompanyError> {
    tx.tasks().get(id)?.ok_or_else(|| CompanyError::not_found("task", id))
}
