//! Tasks.

use super::{Change, rows_for};
use crate::rows::{TaskRow, priority};
use crate::sqlite::queries::tasks as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Event, Limit, Page, Slug, Task, TaskCursor, TaskDeleted, TaskId, TaskPriority, TaskStatus, Timestamp,
};
use std::collections::HashMap;

/// Which tasks a list holds; what is not named admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// With this status.
    pub status: Option<TaskStatus>,
    /// With this priority.
    pub priority: Option<TaskPriority>,
    /// For this department.
    pub department: Option<Slug>,
    /// Of this agent.
    pub agent: Option<Slug>,
    /// With this text in the title or the description.
    pub text: Option<String>,
}

/// How many tasks have one status, priority and department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTally {
    /// The status.
    pub status: TaskStatus,
    /// The priority.
    pub priority: TaskPriority,
    /// The department; none where there is none.
    pub department_id: Option<String>,
    /// How many.
    pub count: i64,
    /// How long those of them that began and ended took in all, in microseconds.
    pub took_micros: i64,
}

/// What an agent has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentTally {
    /// Tasks it completed.
    pub completed: i64,
    /// Tasks that failed.
    pub failed: i64,
    /// When it last began or ended a task.
    pub last_task_at: Option<Timestamp>,
    /// Replies it completed.
    pub replies: i64,
}

/// How a stored task changes, as its event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskWrite {
    /// By hand, because it begins, or because it has to wait.
    Updated,
    /// A turn was finished.
    Progress,
    /// It is over: completed, failed or cancelled, as its status says.
    Over,
}

/// Tasks, for reading.
#[derive(Debug)]
pub struct Tasks<'t, 'c>(&'t mut ReadTx<'c>);

/// Tasks, for changing.
#[derive(Debug)]
pub struct TasksMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Tasks.
    pub fn tasks(&mut self) -> Tasks<'_, 'c> {
        Tasks(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Tasks, for changing.
    pub fn tasks_mut(&mut self) -> TasksMut<'_, 'c> {
        TasksMut(self)
    }
}

fn all(rows: Vec<TaskRow>) -> Result<Vec<Task>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

impl Tasks<'_, '_> {
    /// The task.
    pub fn get(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        queries::get(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// A page of tasks, the newest first.
    pub fn list(
        &mut self,
        filter: &TaskFilter,
        after: Option<TaskCursor>,
        limit: Limit,
    ) -> Result<Page<Task, TaskCursor>, StoreError> {
        let tasks = all(queries::list(self.0.conn, filter, after, rows_for(limit))?)?;
        Ok(Page::from_rows(tasks, limit, |last| TaskCursor { created_at: last.created_at, id: last.id }))
    }

    /// The task to be begun next: the most urgent of those that are wanted and pending, and of these the one that is
    /// wanted longest. Tasks of the agents named in `without` are passed over, and those without an agent.
    pub fn next_waiting(&mut self, without: &[String]) -> Result<Option<Task>, StoreError> {
        queries::next_waiting(self.0.conn, without)?.map(TryInto::try_into).transpose()
    }

    /// The tasks that are wanted and wait for their turn.
    pub fn wanted(&mut self) -> Result<Vec<Task>, StoreError> {
        all(queries::wanted(self.0.conn)?)
    }

    /// The tasks that are being worked on, the oldest first.
    pub fn running(&mut self) -> Result<Vec<Task>, StoreError> {
        all(queries::running(self.0.conn)?)
    }

    /// The tasks of an agent that are not over, the oldest first.
    pub fn open_of(&mut self, agent: &Slug) -> Result<Vec<Task>, StoreError> {
        all(queries::open_of(self.0.conn, agent.as_str())?)
    }

    /// All tasks, counted by status, priority and department.
    pub fn tallies(&mut self) -> Result<Vec<TaskTally>, StoreError> {
        let tally = |(status, rank, department_id, count, took): queries::TaskGroup| {
            let Some(known) = TaskStatus::from_word(&status) else {
                return Err(StoreError::Corrupt { what: "task status", value: status });
            };
            let took_micros = took.unwrap_or(0);
            Ok(TaskTally { status: known, priority: priority(rank)?, department_id, count, took_micros })
        };
        queries::groups(self.0.conn)?.into_iter().map(tally).collect()
    }

    /// What these agents have done; one that has done nothing is left out.
    pub fn done_by(&mut self, agents: &[String]) -> Result<HashMap<String, AgentTally>, StoreError> {
        let mut tallies: HashMap<String, AgentTally> = HashMap::new();
        for (agent, status, count, started, finished) in queries::agent_groups(self.0.conn, agents)? {
            let Some(agent) = agent else { continue };
            let tally = tallies.entry(agent).or_default();
            match TaskStatus::from_word(&status) {
                Some(TaskStatus::Completed) => tally.completed += count,
                Some(TaskStatus::Failed) => tally.failed += count,
                _ => {}
            }
            tally.last_task_at = tally.last_task_at.max(started.max(finished).map(Timestamp::from_micros));
        }
        for (agent, count) in queries::replies(self.0.conn, agents)? {
            tallies.entry(agent).or_default().replies = count;
        }
        Ok(tallies)
    }
}

impl TasksMut<'_, '_> {
    /// Stores a new task.
    pub fn create(&mut self, task: &Task, change: &Change) -> Result<(), StoreError> {
        queries::insert(self.0.conn(), &TaskRow::from(task))?;
        self.record(task, change, Event::TaskCreated(task.clone().into()));
        Ok(())
    }

    /// Stores a changed task; gives whether there is one.
    pub fn write(&mut self, task: &Task, how: TaskWrite, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update(self.0.conn(), &TaskRow::from(task))?;
        if found {
            let view = task.clone().into();
            let event = match (how, task.status) {
                (TaskWrite::Progress, _) => Event::TaskProgress(view),
                (TaskWrite::Over, TaskStatus::Completed) => Event::TaskCompleted(view),
                (TaskWrite::Over, TaskStatus::Failed) => Event::TaskFailed(view),
                (TaskWrite::Over, TaskStatus::Cancelled) => Event::TaskCancelled(view),
                _ => Event::TaskUpdated(view),
            };
            self.record(task, change, event);
        }
        Ok(found)
    }

    /// Removes a task; its session stays. Gives whether there was one.
    pub fn delete(&mut self, task: &Task, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete(self.0.conn(), task.id)?;
        if found {
            self.record(task, change, Event::TaskDeleted(TaskDeleted { task_id: task.id }));
        }
        Ok(found)
    }

    fn record(&mut self, task: &Task, change: &Change, event: Event) {
        self.0.record(change.draft(event, task.department_id.clone()));
    }
}
