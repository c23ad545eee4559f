//! An agent at work: the turns of one run of a task, from the first or from where the last run of the program left it.

use super::places::Places;
use super::plan;
use super::runner::PAUSE;
use super::start::OFFLINE;
use crate::{Company, CompanyError};
use chat_service::{
    BrainStatus, Change, ChatError, Item, ReadTx, Recipient, ReplyUpdate, SendMessage, Signal, SignalKind,
    Subscribe, TaskWrite, WriteTx,
};
use domain::{
    Actor, EventFilter, Message, MessageId, MessageState, SessionId, Slug, Task, TaskRun, TaskStatus,
};
use std::sync::Arc;
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

/// How many bytes of an answer are worth a signal.
const SIGNAL_BYTES: usize = 256;

/// One run of a task, being worked on.
pub(super) struct Work {
    company: Company,
    task: Task,
    cancel: CancellationToken,
    places: Arc<Places>,
}

/// Why the work goes no further.
enum Stop {
    /// With this error.
    Failed(String),
    /// A reply of it was stopped by hand.
    Stopped,
    /// Its agent may not go on, for this reason.
    Refused(String),
    /// The brain is away.
    Offline,
    /// The service shuts down, or the run is no longer wanted: its row says what there is to say.
    Left,
}

/// The sender's id of a turn's message: unique in the database, so that no turn is ever asked twice.
pub(super) fn message_id(task: &Task, turn: i32) -> String {
    format!("task:{}:{}:{turn}", task.id, task.run.number)
}

impl Work {
    pub(super) fn new(company: Company, task: Task, cancel: CancellationToken, places: Arc<Places>) -> Self {
        Self { company, task, cancel, places }
    }

    /// Works until the task is over or has to wait, and stores which.
    pub(super) async fn run(mut self) {
        let changes = self.places.changes();
        let ended = match (self.task.agent_id.clone(), self.task.run.session_id) {
            (Some(agent), Some(session)) => self.perform(&agent, session).await,
            _ => Err(Stop::Failed("its agent or its session is not known any more".to_owned())),
        };
        if let (Err(Stop::Refused(_)), Some(agent)) = (&ended, &self.task.agent_id) {
            self.places.hold(agent, changes);
        }
        if !matches!(ended, Err(Stop::Left)) {
            self.conclude(ended).await;
        }
    }

    async fn perform(&mut self, agent: &Slug, session: SessionId) -> Result<String, Stop> {
        let first = self.turn(agent, session, 1, plan::begin(&self.task)).await?;
        let steps = plan::steps(&first);
        let Ok(count @ 1..) = i32::try_from(steps.len()) else { return Ok(first) };
        let turns = count + 2;
        self.finished(1, turns).await?;
        for (number, step) in (1..).zip(&steps) {
            let question = plan::step(number, steps.len(), step);
            self.turn(agent, session, number + 1, question).await?;
            self.finished(number + 1, turns).await?;
        }
        self.turn(agent, session, turns, plan::result()).await
    }

    /// Asks one question and waits for its answer. One that was asked before is joined, as it was put then.
    async fn turn(
        &self,
        agent: &Slug,
        session: SessionId,
        number: i32,
        question: String,
    ) -> Result<String, Stop> {
        let id = message_id(&self.task, number);
        let asked = id.clone();
        let read = move |tx: &mut ReadTx<'_>| Ok::<_, CompanyError>(tx.messages().turn_of(&asked)?);
        let text = match self.company.store().read(read).await {
            Ok(Some((user, _))) => user.content,
            _ => question,
        };
        let to = Recipient::Agent(agent.clone());
        let message = SendMessage { client_message_id: Some(id), ..SendMessage::new(to, text) };
        let message = message.in_session(session);
        let reply = loop {
            if self.cancel.is_cancelled() {
                return Err(Stop::Left);
            }
            match self.company.chat.send(message.clone()).await {
                Ok(turn) => break turn.reply.id,
                Err(ChatError::Forbidden { detail } | ChatError::Maintenance { detail, .. }) => {
                    return Err(Stop::Refused(detail));
                }
                Err(error) => self.pause_after(error).await?,
            }
        };
        self.answer(session, reply, number).await
    }

