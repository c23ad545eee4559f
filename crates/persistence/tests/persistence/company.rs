//! A store on a file of its own, and what tests do with it again and again.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::samples::change;
use domain::{Actor, Event, EventFilter, Message, MessageId, Position, RecordedEvent, Session, SessionId};
use persistence::{Change, ReadTx, Store, StoreError, StoreSettings, WriteTx};
use serde_json::json;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use tempfile::TempDir;
use tokio::task::JoinSet;

pub(crate) struct Company {
    folder: TempDir,
    pub(crate) store: Store,
}

impl Company {
    pub(crate) fn new() -> Self {
        Self::with(2, 1000)
    }

    /// One with so many readers and such queues.
    pub(crate) fn with(readers: usize, queue: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daena.db");
        let store = Store::open(StoreSettings { path, readers, queue }).unwrap();
        Self { folder, store }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("daena.db")
    }

    /// The same file, closed and opened again.
    pub(crate) async fn reopened(self) -> Self {
        self.store.close().await;
        let store = Store::open(StoreSettings::new(self.path())).unwrap();
        Self { folder: self.folder, store }
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(job).await.unwrap()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.read(job).await.unwrap()
    }

    pub(crate) async fn create(&self, session: &Session) {
        let session = session.clone();
        let change = Change::new(Actor::Founder, session.created_at);
        self.write(move |tx| tx.sessions_mut().create(&session, &change)).await;
    }

    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.read(move |tx| tx.sessions().get(id)).await.expect("the session is there")
    }

    /// Appends messages at the first one's time; gives the first one's place.
    pub(crate) async fn append(&self, messages: &[Message]) -> Option<i64> {
        let messages = messages.to_vec();
        let change = Change::new(Actor::Founder, messages[0].created_at);
        self.write(move |tx| tx.messages_mut().append(&messages, None, None, &change)).await
    }

    pub(crate) async fn message(&self, id: MessageId) -> Message {
        self.read(move |tx| tx.messages().get(id)).await.expect("the message is there")
    }

    /// Every event of the log.
    pub(crate) async fn events(&self) -> Vec<RecordedEvent> {
        self.events_after(Position::START).await
    }

    pub(crate) async fn events_after(&self, since: Position) -> Vec<RecordedEvent> {
        self.read(move |tx| tx.events().after(since, &EventFilter::default(), usize::MAX)).await
    }

    /// What the newest event tells.
    pub(crate) async fn newest_event(&self) -> Event {
        self.events().await.last().expect("there are events").decode().unwrap()
    }

    /// The keys that are set.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let settings = self.read(|tx| tx.settings().all()).await;
        settings.into_iter().map(|(key, _)| key).collect()
    }
}

/// A job that sets a key, which records one event about it.
pub(crate) fn set(key: &str) -> impl FnMut(&mut WriteTx<'_>) -> Result<(), StoreError> + Send + use<> {
    let key = key.to_owned();
    move |tx| tx.settings_mut().set(&key, &json!(true), &change(0))
}

/// The keys that the events are about.
pub(crate) fn keys_of(events: &[RecordedEvent]) -> Vec<String> {
    events.iter().map(|event| event.entity_id.to_string()).collect()
}

/// Asserts that positions run from 1 without a gap.
pub(crate) fn assert_dense(events: &[RecordedEvent]) {
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position.get(), position);
    }
}

/// A job that keeps the writer from going on.
pub(crate) struct Held {
    release: SyncSender<()>,
    task: JoinSet<Result<(), StoreError>>,
}

impl Held {
    /// Has the writer wait in a job that changes nothing.
    pub(crate) async fn hold(store: &Store) -> Self {
        let (release, wait) = sync_channel::<()>(1);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let mut begun = Some(begun);
        let store = store.clone();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let job = move |_: &mut WriteTx<'_>| {
                begun.take().map(|begun| begun.send(()));
                wait.recv().ok();
                Ok::<_, StoreError>(())
            };
            store.write(job).await
        });
        has_begun.await.unwrap();
        Self { release, task }
    }

    /// Lets the writer go on.
    pub(crate) async fn release(mut self) {
        self.release.send(()).unwrap();
        self.task.join_next().await.unwrap().unwrap().unwrap();
    }

    /// Forgets that somebody waits for the job, and gives what lets the writer go on.
    pub(crate) fn forget(self) -> SyncSender<()> {
        self.release
    }
}

/// Waits until so many writes are in the queue.
pub(crate) async fn queued(store: &Store, writes: usize) {
    while store.queue_depths().writes < writes {
        tokio::task::yield_now().await;
    }
}

/// Puts jobs into one batch, in order, and gives their results in that order.
pub(crate) async fn together<T, J>(store: &Store, jobs: Vec<J>) -> Vec<Result<T, StoreError>>
where
    T: Send + 'static,
    J: FnMut(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let held = Held::hold(store).await;
    let mut tasks = JoinSet::new();
    for (number, job) in jobs.into_iter().enumerate() {
        let its_store = store.clone();
        tasks.spawn(async move { (number, its_store.write(job).await) });
        queued(store, number + 1).await;
    }
    held.release().await;
    let mut results: Vec<_> = tasks.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
