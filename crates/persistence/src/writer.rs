//! The writer: one thread that owns the write connection and commits what waits together.

mod batch;
mod job;

pub(crate) use job::{Job, WriteJob};

use crate::StoreError;
use crate::chain::LogHash;
use crate::lock::ProcessLock;
use crate::search::{self, Backlog};
use crate::sqlite::queries::chain;
use crate::sqlite::{Conn, dialect};
use batch::{Batch, Guard};
use domain::{Position, RecordedEvent, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// The most jobs that share a commit.
const MAX_BATCH: usize = 64;

/// Called on the writer's thread with the events of each commit, in order.
pub(crate) type Observer = Box<dyn Fn(&[Arc<RecordedEvent>]) + Send + Sync>;

/// What the writer shares with the rest of the store.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) head: AtomicI64,
    /// Whether the search index has something to follow.
    pub(crate) has_backlog: AtomicBool,
    pub(crate) observer: OnceLock<Observer>,
}

/// The log's end as the writer knows it.
#[derive(Debug, Clone, Copy)]
struct Tail {
    position: Position,
    at: Timestamp,
    hash: LogHash,
    /// How far the log is noted to reach; none when the note is not true to the log, and stays as evidence.
    noted: Option<i64>,
}

/// After how many events it is noted how far the log reaches. Who cuts the end off a log of a crashed server can hide so
/// many.
const NOTE_EVERY: i64 = 256;

impl Tail {
    fn read(conn: &mut Conn) -> Result<Self, StoreError> {
        let chain = chain::get(conn)?;
        let (position, at) = crate::sqlite::queries::events::head(conn)?.unwrap_or((0, i64::MIN));
        let hash = chain::hash_at(conn, position)?.unwrap_or(chain.below);
        let at_note = chain::hash_at(conn, chain.noted)?;
        let noted = match chain.noted == 0 || at_note.is_some_and(|hash| hash == chain.noted_hash) {
            true => Some(chain.noted),
            false => is_removed(conn, chain.noted)?.then_some(chain.noted),
        };
        if noted.is_none() {
            tracing::error!(
                noted = chain.noted,
                head = position,
                "the event log is not as it was left: `daena audit verify` says more"
            );
        }
        let hash = LogHash::from_bytes(&hash)?;
        Ok(Self { position: Position::new(position), at: Timestamp::from_micros(at), hash, noted })
    }

    /// Notes how far the log reaches, when that is `after` events past the last note.
    fn note(&mut self, conn: &mut Conn, after: i64) -> Result<(), StoreError> {
        let position = self.position.get();
        if self.noted.is_some_and(|noted| position - noted >= after) {
            chain::note(conn, position, self.hash.as_bytes())?;
            self.noted = Some(position);
        }
        Ok(())
    }
}

/// Whether the event of a position was removed in due form.
fn is_removed(conn: &mut Conn, position: i64) -> Result<bool, StoreError> {
    let gap = chain::gaps(conn, position - 1, 1)?;
    Ok(gap.first().is_some_and(|gap| gap.first <= position))
}

pub(crate) struct Writer {
    conn: Conn,
    tail: Tail,
    backlog: Backlog,
    shared: Arc<Shared>,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    /// Nobody else opens the file while this thread may write to it.
    _lock: Arc<ProcessLock>,
}

impl Writer {
    /// Starts the thread. It ends when every sender is gone and the queue is empty, and leaves the file tidy.
    pub(crate) fn spawn(
        mut conn: Conn,
        shared: Arc<Shared>,
        jobs: mpsc::Receiver<Box<dyn Job>>,
        lock: Arc<ProcessLock>,
    ) -> Result<JoinHandle<()>, StoreError> {
        let tail = Tail::read(&mut conn)?;
        let mut backlog = Backlog::default();
        if let Err(error) = search::catch_up(&mut conn, tail.position.get()) {
            tracing::error!(error = &error as &dyn std::error::Error, "the search index could not follow");
            backlog.lose();
        }
        shared.has_backlog.store(!backlog.is_empty(), Ordering::Release);
        shared.head.store(tail.position.get(), Ordering::Release);
        dialect::begin_work(&mut conn)?;
        let writer = Self { conn, tail, backlog, shared, jobs, _lock: lock };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run());
        thread.map_err(|error| StoreError::NotWritable { reason: error.to_string() })
    }

    fn run(mut self) {
        let mut waiting = Vec::with_capacity(MAX_BATCH);
        while self.jobs.blocking_recv_many(&mut waiting, MAX_BATCH) > 0 {
            self.commit(std::mem::take(&mut waiting));
            waiting.reserve(MAX_BATCH);
        }
        let noted = self.tail.note(&mut self.conn, 1);
        let followed = search::catch_up(&mut self.conn, self.tail.position.get());
        let tidied = dialect::finish(&mut self.conn);
        for error in [noted, followed, tidied].into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "the database could not be tidied at closing");
        }
    }

    /// Commits the jobs together. If the whole falls, each is run again alone, so that only the culprit fails.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let fallen = match self.attempt(&mut jobs) {
            Ok(()) => {
                jobs.into_iter().for_each(|job| job.answer(None));
                return;
            }
            Err(error) => error,
        };
        if jobs.len() == 1 {
            tracing::warn!(error = &fallen as &dyn std::error::Error, "a write failed");
            jobs.into_iter().for_each(|job| job.answer(Some(&fallen)));
            return;
        }
        tracing::warn!(
            error = &fallen as &dyn std::error::Error,
            jobs = jobs.len(),
            "a commit failed: each job runs alone"
        );
        for job in jobs {
            self.commit(vec![job]);
        }
    }

    /// One transaction, or a second one when a job fails in the first. On success the jobs can be answered.
    fn attempt(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        if !self.transact(jobs, Guard::Transaction)? && jobs.len() > 1 {
            self.transact(jobs, Guard::Savepoint)?;
        }
        Ok(())
    }

    /// One transaction. Gives whether it is committed and its events are with the observer; if not, it left nothing.
    fn transact(&mut self, jobs: &mut [Box<dyn Job>], guard: Guard) -> Result<bool, StoreError> {
        let mut batch = Batch::begin(&mut self.conn, &mut self.backlog)?;
        let outcome = batch.run(jobs, guard).and_then(|drafts| match drafts {
            Some(drafts) => batch.append(drafts, self.tail).map(Some),
            None => Ok(None),
        });
        let (events, tail) = match outcome {
            Ok(Some(appended)) => appended,
            Ok(None) => {
                batch.roll_back();
                return Ok(false);
            }
            Err(error) => {
                batch.roll_back();
                return Err(error);
            }
        };
        batch.commit(tail.position)?;
        self.tail = tail;
        self.shared.head.store(tail.position.get(), Ordering::Release);
        self.shared.has_backlog.store(!self.backlog.is_empty(), Ordering::Release);
        if let (false, Some(observer)) = (events.is_empty(), self.shared.observer.get()) {
            let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| observer(&events)));
            if seen.is_err() {
                tracing::error!("the observer of committed events panicked");
            }
        }
        Ok(true)
    }
}