    /// The text of a reply, when it is complete.
    async fn answer(&self, session: SessionId, reply: MessageId, turn: i32) -> Result<String, Stop> {
        let chat = &self.company.chat;
        loop {
            let ended = tokio::select! {
                biased;
                // Whoever cancelled it stops the reply.
                () = self.cancel.cancelled() => return Err(Stop::Left),
                ended = self.watch(session, reply, turn) => ended?,
            };
            match &ended.state {
                MessageState::Complete => return Ok(ended.content.clone()),
                MessageState::Failed(failure) => return Err(Stop::Failed(failure.detail.clone())),
                MessageState::Stopped => return Err(Stop::Stopped),
                MessageState::Deferred => self.until_taken_up(session, reply).await?,
                MessageState::Interrupted if chat.closing().is_cancelled() => return Err(Stop::Left),
                MessageState::Interrupted => match chat.retry(reply).await {
                    Ok(_) | Err(ChatError::Conflict { .. }) => {}
                    Err(error) => self.pause_after(error).await?,
                },
                MessageState::Pending | MessageState::Streaming => {}
            }
        }
    }

    /// Waits for a reply's end, and tells who watches how much of it there is.
    async fn watch(&self, session: SessionId, reply: MessageId, turn: i32) -> Result<Arc<Message>, Stop> {
        let mut updates = loop {
            match self.company.chat.watch_reply(reply, 0).await {
                Ok(updates) => break updates,
                Err(error) => self.pause_after(error).await?,
            }
        };
        let mut told = 0;
        while let Some(update) = updates.next().await {
            match update {
                ReplyUpdate::Delta { offset, text } => {
                    let bytes = offset + text.len();
                    if told == 0 || bytes - told >= SIGNAL_BYTES {
                        told = bytes;
                        self.signal(session, turn, bytes);
                    }
                }
                ReplyUpdate::Note(_) => {}
                ReplyUpdate::Done(message) => return Ok(message),
            }
        }
        Err(Stop::Left)
    }

    fn signal(&self, session_id: SessionId, turn: i32, bytes: usize) {
        let run = &self.task.run;
        let kind = SignalKind::Progress {
            task_id: self.task.id,
            progress: run.progress(),
            turn,
            turns: run.turns,
            bytes,
        };
        let department_id = self.task.department_id.clone();
        self.company.chat.bus().signal(Signal { session_id: Some(session_id), department_id, kind });
    }

    /// With the brain there, waits until a deferred reply has its turn; with the brain away, so does the task.
    async fn until_taken_up(&self, session: SessionId, reply: MessageId) -> Result<(), Stop> {
        let chat = &self.company.chat;
        let filter = EventFilter { session_id: Some(session.to_string()), ..EventFilter::default() };
        let mut events = chat.bus().subscribe(Subscribe { filter, ..Subscribe::from_now() });
        let mut brain = chat.watch_brain();
        match chat.message(reply).await {
            Ok(message) if message.state == MessageState::Deferred => {}
            Ok(_) => return Ok(()),
            Err(error) => return self.pause_after(error).await,
        }
        loop {
            tokio::select! {
                () = gone(&mut brain) => return Err(Stop::Offline),
                item = events.next() => match item {
                    Ok(Item::Event(_)) => return Ok(()),
                    Ok(_) => {}
                    Err(_) => self.pause().await,
                },
                () = self.cancel.cancelled() => return Ok(()),
                () = chat.closing().cancelled() => return Err(Stop::Left),
            }
        }
    }

