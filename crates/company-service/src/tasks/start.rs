//! Tasks started and cancelled.

use super::existing;
use super::work::message_id;
use crate::{Company, CompanyError};
use chat_service::{Change, ReadTx, TaskWrite, WriteTx, can_answer, spokesperson};
use domain::{Actor, Agent, DepartmentStatus, Slug, Task, TaskId, TaskRun, TaskStatus, Timestamp};

/// What a task says that waits for the brain.
pub(super) const OFFLINE: &str =
    "The brain is offline. The task is kept, and its agent begins by itself when the brain is back.";

impl Company {
    /// Has a task done: it is begun as soon as a place is free, its agent can work and the brain is there. One that failed
    /// or was cancelled is begun anew. Asking again for one that waits changes nothing.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is being worked on or done, or nobody is there to do
    /// it; [`ChatError::Spent`](chat_service::ChatError::Spent).
    pub async fn start_task(&self, id: TaskId) -> Result<Task, CompanyError> {
        let (offline, rules) = (self.offline(), self.chat.rules());
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let task = existing(tx, id)?;
            let conflict =
                |what: &str| Err(CompanyError::Conflict { detail: format!("task {id} is {what}") });
            let task = match task.status {
                TaskStatus::Running => return conflict("being worked on"),
                TaskStatus::Completed => return conflict("done"),
                TaskStatus::Pending if task.is_wanted() && task.agent_id.is_some() => return Ok(task),
                TaskStatus::Pending => task,
                TaskStatus::Failed | TaskStatus::Cancelled => task.anew(),
            };
            rules.within_budget()?;
            let task = queue(tx, task, offline, change.at)?;
            let task = Task { updated_at: change.at, ..task };
            tx.tasks_mut().write(&task, TaskWrite::Updated, &change)?;
            Ok(task)
        };
        let company = self.clone();
        let start = async move {
            let task = company.store().write(write).await?;
            company.tasks.wake();
            Ok(task)
        };
        self.to_its_end(start).await
    }

    /// Ends a task, and its generation here and at the model server. What was written so far stays in its session.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is over.
    pub async fn cancel_task(&self, id: TaskId) -> Result<Task, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let task = existing(tx, id)?;
            cancel(tx, task, &change)
        };
        let company = self.clone();
        let end = async move {
            let task = company.store().write(write).await?;
            company.abandon(&task).await;
            Ok(task)
        };
        self.to_its_end(end).await
    }

    /// Nobody is to work on this run any more: ends the work, and the reply that waits for the brain.
    pub(crate) async fn abandon(&self, task: &Task) {
        self.tasks.end(task.id).await;
        if task.run.session_id.is_none() {
            return;
        }
        let asked = message_id(task, task.run.turns_done.saturating_add(1));
        let read = move |tx: &mut ReadTx<'_>| Ok::<_, CompanyError>(tx.messages().turn_of(&asked)?);
        if let Ok(Some((_, Some(reply)))) = self.store().read(read).await
            && reply.state.is_open()
        {
            // That it has ended meanwhile is as good.
            self.chat.stop(reply.id).await.ok();
        }
    }

    /// Whether the probe found the brain away.
    pub(super) fn offline(&self) -> bool {
        let brain = self.chat.watch_brain();
        let brain = brain.borrow();
        brain.probed && !brain.connected
    }
}

/// The task, wanted from now on, with the agent that does it; it says so when that has to wait.
pub(super) fn queue(
    tx: &mut WriteTx<'_>,
    task: Task,
    offline: bool,
    now: Timestamp,
) -> Result<Task, CompanyError> {
    let agent = doer(tx, &task)?;
    let error = match refusal(tx, &agent)? {
        Some(reason) => Some(reason),
        None => offline.then(|| OFFLINE.to_owned()),
    };
    let run = TaskRun { requested_at: Some(now), ..task.run };
    let department_id = task.department_id.or_else(|| Some(agent.department_id.clone()));
    Ok(Task { agent_id: Some(agent.slug), department_id, run, error, ..task })
}

/// Who does a task: its agent, or the one that answers for its department.
fn doer(tx: &mut WriteTx<'_>, task: &Task) -> Result<Agent, CompanyError> {
    let conflict = |detail: String| CompanyError::Conflict { detail };
    if let Some(slug) = &task.agent_id {
        return tx.agents().get(slug)?.ok_or_else(|| conflict(format!("there is no agent {slug:?}")));
    }
    let slug = task.department_id.as_ref().ok_or_else(|| {
        conflict("nobody is to do this task: assign it to an agent or a department".to_owned())
    })?;
    let department =
        tx.departments().get(slug)?.ok_or_else(|| conflict(format!("there is no department {slug:?}")))?;
    let agents = tx.agents().of(slug)?;
    let agent = spokesperson(&department, &agents).cloned();
    agent.ok_or_else(|| conflict(format!("no agent of {} can do it", department.name)))
}

/// Why an agent cannot begin now.
pub(super) fn refusal(tx: &mut ReadTx<'_>, agent: &Agent) -> Result<Option<String>, CompanyError> {
    if !can_answer(agent) {
        return Ok(Some(format!("{} is {}", agent.name, agent.status)));
    }
    let department = tx.departments().get(&agent.department_id)?;
    let closed = department.filter(|department| department.status == DepartmentStatus::Disabled);
    Ok(closed.map(|department| format!("{} is disabled", department.name)))
}

/// An agent is leaving: its open tasks stay, pending and without an agent, and those that were started begin with the next
/// one. Gives them as they were.
pub(crate) fn leave_open(
    tx: &mut WriteTx<'_>,
    agent: &Slug,
    change: &Change,
) -> Result<Vec<Task>, CompanyError> {
    let open = tx.tasks().open_of(agent)?;
    for task in &open {
        let requested_at = task.run.requested_at;
        let error = requested_at
            .map(|_| format!("{agent}, who was to do it, was deleted: assign it to somebody else"));
        let mut left = Task { agent_id: None, error, updated_at: change.at, ..task.clone().anew() };
        left.run.requested_at = requested_at;
        tx.tasks_mut().write(&left, TaskWrite::Updated, change)?;
    }
    Ok(open)
}

/// Cancels a task, unless it is over.
pub(crate) fn cancel(tx: &mut WriteTx<'_>, task: Task, change: &Change) -> Result<Task, CompanyError> {
    let status = task
        .status
        .become_status(TaskStatus::Cancelled)
        .map_err(|_| CompanyError::Conflict { detail: format!("task {} is {}", task.id, task.status) })?;
    let run = TaskRun { requested_at: None, finished_at: Some(change.at), ..task.run.clone() };
    let task = Task { status, run, error: None, updated_at: change.at, ..task };
    tx.tasks_mut().write(&task, TaskWrite::Over, change)?;
    Ok(task)
}
