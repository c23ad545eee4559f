//! The readers: a few threads over one bounded queue, each with a read-only connection from the pool.

use crate::sqlite::{Conn, dialect};
use crate::store::join;
use crate::{ReadTx, StoreError};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use scheduled_thread_pool::ScheduledThreadPool;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type ReadJob = Box<dyn FnOnce(Result<&mut Conn, StoreError>) + Send>;

#[derive(Debug)]
struct ReadOnly;

impl CustomizeConnection<Conn, PoolError> for ReadOnly {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), PoolError> {
        conn.batch_execute(dialect::READER).map_err(PoolError::QueryError)
    }
}

/// What the threads are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Pages, and all else that somebody waits for.
    Pages,
    /// Searches: where processors are few, everything else goes first.
    Searches,
}

impl Lane {
    const fn thread(self) -> &'static str {
        match self {
            Self::Pages => "reader",
            Self::Searches => "searcher",
        }
    }

    /// Sets the thread it is called on to this lane.
    fn enter(self) {
        // On Linux a thread has a niceness of its own; elsewhere it is the whole program's.
        #[cfg(target_os = "linux")]
        if self == Self::Searches
            && let Err(error) = rustix::process::setpriority_process(None, 10)
        {
            tracing::debug!(%error, "searches run no less often than other reads");
        }
    }
}

pub(crate) struct Readers {
    jobs: Sender<ReadJob>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Opens the connections, which `opener` opens anew when one broke, and starts a thread for each.
    pub(crate) fn spawn(
        path: &Path,
        lane: Lane,
        threads: usize,
        queue: usize,
        opener: &Arc<ScheduledThreadPool>,
    ) -> Result<Self, StoreError> {
        let unreadable = |reason: String| StoreError::Unreadable { path: path.to_owned(), reason };
        let url = path.to_str().ok_or_else(|| unreadable("its path is not UTF-8".into()))?;
        let pool = Pool::builder()
            .max_size(u32::try_from(threads).unwrap_or(4))
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connection_customizer(Box::new(ReadOnly))
            .thread_pool(Arc::clone(opener))
            .build(ConnectionManager::<Conn>::new(url))
            .map_err(|error| unreadable(error.to_string()))?;
        let (jobs, queue) = bounded::<ReadJob>(queue);
        let threads = (0..threads).map(|number| {
            let (pool, queue) = (pool.clone(), queue.clone());
            let thread = std::thread::Builder::new().name(format!("store-{}-{number}", lane.thread()));
            thread.spawn(move || {
                lane.enter();
                serve(&pool, &queue);
            })
        });
        let threads = threads.collect::<Result<_, _>>().map_err(|error| unreadable(error.to_string()))?;
        Ok(Self { jobs, threads })
    }

    pub(crate) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job: ReadJob = Box::new(move |conn| {
            // Nobody waits for it any more: who searches while typing gives up most of them.
            if caller.is_closed() {
                return;
            }
            let result = match conn {
                Ok(conn) => run(conn, job),
                Err(error) => Err(error.into()),
            };
            drop(caller.send(result));
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// How many reads wait.
    pub(crate) fn waiting(&self) -> usize {
        self.jobs.len()
    }

    /// Ends the threads once what waits is done.
    pub(crate) fn join(self) {
        drop(self.jobs);
        for thread in self.threads {
            join(thread, "reader");
        }
    }
}

fn serve(pool: &Pool<ConnectionManager<Conn>>, queue: &Receiver<ReadJob>) {
    while let Ok(job) = queue.recv() {
        match pool.get() {
            Ok(mut conn) => job(Ok(&mut conn)),
            Err(error) => {
                tracing::error!(%error, "no connection for a read");
                job(Err(StoreError::Busy));
            }
        }
    }
}

/// One moment of the database for the whole job, whatever the writer commits meanwhile.
pub(crate) fn run<T, E, F>(conn: &mut Conn, job: F) -> Result<T, E>
where
    F: FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    E: From<StoreError>,
{
    let result = conn.transaction::<_, Failed<E>, _>(|conn| {
        catch_unwind(AssertUnwindSafe(|| job(&mut ReadTx { conn })))
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()))
            .map_err(Failed::Job)
    });
    result.map_err(|failed| match failed {
        Failed::Job(error) => error,
        Failed::Database(error) => StoreError::from(error).into(),
    })
}

enum Failed<E> {
    Job(E),
    Database(diesel::result::Error),
}

impl<E> From<diesel::result::Error> for Failed<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}