    /// What is only busy is tried again after a pause; anything else ends the task.
    async fn pause_after(&self, error: ChatError) -> Result<(), Stop> {
        match error {
            ChatError::ShuttingDown => Err(Stop::Left),
            ChatError::Busy | ChatError::Store(_) => {
                self.pause().await;
                if self.company.chat.closing().is_cancelled() { Err(Stop::Left) } else { Ok(()) }
            }
            other => Err(Stop::Failed(other.to_string())),
        }
    }

    async fn pause(&self) {
        self.company.chat.closing().run_until_cancelled(tokio::time::sleep(PAUSE)).await;
    }

    /// Stores that so many turns of all are finished.
    async fn finished(&mut self, done: i32, turns: i32) -> Result<(), Stop> {
        let change = self.change();
        self.task.run.turns = turns;
        self.task.run.turns_done = done;
        let known = self.store(move |tx, task| {
            if task.run.turns_done >= done {
                return Ok(());
            }
            let run = TaskRun { turns_done: done, turns, ..task.run };
            let task = Task { run, updated_at: change.at, ..task };
            tx.tasks_mut().write(&task, TaskWrite::Progress, &change)?;
            Ok(())
        });
        if known.await { Ok(()) } else { Err(Stop::Left) }
    }

    /// Stores how the run ended, or why it waits.
    async fn conclude(&self, ended: Result<String, Stop>) {
        let (change, now) = (self.change(), self.company.chat.clock().now());
        let (status, result, error) = match ended {
            Ok(result) => (TaskStatus::Completed, Some(result), None),
            Err(Stop::Failed(error)) => (TaskStatus::Failed, None, Some(error)),
            Err(Stop::Stopped) => (TaskStatus::Cancelled, None, Some("its reply was stopped".to_owned())),
            Err(Stop::Refused(reason)) => (TaskStatus::Pending, None, Some(reason)),
            Err(Stop::Offline) => (TaskStatus::Pending, None, Some(OFFLINE.to_owned())),
            Err(Stop::Left) => return,
        };
        self.store(move |tx, mut task| {
            if status == TaskStatus::Completed {
                task.run.turns_done = task.run.turns;
                let last = Task { updated_at: change.at, ..task.clone() };
                tx.tasks_mut().write(&last, TaskWrite::Progress, &change)?;
            }
            if status.is_over() {
                task.run.requested_at = None;
                task.run.finished_at = Some(now);
            }
            let how = if status.is_over() { TaskWrite::Over } else { TaskWrite::Updated };
            let (result, error) = (result.clone(), error.clone());
            let task = Task { status, result, error, updated_at: change.at, ..task };
            tx.tasks_mut().write(&task, how, &change)?;
            Ok(())
        })
        .await;
    }

    /// Changes the task, if this run of it is still the one that is worked on; gives whether it is. A database that is busy
    /// or takes no writes is tried again until the service shuts down.
    async fn store(
        &self,
        change: impl FnMut(&mut WriteTx<'_>, Task) -> Result<(), CompanyError> + Clone + Send + 'static,
    ) -> bool {
        let (id, run) = (self.task.id, self.task.run.number);
        loop {
            let mut change = change.clone();
            let write = move |tx: &mut WriteTx<'_>| {
                let task = tx.tasks().get(id)?;
                let ours = |task: &Task| task.status == TaskStatus::Running && task.run.number == run;
                match task.filter(ours) {
                    Some(task) => change(tx, task).map(|()| true),
                    None => Ok(false),
                }
            };
            match self.company.store().write(write).await {
                Ok(ours) => return ours,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(task = %id, error, "the state of a task could not be stored");
                }
            }
            if self.company.chat.closing().is_cancelled() {
                return false;
            }
            self.pause().await;
        }
    }

    fn change(&self) -> Change {
        self.company.change(self.task.agent_id.clone().map_or(Actor::System, Actor::Agent))
    }
}

/// Waits until the brain is known to be away.
async fn gone(brain: &mut Receiver<Arc<BrainStatus>>) {
    // The sender lives as long as the service.
    brain.wait_for(|brain| brain.probed && !brain.connected).await.ok();
}
