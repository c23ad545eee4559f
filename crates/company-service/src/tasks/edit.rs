//! Tasks made, changed, given to somebody, deleted.

use super::existing;
use super::start::queue;
use crate::{Company, CompanyError, fields};
use chat_service::{Change, TaskWrite, WriteTx};
use domain::{Actor, Slug, Task, TaskId, TaskPriority, TaskRun, TaskStatus, Title};

/// The most characters of what is to be done.
const DESCRIPTION: usize = 20_000;

/// A task to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTask {
    /// What it is called, on one line.
    pub title: String,
    /// What is to be done, in more words.
    pub description: Option<String>,
    /// How urgent it is; none is medium.
    pub priority: Option<TaskPriority>,
    /// Whom it is for.
    pub assignment: Assignment,
    /// Whether it is to be begun at once.
    pub start: bool,
}

/// Whom a task is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The department; its spokesperson does it when no agent is named.
    pub department_id: Option<String>,
    /// The agent; of that department, if one is named.
    pub agent_id: Option<String>,
}

/// A checked task, ready to be written as often as need be.
pub(crate) struct TaskDraft {
    task: Task,
    assignment: Assignment,
    start: bool,
    offline: bool,
}

/// What is to be changed of a task; none leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskEdit {
    /// What it is called, on one line.
    pub title: Option<String>,
    /// What is to be done, in more words.
    pub description: Option<String>,
    /// How urgent it is.
    pub priority: Option<TaskPriority>,
}

impl Company {
    /// Makes a task, and starts it if that is wanted.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the department or agent; [`CompanyError::Unprocessable`] for a value that cannot be;
    /// [`CompanyError::Conflict`] when it is to start and nobody is there to do it;
    /// [`ChatError::Spent`](chat_service::ChatError::Spent) when it is to start and a budget is spent.
    pub async fn create_task(&self, new: NewTask) -> Result<Task, CompanyError> {
        let change = self.change(Actor::Founder);
        let draft = self.draft_task(new, &change)?;
        let company = self.clone();
        let create = async move {
            let task = company.store().write(move |tx: &mut WriteTx<'_>| draft.write(tx, &change)).await?;
            company.tasks.wake();
            Ok(task)
        };
        self.to_its_end(create).await
    }

    /// The same, checked and with its id, to be written beside something else. Who wrote one that is to start wakes the runner.
    pub(crate) fn draft_task(&self, new: NewTask, change: &Change) -> Result<TaskDraft, CompanyError> {
        let task = Task {
            id: TaskId::new(self.chat.ids().next_id()),
            title: fields::line("title", &new.title, Title::MAX_CHARS)?,
            description: fields::text("description", &new.description.unwrap_or_default(), DESCRIPTION)?,
            status: TaskStatus::Pending,
            priority: new.priority.unwrap_or(TaskPriority::Medium),
            department_id: None,
            agent_id: None,
            run: TaskRun::new(1),
            result: None,
            error: None,
            created_at: change.at,
            updated_at: change.at,
        };
        if new.start {
            self.chat.rules().within_budget()?;
        }
        Ok(TaskDraft { task, assignment: new.assignment, start: new.start, offline: self.offline() })
    }

    /// Changes a task that is not being worked on. What changes nothing writes nothing. One that has begun and waits is
    /// begun anew with its new text.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Unprocessable`] for a value that cannot be; [`CompanyError::Conflict`]
    /// while its agent works on it.
    pub async fn edit_task(&self, id: TaskId, edit: TaskEdit) -> Result<Task, CompanyError> {
        let title = edit.title.map(|title| fields::line("title", &title, Title::MAX_CHARS)).transpose()?;
        let description =
            edit.description.map(|text| fields::text("description", &text, DESCRIPTION)).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = at_rest(tx, id)?;
            let mut task = before.clone();
            task.title = title.clone().unwrap_or(task.title);
            task.description = description.clone().unwrap_or(task.description);
            task.priority = edit.priority.unwrap_or(task.priority);
            if (&task.title, &task.description) != (&before.title, &before.description) {
                task = told_anew(task);
            }
            if task != before {
                task.updated_at = change.at;
                tx.tasks_mut().write(&task, TaskWrite::Updated, &change)?;
            }
            Ok::<_, CompanyError>((before, task))
        };
        self.replaced_by(write).await
    }

