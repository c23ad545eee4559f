//! Replies in the making.

use crate::ChatError;
use domain::{Message, MessageId, ModelCall, Note, SessionId, Slug};
use llm_gateway::ToolCallDelta;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What is there of a reply so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
    /// How much of the text is on disk.
    pub(crate) kept: usize,
    /// The calls that the model asks for, in pieces.
    pub(crate) calls: Vec<ToolCallDelta>,
    /// Where the model's own text ends, once its calls are told behind it.
    pub(crate) said: Option<usize>,
    /// Whether the most tokens of an answer were reached.
    pub(crate) cut_off: bool,
}

/// A reply in the making: its text so far, for any number of watchers, each at an offset of its own. Nothing is queued
/// for a watcher; one that is slow reads more at once.
#[derive(Debug)]
pub(crate) struct LiveReply {
    pub(crate) id: MessageId,
    pub(crate) session_id: SessionId,
    pub(crate) progress: watch::Sender<Progress>,
    outcome: watch::Sender<Option<Outcome>>,
    /// Ends the generation; the reply is stopped.
    pub(crate) stop: CancellationToken,
    /// It and all before it in its session's line are over.
    passed: CancellationToken,
    /// The speaker, once known; for "working".
    speaker: Mutex<Option<String>>,
    /// The department whose view shows the session.
    department: Mutex<Option<Slug>>,
    /// What was asked of models for it and is not counted yet.
    calls: Mutex<Vec<ModelCall>>,
    /// Wakes it where it waits for the Founder: a call of it was decided on.
    pub(crate) decided: Notify,
    /// It has begun to wait for the Founder.
    pub(crate) waits: CancellationToken,
}

impl LiveReply {
    pub(crate) fn new(id: MessageId, session_id: SessionId) -> Arc<Self> {
        Arc::new(Self {
            id,
            session_id,
            progress: watch::Sender::new(Progress::default()),
            outcome: watch::Sender::new(None),
            stop: CancellationToken::new(),
            passed: CancellationToken::new(),
            speaker: Mutex::new(None),
            department: Mutex::new(None),
            calls: Mutex::default(),
            decided: Notify::new(),
            waits: CancellationToken::new(),
        })
    }

    /// A reply that goes on from what there is of it.
    pub(crate) fn of(message: &Message) -> Arc<Self> {
        let live = Self::new(message.id, message.session_id);
        if !message.tool_calls.is_empty() {
            live.progress.send_modify(|progress| {
                progress.text.clone_from(&message.content);
                progress.notes.clone_from(&message.notes);
                progress.kept = message.content.len();
            });
        }
        live
    }

    pub(crate) fn set_speaker(&self, slug: &str) {
        *lock(&self.speaker) = Some(slug.to_owned());
    }

    pub(crate) fn set_department(&self, slug: Option<&Slug>) {
        *lock(&self.department) = slug.cloned();
    }

    pub(crate) fn department(&self) -> Option<Slug> {
        lock(&self.department).clone()
    }

    pub(crate) fn add_call(&self, call: ModelCall) {
        lock(&self.calls).push(call);
    }

    /// What was asked of models for it, to be counted by whoever takes it.
    pub(crate) fn take_calls(&self) -> Vec<ModelCall> {
        std::mem::take(&mut lock(&self.calls))
    }

    /// How it ended; none while it is being made, or when it was let go.
    pub(crate) fn outcome(&self) -> Option<Arc<Message>> {
        match &*self.outcome.borrow() {
            Some(Outcome::Settled(message)) => Some(Arc::clone(message)),
            _ => None,
        }
    }

    pub(crate) fn watch_outcome(&self) -> watch::Receiver<Option<Outcome>> {
        self.outcome.subscribe()
    }

    /// Waits for the end.
    pub(crate) async fn ended(&self) -> Result<Arc<Message>, ChatError> {
        wait(&mut self.watch_outcome()).await
    }

    /// Waits until it and all before it in its session's line are over.
    pub(crate) async fn passed(&self) {
        self.passed.cancelled().await;
    }

