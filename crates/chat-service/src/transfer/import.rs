//! Taking a file in: in the background, one after the other, in small steps beside everybody else's writes.

use super::talk::{Taken, Talk, settle};
use super::{read, upload};
use crate::ChatError;
use crate::service::{ChatService, Inner};
use domain::{Actor, Import, ImportId, ImportStatus, Session, SessionId};
use persistence::{ReadTx, StoreError, Transferred, WriteTx};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The most messages of one commit: about five milliseconds of the writer's time.
const STEP: usize = 200;
/// The most bytes of text of one commit.
const STEP_BYTES: usize = 1024 * 1024;
/// Before a busy database is asked again, and while the Founder allows no changes.
const PAUSE: Duration = Duration::from_millis(100);

/// An import that has begun.
#[derive(Debug)]
pub struct RunningImport {
    /// As it began.
    pub import: Import,
    ended: oneshot::Receiver<Import>,
}

impl RunningImport {
    /// Waits for its end. Dropping the future does not stop the import.
    ///
    /// # Errors
    /// [`ChatError::ShuttingDown`]: it goes on with the next start.
    pub async fn ended(self) -> Result<Import, ChatError> {
        self.ended.await.map_err(|_| ChatError::ShuttingDown)
    }
}

impl ChatService {
    /// An import, at work or ended.
    ///
    /// # Errors
    /// [`ChatError::NotFound`].
    pub async fn import(&self, id: ImportId) -> Result<Import, ChatError> {
        let find = move |tx: &mut ReadTx<'_>| tx.imports().get(id);
        self.inner.store.read(find).await?.ok_or_else(|| ChatError::not_found("import", id))
    }
}