    /// Gives a task that is not being worked on to an agent or a department. One that has been started is begun, or begun anew,
    /// by whoever does it now.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`], also for the department or agent; [`CompanyError::Invalid`] when neither is named;
    /// [`CompanyError::Conflict`] while its agent works on it, when it is done, or when nobody of the department can do it.
    pub async fn assign_task(&self, id: TaskId, to: Assignment) -> Result<Task, CompanyError> {
        if to == Assignment::default() {
            let detail = "is missing: name an agent or a department".to_owned();
            return Err(CompanyError::Invalid { field: "agent_id", detail });
        }
        let offline = self.offline();
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = at_rest(tx, id)?;
            if before.status == TaskStatus::Completed {
                return Err(CompanyError::Conflict { detail: format!("task {id} is done") });
            }
            let mut task = before.clone();
            (task.department_id, task.agent_id) = to.find(tx)?;
            if (&task.agent_id, &task.department_id) != (&before.agent_id, &before.department_id) {
                task = told_anew(task);
                match (task.status, task.run.requested_at) {
                    (TaskStatus::Pending, Some(since)) => task = queue(tx, task, offline, since)?,
                    // Why it waited was the business of whoever had it.
                    (TaskStatus::Pending, None) => task.error = None,
                    _ => {}
                }
            }
            if task != before {
                task.updated_at = change.at;
                tx.tasks_mut().write(&task, TaskWrite::Updated, &change)?;
            }
            Ok((before, task))
        };
        self.replaced_by(write).await
    }

    /// Removes a task that is not being worked on. Its session stays.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] while its agent works on it.
    pub async fn delete_task(&self, id: TaskId) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let task = at_rest(tx, id)?;
            tx.tasks_mut().delete(&task, &change)?;
            Ok::<_, CompanyError>(task)
        };
        let company = self.clone();
        let delete = async move {
            let task = company.store().write(write).await?;
            company.abandon(&task).await;
            Ok(())
        };
        self.to_its_end(delete).await
    }

    /// Writes a change of a task, before and after: what was asked for its old run is asked no more.
    async fn replaced_by(
        &self,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<(Task, Task), CompanyError> + Send + 'static,
    ) -> Result<Task, CompanyError> {
        let company = self.clone();
        let replace = async move {
            let (before, task) = company.store().write(write).await?;
            if task.run.number != before.run.number {
                company.abandon(&before).await;
            }
            company.tasks.release();
            Ok(task)
        };
        self.to_its_end(replace).await
    }
}

impl TaskDraft {
    /// Stores the task.
    pub(crate) fn write(&self, tx: &mut WriteTx<'_>, change: &Change) -> Result<Task, CompanyError> {
        let mut task = self.task.clone();
        (task.department_id, task.agent_id) = self.assignment.find(tx)?;
        if self.start {
            task = queue(tx, task, self.offline, change.at)?;
        }
        tx.tasks_mut().create(&task, change)?;
        Ok(task)
    }
}

impl Assignment {
    /// The department and the agent, if both are there and belong together.
    fn find(&self, tx: &mut WriteTx<'_>) -> Result<(Option<Slug>, Option<Slug>), CompanyError> {
        let department = match &self.department_id {
            Some(text) => {
                let missing = || CompanyError::not_found("department", text);
                let slug = Slug::parse(text).map_err(|_| missing())?;
                Some(tx.departments().get(&slug)?.ok_or_else(missing)?.slug)
            }
            None => None,
        };
        let Some(text) = &self.agent_id else { return Ok((department, None)) };
        let missing = || CompanyError::not_found("agent", text);
        let slug = Slug::parse(text).map_err(|_| missing())?;
        let agent = tx.agents().get(&slug)?.ok_or_else(missing)?;
        match department {
            Some(department) if department != agent.department_id => {
                let detail = format!("{} is not of {department:?}", agent.name);
                Err(CompanyError::Unprocessable { field: "agent_id", detail })
            }
            _ => Ok((Some(agent.department_id), Some(agent.slug))),
        }
    }
}

/// The task, unless its agent is working on it.
fn at_rest(tx: &mut WriteTx<'_>, id: TaskId) -> Result<Task, CompanyError> {
    let task = existing(tx, id)?;
    match task.status {
        TaskStatus::Running => {
            Err(CompanyError::Conflict { detail: format!("task {id} is being worked on: cancel it first") })
        }
        _ => Ok(task),
    }
}

/// The same task, begun anew if it has begun and waits; it is wanted as before.
fn told_anew(task: Task) -> Task {
    if task.status != TaskStatus::Pending || task.run.session_id.is_none() {
        return task;
    }
    let (requested_at, error) = (task.run.requested_at, task.error.clone());
    let mut task = task.anew();
    task.run.requested_at = requested_at;
    Task { error, ..task }
}
