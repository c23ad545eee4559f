//! Who begins tasks: one future that looks for work whenever something may have become possible.

use super::places::Place;
use super::start::refusal;
use super::work::Work;
use crate::{Company, CompanyError};
use chat_service::{Change, Item, ReadTx, Subscribe, Subscription, TaskWrite, WriteTx};
use domain::{Actor, EventFilter, Scope, Session, SessionId, Task, TaskRun, TaskStatus, Title};
use std::sync::Arc;
use std::time::Duration;

/// How long a database that takes no work is left alone.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// What may let an agent work that could not before.
const CHANGES: [&str; 9] = [
    "agent.created",
    "agent.updated",
    "agent.resumed",
    "department.updated",
    "founder.override.set",
    "founder.override.cleared",
    "system.config",
    "system.emergency",
    "system.maintenance",
];

/// What became of a task that was to begin.
enum Claim {
    Begun(Box<Task>),
    Refused,
    /// Somebody else's meanwhile: cancelled, given away, deleted.
    Gone,
}

impl Company {
    /// Goes on with the tasks that were being worked on when the last run ended.
    pub(crate) async fn take_up_tasks(&self) -> Result<(), CompanyError> {
        let running = self.store().read(|tx| Ok::<_, CompanyError>(tx.tasks().running()?)).await?;
        for task in running {
            if let Some(agent) = task.agent_id.clone() {
                let place = self.tasks.take(task.id, &agent);
                self.work(task, place);
            }
        }
        Ok(())
    }

    /// Begins tasks as places get free, agents can work and the brain is there, until the service shuts down. None begins
    /// during maintenance.
    pub(crate) async fn run_tasks(self) {
        let mut brain = self.chat.watch_brain();
        let mut budget = self.chat.watch_budget();
        let mut rules = self.chat.watch_rules();
        let mut company: Option<Subscription> = None;
        loop {
            rules.borrow_and_update();
            let can_begin = brain.borrow_and_update().connected && self.chat.rules().read_only().is_none();
            if can_begin && let Err(error) = self.begin_waiting().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "waiting tasks could not be begun");
                self.chat.closing().run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                self.tasks.wake();
            }
            if company.is_none() && self.tasks.holds() {
                // What changed before the subscription is not in it: all are tried once more.
                let filter = EventFilter {
                    event_types: CHANGES.map(str::to_owned).to_vec(),
                    ..EventFilter::default()
                };
                company = Some(self.chat.bus().subscribe(Subscribe { filter, ..Subscribe::from_now() }));
                self.tasks.release();
            } else if self.tasks.is_idle() {
                company = None;
            }
            tokio::select! {
                () = self.tasks.woken() => {}
                changed = brain.changed() => if changed.is_err() { return },
                changed = budget.changed() => match changed {
                    Ok(()) => self.tasks.release(),
                    Err(_) => return,
                },
                changed = rules.changed() => if changed.is_err() { return },
                () = change(company.as_mut()) => self.tasks.release(),
                () = self.chat.closing().cancelled() => return,
            }
        }
    }

    async fn begin_waiting(&self) -> Result<(), CompanyError> {
        while let Some((without, changes)) = self.tasks.passed_over() {
            let read = move |tx: &mut ReadTx<'_>| tx.tasks().next_waiting(&without);
            let Some(task) = self.store().read(read).await? else { return Ok(()) };
            let Some(agent) = task.agent_id.clone() else { return Ok(()) };
            // Taken before it begins, so that whoever cancels it finds it.
            let place = self.tasks.take(task.id, &agent);
            match self.claim(task).await? {
                Claim::Begun(task) => self.work(*task, place),
                Claim::Refused => self.tasks.hold(&agent, changes),
                Claim::Gone => {}
            }
        }
        Ok(())
    }

    /// Moves a task to running, with a session to work in, or says in it why its agent cannot begin.
    async fn claim(&self, task: Task) -> Result<Claim, CompanyError> {
        let session_id = SessionId::new(self.chat.ids().next_id());
        let spent = self.chat.rules().spent().map(ToString::to_string);
        let change = self.change(Actor::System);
        let write = move |tx: &mut WriteTx<'_>| {
            let now = tx.tasks().get(task.id)?;
            let Some(task) = now.filter(|now| now.is_wanted() && now.agent_id == task.agent_id) else {
                return Ok(Claim::Gone);
            };
            let agent = match &task.agent_id {
                Some(slug) => tx.agents().get(slug)?,
                None => None,
            };
            let Some(agent) = agent else { return Ok(Claim::Refused) };
            if let Some(reason) = refusal(tx, &agent)?.or_else(|| spent.clone()) {
                if task.error.as_ref() != Some(&reason) {
                    let waits = Task { error: Some(reason), updated_at: change.at, ..task };
                    tx.tasks_mut().write(&waits, TaskWrite::Updated, &change)?;
                }
                return Ok(Claim::Refused);
            }
            let session_id = match task.run.session_id {
                Some(session_id) => session_id,
                None => {
                    let scope = Scope::Agent { agent: agent.slug, department: agent.department_id };
                    tx.sessions_mut().create(&session(session_id, scope, &task, &change), &change)?;
                    session_id
                }
            };
            let Ok(status) = task.status.become_status(TaskStatus::Running) else { return Ok(Claim::Gone) };
            let run = TaskRun {
                session_id: Some(session_id),
                started_at: task.run.started_at.or(Some(change.at)),
                ..task.run.clone()
            };
            let begun = Task { status, run, error: None, updated_at: change.at, ..task };
            tx.tasks_mut().write(&begun, TaskWrite::Updated, &change)?;
            Ok::<_, CompanyError>(Claim::Begun(Box::new(begun)))
        };
        self.store().write(write).await
    }

    fn work(&self, task: Task, place: Place) {
        let work = Work::new(self.clone(), task, place.cancel.clone(), Arc::clone(&self.tasks));
        self.chat.spawn(async move {
            work.run().await;
            drop(place);
        });
    }
}

/// The session a task is worked in; its title is the task's.
fn session(id: SessionId, scope: Scope, task: &Task, change: &Change) -> Session {
    let title = Title::by_hand(&task.title).unwrap_or_else(Title::untitled);
    Session::new(id, title, true, scope, change.at)
}

/// Waits for a change in the company; for ever without a subscription.
async fn change(company: Option<&mut Subscription>) {
    let Some(company) = company else { return std::future::pending().await };
    loop {
        match company.next().await {
            Ok(Item::Event(_)) => return,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
