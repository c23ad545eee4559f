//! The handle on the database.

use crate::backup::{Backup, back_up};
use crate::chain::{LogCheck, Reach};
use crate::lock::{ProcessLock, beside};
use crate::migrate::{migrate, refuse_foreign};
use crate::readers::{Lane, Readers};
use crate::search;
use crate::sqlite::dialect;
use crate::writer::{Job, Shared, WriteJob, Writer};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Position, RecordedEvent};
use scheduled_thread_pool::ScheduledThreadPool;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The file. It is made when it is not there, its folder too.
    pub path: PathBuf,
    /// How many threads read; at least one.
    pub readers: usize,
    /// How many reads, and how many writes, may wait; one more is refused as [`StoreError::Busy`].
    pub queue: usize,
}

impl StoreSettings {
    /// The settings for one machine: readers by its cores (2 to 4), queues of 4,096.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { path: path.into(), readers: cores.clamp(2, 4), queue: 4096 }
    }
}

/// The most searches that wait.
const SEARCHES: usize = 256;

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepths {
    /// Reads.
    pub reads: usize,
    /// Searches.
    pub searches: usize,
    /// Writes.
    pub writes: usize,
}

/// How many bytes a database takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSizes {
    /// The file itself.
    pub database: u64,
    /// What was committed and has not been taken into the file yet.
    pub wal: u64,
}

impl FileSizes {
    /// Of a database file; what is not there takes none.
    pub fn of(path: &Path) -> Self {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        Self { database: size(path), wal: size(&beside(path, "-wal")) }
    }
}

/// A handle on the database; cheap to clone. When the last one is dropped, what waits is done and the file is closed. An
/// observer that holds a handle itself keeps the file open: end such a store with `close`.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    shared: Arc<Shared>,
    queue: usize,
    open: RwLock<Option<Open>>,
}