/// At start: goes on with what was at work, and removes files that nobody waits for.
pub(crate) async fn take_up(inner: &Arc<Inner>) -> Result<(), ChatError> {
    let running = inner.store.read(|tx: &mut ReadTx<'_>| tx.imports().running()).await?;
    let wanted: HashSet<String> = running.iter().map(|import| import.id.to_string()).collect();
    let files = std::fs::read_dir(upload::folder(inner.store.path())).into_iter().flatten().flatten();
    for file in files.filter(|file| !file.file_name().to_str().is_some_and(|name| wanted.contains(name))) {
        if let Err(error) = std::fs::remove_file(file.path()) {
            tracing::warn!(%error, file = %file.path().display(), "the file of an import stays");
        }
    }
    for import in running {
        drop(begin(inner, import));
    }
    Ok(())
}

/// Has an import done, from where it has come to.
pub(super) fn begin(inner: &Arc<Inner>, import: Import) -> RunningImport {
    let (sender, ended) = oneshot::channel();
    let (service, own) = (Arc::clone(inner), import.clone());
    inner.spawn(async move {
        if let Some(import) = run(service, own).await {
            // Nobody may wait for it.
            sender.send(import).ok();
        }
    });
    RunningImport { import, ended }
}

/// Gives the import as it ended; none when it did not.
async fn run(inner: Arc<Inner>, import: Import) -> Option<Import> {
    let _turn = tokio::select! {
        turn = inner.imports.lock() => turn,
        () = inner.shutdown.cancelled() => return None,
    };
    let path = upload::path(&inner, import.id);
    let mut work = Work { inner: Arc::clone(&inner), import };
    let outcome = work.run().await;
    let (status, error) = match outcome {
        Ok(true) => (ImportStatus::Completed, None),
        Ok(false) | Err(Halt::Service(ChatError::ShuttingDown)) => return None,
        Err(Halt::Service(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, import = %work.import.id, "an import failed");
            (ImportStatus::Failed, Some(error.to_string()))
        }
        Err(Halt::File(why)) => (ImportStatus::Failed, Some(why)),
    };
    match work.finish(status, error).await {
        Ok(()) => {
            std::fs::remove_file(&path).ok();
            Some(work.import)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the end of an import is not kept");
            None
        }
    }
}

/// Why an import cannot go on.
enum Halt {
    Service(ChatError),
    File(String),
}

impl From<ChatError> for Halt {
    fn from(error: ChatError) -> Self {
        Self::Service(error)
    }
}

/// A commit's part of an import.
enum Step {
    Begin(Session, Vec<Transferred>),
    GoOn(SessionId, Vec<Transferred>),
}

struct Work {
    inner: Arc<Inner>,
    import: Import,
}

impl Work {
    /// Reads the file on a thread of its own, a session at a time, and takes in what it hands over. Gives `false` when the
    /// import is not wanted any more.
    async fn run(&mut self) -> Result<bool, Halt> {
        let (sender, mut talks) = mpsc::channel::<Talk>(4);
        let (path, form) = (upload::path(&self.inner, self.import.id), self.import.form);
        let mut done = self.import.talks;
        let read = move || {
            read::each(&path, form, &mut |talk| {
                done -= 1;
                done >= 0 || sender.blocking_send(talk).is_ok()
            })
        };
        let reading = self.inner.tracker.spawn_blocking_on(read, &self.inner.runtime);
        let mut next = Vec::new();
        loop {
            let talk = tokio::select! {
                talk = talks.recv() => talk,
                () = self.inner.shutdown.cancelled() => return Ok(false),
            };
            let is_last = talk.is_none();
            next.extend(talk);
            let rows: usize = next.iter().map(size).sum();
            if (is_last || rows >= STEP)
                && !next.is_empty()
                && !self.take_in(std::mem::take(&mut next)).await?
            {
                return Ok(false);
            }
            if is_last {
                break;
            }
        }
        match reading.await {
            Ok(read) => read.map(|()| true).map_err(Halt::File),
            Err(_) => Err(Halt::File("the file cannot be read: its reader panicked".to_owned())),
        }
    }

    /// Takes in some sessions, in as many commits as their messages need.
    async fn take_in(&mut self, talks: Vec<Talk>) -> Result<bool, Halt> {
        let talks = self.settled(talks).await?;
        let (mut steps, mut room) = (Vec::new(), Room::new());
        for talk in talks {
            // Behind what came in before a restart; the session has begun then.
            let begun = usize::try_from(self.import.messages).unwrap_or(usize::MAX);
            if begun == 0 {
                self.count(&talk);
            }
            if let Some((session, messages)) = talk.session {
                let id = session.id;
                let mut rest = messages.into_iter().skip(begun).peekable();
                let mut session = Some(session).filter(|_| begun == 0);
                while session.is_some() || rest.peek().is_some() {
                    let part = room.fill(&mut rest);
                    let messages = i64::try_from(part.len()).unwrap_or(i64::MAX);
                    self.import.messages += messages;
                    self.import.report.messages.imported += messages;
                    steps.push(match session.take() {
                        Some(session) => Step::Begin(session, part),
                        None => Step::GoOn(id, part),
                    });
                    if room.is_full() && rest.peek().is_some() {
                        room = Room::new();
                        if !self.commit(std::mem::take(&mut steps)).await? {
                            return Ok(false);
                        }
                    }
                }
            }
            self.import.messages = 0;
            self.import.talks += 1;
            self.import.done_bytes = talk.done_bytes;
            if room.is_full() {
                room = Room::new();
                if !self.commit(std::mem::take(&mut steps)).await? {
                    return Ok(false);
                }
            }
        }
        self.commit(steps).await
    }

    /// What the database says to these sessions. Those that are here already are left as they are.
    async fn settled(&self, talks: Vec<Talk>) -> Result<Vec<Talk>, Halt> {
        let begun = self.import.messages > 0;
        let settle_all = move |tx: &mut ReadTx<'_>| {
            let mut taken = Taken::default();
            let mut talks = talks;
            for (n, talk) in talks.iter_mut().enumerate() {
                let Some((session, messages)) = &talk.session else { continue };
                let ours = begun && n == 0;
                let here = taken.sessions.contains(&session.id) || tx.sessions().get(session.id)?.is_some();
                if here && !ours {
                    talk.report.sessions.skipped += 1;
                    talk.report.messages.skipped += i64::try_from(messages.len()).unwrap_or(i64::MAX);
                    talk.session = None;
                } else {
                    settle(talk, tx, &mut taken)?;
                }
            }
            Ok::<_, ChatError>(talks)
        };
        Ok(self.inner.store.read(settle_all).await?)
    }

    fn count(&mut self, talk: &Talk) {
        let (all, of) = (&mut self.import.report, &talk.report);
        for (all, of) in [(&mut all.sessions, of.sessions), (&mut all.messages, of.messages)] {
            all.skipped += of.skipped;
            all.left_out += of.left_out;
        }
        all.sessions.imported += i64::from(talk.session.is_some());
        all.remark_count += of.remark_count - i64::try_from(of.remarks.len()).unwrap_or_default();
        for remark in &of.remarks {
            all.remark(remark.clone());
        }
    }

    /// Commits steps, with how far the import has come. A busy database is asked again; so is one that nobody may change.
    async fn commit(&mut self, steps: Vec<Step>) -> Result<bool, Halt> {
        let steps = Arc::new(steps);
        loop {
            if self.inner.rules.now().admit().is_ok() {
                let change = self.inner.change(Actor::Founder);
                self.import.updated_at = change.at;
                let (steps, import) = (Arc::clone(&steps), self.import.clone());
                let write = move |tx: &mut WriteTx<'_>| {
                    if !tx.imports_mut().progress(&import)? {
                        return Ok(false);
                    }
                    for step in steps.iter() {
                        match step {
                            Step::Begin(session, messages) => {
                                tx.transfer_mut().begin(session, messages, &change)?;
                            }
                            // One that was removed meanwhile stays so.
                            Step::GoOn(id, messages) => {
                                tx.transfer_mut().go_on(*id, messages, &change)?;
                            }
                        }
                    }
                    Ok::<_, StoreError>(true)
                };
                match self.inner.store.write(write).await {
                    Err(StoreError::Busy) => {}
                    written => return Ok(written.map_err(ChatError::from)?),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.inner.shutdown.cancelled() => return Ok(false),
            }
        }
    }

    async fn finish(&mut self, status: ImportStatus, error: Option<String>) -> Result<(), ChatError> {
        let change = self.inner.change(Actor::Founder);
        self.import.status = status;
        self.import.error = error;
        self.import.updated_at = change.at;
        self.import.finished_at = Some(change.at);
        if status == ImportStatus::Completed {
            self.import.done_bytes = self.import.bytes;
        }
        let import = self.import.clone();
        let write = move |tx: &mut WriteTx<'_>| tx.imports_mut().finish(&import, &change);
        Ok(self.inner.store.write(write).await.map(drop)?)
    }
}

/// How many rows a session of a file becomes.
fn size(talk: &Talk) -> usize {
    1 + talk.session.as_ref().map_or(0, |(_, messages)| messages.len())
}

/// What a commit has room for.
struct Room {
    rows: usize,
    bytes: usize,
}

impl Room {
    const fn new() -> Self {
        Self { rows: STEP, bytes: STEP_BYTES }
    }

    const fn is_full(&self) -> bool {
        self.rows <= 1 || self.bytes == 0
    }

    fn fill(&mut self, rest: &mut impl Iterator<Item = Transferred>) -> Vec<Transferred> {
        let mut part = Vec::new();
        self.rows = self.rows.saturating_sub(1);
        while !self.is_full() {
            let Some(message) = rest.next() else { break };
            self.rows -= 1;
            self.bytes = self.bytes.saturating_sub(message.message.content.len());
            part.push(message);
        }
        part
    }
}