    pub(crate) fn has_passed(&self) -> bool {
        self.passed.is_cancelled()
    }

    fn end(&self, outcome: Outcome) {
        self.outcome.send_if_modified(|end| {
            let first = end.is_none();
            if first {
                *end = Some(outcome);
            }
            first
        });
    }
}

/// How the making of a reply ended. Whoever waits holds the reply alive, so that it has to be said: no wait would end by
/// itself.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Like this, and it is on disk.
    Settled(Arc<Message>),
    /// Nobody makes it any more: the service shuts down, or it was never stored.
    LetGo,
}

/// Waits for an outcome; an error when the reply was let go.
pub(crate) async fn wait(outcome: &mut watch::Receiver<Option<Outcome>>) -> Result<Arc<Message>, ChatError> {
    let ended = outcome.wait_for(Option::is_some).await.map_err(|_| ChatError::ShuttingDown)?;
    match &*ended {
        Some(Outcome::Settled(message)) => Ok(Arc::clone(message)),
        _ => Err(ChatError::ShuttingDown),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type ById = Arc<Mutex<HashMap<MessageId, Arc<LiveReply>>>>;

/// All replies in the making, by id. A reply is here before its row is open and until its end is on disk: an open row
/// whose reply is not here is nobody's.
#[derive(Debug, Default)]
pub(crate) struct LiveReplies {
    by_id: ById,
}

/// The right to make a reply. However it goes, the reply leaves the register and nobody waits for it in vain.
#[derive(Debug)]
pub(crate) struct Making {
    live: Arc<LiveReply>,
    by_id: ById,
}

impl std::ops::Deref for Making {
    type Target = Arc<LiveReply>;
    fn deref(&self) -> &Arc<LiveReply> {
        &self.live
    }
}

impl Making {
    /// The reply has ended like this, and it is on disk.
    pub(crate) fn settle(&self, message: Message) {
        self.end(Outcome::Settled(Arc::new(message)));
    }

    /// The reply stays as it is.
    pub(crate) fn let_go(&self) {
        self.end(Outcome::LetGo);
    }

    fn end(&self, outcome: Outcome) {
        lock(&self.by_id).remove(&self.live.id);
        self.live.end(outcome);
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if self.live.outcome.borrow().is_none() {
            self.let_go();
        }
        self.live.passed.cancel();
    }
}

impl LiveReplies {
    pub(crate) fn get(&self, id: MessageId) -> Option<Arc<LiveReply>> {
        lock(&self.by_id).get(&id).cloned()
    }

    /// Adds a reply, unless there are `most` already, or somebody makes it.
    pub(crate) fn insert(&self, live: Arc<LiveReply>, most: usize) -> Result<Making, ChatError> {
        let mut by_id = lock(&self.by_id);
        if by_id.len() >= most {
            return Err(ChatError::Busy);
        }
        if by_id.contains_key(&live.id) {
            return Err(ChatError::Conflict { detail: format!("message {} is being made", live.id) });
        }
        by_id.insert(live.id, Arc::clone(&live));
        drop(by_id);
        Ok(Making { live, by_id: Arc::clone(&self.by_id) })
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.by_id).len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<LiveReply>> {
        lock(&self.by_id).values().cloned().collect()
    }

    pub(crate) fn in_session(&self, session: SessionId) -> Vec<Arc<LiveReply>> {
        lock(&self.by_id).values().filter(|live| live.session_id == session).cloned().collect()
    }

    pub(crate) fn by_speaker(&self, slug: &str) -> Vec<Arc<LiveReply>> {
        let speaks = |live: &&Arc<LiveReply>| lock(&live.speaker).as_deref() == Some(slug);
        lock(&self.by_id).values().filter(speaks).cloned().collect()
    }

    /// The slugs of those who are making a reply.
    pub(crate) fn speakers(&self) -> Vec<String> {
        lock(&self.by_id).values().filter_map(|live| lock(&live.speaker).clone()).collect()
    }
}