struct Open {
    writes: mpsc::Sender<Box<dyn Job>>,
    writer: JoinHandle<()>,
    readers: Arc<Readers>,
    /// A lane of its own: however many search, pages and turns wait for none of them.
    searcher: Arc<Readers>,
    lock: Arc<ProcessLock>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file: takes its lock, brings its schema up to date (a copy is put beside it first), starts the threads.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::Unreadable`], [`StoreError::NotWritable`].
    pub fn open(settings: StoreSettings) -> Result<Self, StoreError> {
        let path = prepare_path(&settings.path)?;
        let (threads, queue) = (settings.readers.max(1), settings.queue.max(1));
        let lock = Arc::new(ProcessLock::acquire(&path)?);
        let mut conn = dialect::connect(&path)?;
        refuse_foreign(&mut conn, &path)?;
        dialect::prepare_writer(&mut conn, &path)?;
        migrate(&mut conn, &path)?;
        search::fill(&mut conn)?;
        let shared = Arc::new(Shared::default());
        let (writes, jobs) = mpsc::channel(queue);
        let writer = Writer::spawn(conn, Arc::clone(&shared), jobs, Arc::clone(&lock))?;
        // One for both pools: each would start three threads that do nothing.
        let opener = Arc::new(
            ScheduledThreadPool::builder().num_threads(1).thread_name_pattern("store-opener").build(),
        );
        let readers = Arc::new(Readers::spawn(&path, Lane::Pages, threads, queue, &opener)?);
        let searcher = Arc::new(Readers::spawn(&path, Lane::Searches, 1, queue.min(SEARCHES), &opener)?);
        let open = RwLock::new(Some(Open { writes, writer, readers, searcher, lock }));
        Ok(Self { inner: Arc::new(Inner { path, shared, queue, open }) })
    }

    /// Reads the whole file on a thread of its own and names the first damage; `None` means sound. Takes about a second
    /// for a gigabyte, and nothing waits for it.
    ///
    /// # Errors
    /// When the file cannot be opened, or so damaged that it cannot be checked.
    pub async fn check(&self) -> Result<Option<String>, StoreError> {
        self.beside("store-check", |path| {
            dialect::connect_beside(path).and_then(|mut conn| dialect::quick_check(&mut conn))
        })
        .await
    }

    /// Reads the log on a thread of its own, and says whether it is as it was written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn verify_log(&self, reach: Reach) -> Result<LogCheck, StoreError> {
        self.beside("store-verify", move |path| LogCheck::run(path, reach, |_, _| {})).await
    }

    /// Copies the database as it is now into a new file, on a thread of its own; see [`crate::back_up`].
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub async fn back_up(&self, target: PathBuf) -> Result<Backup, StoreError> {
        self.beside("store-backup", move |path| back_up(path, &target, false)).await
    }

    /// Long work beside everybody else's, on a thread and a connection of its own.
    async fn beside<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let path = self.inner.path.clone();
        let (done, finished) = tokio::sync::oneshot::channel();
        let work = move || drop(done.send(work(&path)));
        let thread = std::thread::Builder::new().name(name.into()).spawn(work);
        thread.map_err(|error| StoreError::Unreadable {
            path: self.inner.path.clone(),
            reason: error.to_string(),
        })?;
        finished.await.unwrap_or(Err(StoreError::Closed))
    }

    /// How large the file is.
    pub fn file_sizes(&self) -> FileSizes {
        FileSizes::of(&self.inner.path)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How many bytes the database takes on disk, with its write-ahead log.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        let file = std::fs::metadata(&self.inner.path).map_err(|error| StoreError::Unreadable {
            path: self.inner.path.clone(),
            reason: error.to_string(),
        })?;
        // Not there while nothing was written.
        let log = std::fs::metadata(beside(&self.inner.path, "-wal")).map_or(0, |log| log.len());
        Ok(file.len() + log)
    }

    /// Names who is told of committed events: each commit's, in order, on the writer's thread, before those who wrote
    /// them are answered. Gives `false` when there is one already. It must be quick.
    pub fn observe(&self, observer: impl Fn(&[Arc<RecordedEvent>]) + Send + Sync + 'static) -> bool {
        self.inner.shared.observer.set(Box::new(observer)).is_ok()
    }

    /// The newest position that is committed. What is read after it is at least as new.
    pub fn head(&self) -> Position {
        Position::new(self.inner.shared.head.load(Ordering::Acquire))
    }

    /// How much waits.
    pub fn queue_depths(&self) -> QueueDepths {
        self.with_open(|open| QueueDepths {
            reads: open.readers.waiting(),
            searches: open.searcher.waiting(),
            writes: self.inner.queue.saturating_sub(open.writes.capacity()),
        })
        .unwrap_or(QueueDepths { reads: 0, searches: 0, writes: 0 })
    }

    /// Runs a job in a read transaction, on a reader's thread.
    ///
    /// Dropping the future does not stop a job that has begun; its result is thrown away. One that still waits is not run.
    ///
    /// # Errors
    /// The job's own; [`StoreError::Busy`] when too much waits; [`StoreError::Panicked`].
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = self.with_open(|open| Arc::clone(&open.readers)).ok_or(StoreError::Closed)?;
        readers.read(job).await
    }

    /// Runs a job in a read transaction, on the one thread that searches: as [`Store::read`], but other reads never wait
    /// for it. The search index follows first: what was acknowledged before is found.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn search<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let searcher = self.with_open(|open| Arc::clone(&open.searcher)).ok_or(StoreError::Closed)?;
        if self.inner.shared.has_backlog.load(Ordering::Acquire) {
            let followed = self
                .write(|tx| {
                    tx.reindex_now();
                    Ok::<_, StoreError>(())
                })
                .await;
            if let Err(error) = followed {
                // What is found then is a little old, and still better than nothing.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a search does not wait for the index"
                );
            }
        }
        searcher.read(job).await
    }

    /// Runs a job in a write transaction. When it returns `Ok`, all of it is on disk; otherwise nothing of it is.
    ///
    /// The job may be run more than once, each time on a clean slate: it consumes nothing, and takes ids and times from
    /// outside. Dropping the future does not undo a job that is queued.
    ///
    /// # Errors
    /// The job's own; [`StoreError::Busy`] when too much waits; [`StoreError::NotWritable`]; [`StoreError::Panicked`].
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let writes = self.with_open(|open| open.writes.clone()).ok_or(StoreError::Closed)?;
        let (job, answer) = WriteJob::new(job);
        writes.try_send(Box::new(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })?;
        drop(writes);
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Takes no more jobs, does what waits, and closes the file. Later jobs get [`StoreError::Closed`].
    pub async fn close(&self) {
        let Some(open) = self.take_open() else { return };
        let (done, closed) = tokio::sync::oneshot::channel();
        let close = move || {
            open.close();
            done.send(()).ok();
        };
        match std::thread::Builder::new().name("store-close".into()).spawn(close) {
            Ok(_) => drop(closed.await),
            Err(error) => tracing::error!(%error, "no thread to close the database on"),
        }
    }

    fn with_open<T>(&self, f: impl FnOnce(&Open) -> T) -> Option<T> {
        self.inner.open.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(f)
    }

    fn take_open(&self) -> Option<Open> {
        self.inner.open.write().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Open {
    /// The writer drains its queue and tidies the file; the readers end; the lock goes last.
    fn close(self) {
        drop(self.writes);
        join(self.writer, "writer");
        for readers in [self.readers, self.searcher] {
            if let Ok(readers) = Arc::try_unwrap(readers) {
                readers.join();
            }
        }
        drop(self.lock);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(open) = self.open.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            open.close();
        }
    }
}

/// Waits for a thread to end, unless it is this one: the last handle may go with a job that held it.
pub(crate) fn join(thread: JoinHandle<()>, name: &str) {
    if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
        tracing::error!("the {name} thread panicked");
    }
}

/// The file's full path, its folder made and links followed: one file has one lock.
pub(crate) fn prepare_path(path: &Path) -> Result<PathBuf, StoreError> {
    let unreadable =
        |error: std::io::Error| StoreError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let path = std::path::absolute(path).map_err(unreadable)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unreadable)?;
    }
    match path.canonicalize() {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match (path.parent(), path.file_name())
        {
            (Some(folder), Some(name)) => Ok(folder.canonicalize().map_err(unreadable)?.join(name)),
            _ => Ok(path),
        },
        Err(error) => Err(unreadable(error)),
    }
}
