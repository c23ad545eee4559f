//! A file on its way in: kept beside the database, as it comes.

use super::import::{self, RunningImport};
use super::read;
use crate::ChatError;
use crate::service::{ChatService, Inner};
use bytes::Bytes;
use domain::{Actor, Import, ImportForm, ImportId, ImportReport, ImportStatus};
use persistence::WriteTx;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// The most imports that are at work or wait for their turn.
const MOST: usize = 8;

/// A file that is being sent. Dropped before [`Upload::import`], it leaves nothing.
pub struct Upload {
    inner: Arc<Inner>,
    id: ImportId,
    path: PathBuf,
    bytes: u64,
    /// To the thread that writes, and what became of it; none once the file is whole.
    writing: Option<(mpsc::Sender<Bytes>, JoinHandle<io::Result<()>>)>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// The folder of files that are being taken in.
pub(super) fn folder(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".imports");
    PathBuf::from(name)
}

pub(super) fn path(inner: &Inner, id: ImportId) -> PathBuf {
    folder(inner.store.path()).join(id.to_string())
}

fn not_kept(error: &io::Error) -> ChatError {
    ChatError::Conflict { detail: format!("the file cannot be kept: {error}") }
}

impl ChatService {
    /// Begins to receive a file of sessions. The caller bounds its size by
    /// [`max_import_bytes`](crate::ChatLimits::max_import_bytes).
    ///
    /// # Errors
    /// [`ChatError::Conflict`] when no file can be written beside the database.
    pub fn upload(&self) -> Result<Upload, ChatError> {
        let inner = Arc::clone(&self.inner);
        let id = ImportId::new(inner.ids.next_id());
        let path = path(&inner, id);
        let made = std::fs::create_dir_all(folder(inner.store.path())).and_then(|()| File::create_new(&path));
        let mut file = made.map_err(|error| not_kept(&error))?;
        let (sender, mut chunks) = mpsc::channel::<Bytes>(16);
        let write = move || {
            while let Some(chunk) = chunks.blocking_recv() {
                file.write_all(&chunk)?;
            }
            file.sync_all()
        };
        let writing = inner.tracker.spawn_blocking_on(write, &inner.runtime);
        Ok(Upload { inner, id, path, bytes: 0, writing: Some((sender, writing)) })
    }
}

impl Upload {
    /// How much has come.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next part of the file, and waits while the disk is slow.
    ///
    /// # Errors
    /// [`ChatError::Conflict`] when it cannot be written, such as to a full disk.
    pub async fn write(&mut self, chunk: Bytes) -> Result<(), ChatError> {
        self.bytes += chunk.len() as u64;
        let Some((sender, _)) = &self.writing else { return Ok(()) };
        match sender.send(chunk).await {
            Ok(()) => Ok(()),
            // The thread has ended before its time, and says why.
            Err(_) => self.end().await,
        }
    }

    async fn end(&mut self) -> Result<(), ChatError> {
        let Some((sender, writing)) = self.writing.take() else { return Ok(()) };
        drop(sender);
        let written = writing.await.unwrap_or_else(|_| Err(io::Error::other("its writer panicked")));
        written.map_err(|error| not_kept(&error))
    }

    /// The file is whole: finds out what it is, and begins to take it in. From then on a restart goes on with it.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for a file that is broken or of no known form: nothing of it comes in then;
    /// [`ChatError::Busy`] when too many imports are at work.
    pub async fn import(self) -> Result<RunningImport, ChatError> {
        let (done, begun) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        // Goes on when the caller leaves: a row without its file must not be.
        inner.spawn(async move {
            done.send(self.begin().await).ok();
        });
        begun.await.unwrap_or(Err(ChatError::ShuttingDown))
    }

    async fn begin(mut self) -> Result<RunningImport, ChatError> {
        self.end().await?;
        let path = self.path.clone();
        let checking = self.inner.tracker.spawn_blocking_on(move || read::check(&path), &self.inner.runtime);
        let form = match checking.await {
            Ok(Ok(form)) => form,
            Ok(Err(detail)) => return Err(ChatError::Unprocessable { field: "file", detail }),
            Err(_) => return Err(ChatError::ShuttingDown),
        };
        let import = self.create(form).await?;
        // The file is the import's from now on.
        self.path = PathBuf::new();
        Ok(import::begin(&self.inner, import))
    }

    async fn create(&self, form: ImportForm) -> Result<Import, ChatError> {
        let change = self.inner.change(Actor::Founder);
        let import = Import {
            id: self.id,
            form,
            status: ImportStatus::Running,
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            done_bytes: 0,
            talks: 0,
            messages: 0,
            report: ImportReport::default(),
            error: None,
            created_at: change.at,
            updated_at: change.at,
            finished_at: None,
        };
        let new = import.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            if tx.imports().running()?.len() >= MOST {
                return Err(ChatError::Busy);
            }
            Ok(tx.imports_mut().create(&new, &change)?)
        };
        self.inner.store.write(write).await?;
        Ok(import)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // One that stays is removed at the next start.
            std::fs::remove_file(&self.path).ok();
        }
    }
}
