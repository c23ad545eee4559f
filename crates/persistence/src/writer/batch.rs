//! One transaction over several jobs.

use super::{Job, NOTE_EVERY, Tail};
use crate::chain::Link;
use crate::search::Backlog;
use crate::sqlite::queries::events::{self, InsertEvent};
use crate::sqlite::{Conn, dialect};
use crate::{ReadTx, StoreError, WriteTx};
use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use domain::{EventDraft, Position, RecordedEvent};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Manager = AnsiTransactionManager;

pub(super) struct Batch<'c> {
    conn: &'c mut Conn,
    /// What the search index has still to follow.
    backlog: &'c mut Backlog,
    /// How much of it was there before.
    begun_backlog: usize,
}

/// What a job that fails takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The whole transaction: the cheaper way, for most batches hold no job that fails.
    Transaction,
    /// Only what it did itself: it runs in a savepoint.
    Savepoint,
}

/// Why a job's savepoint was rolled back.
enum RolledBack {
    /// The job said so, or panicked.
    Job,
    /// The savepoint itself failed.
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for RolledBack {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

impl<'c> Batch<'c> {
    pub(super) fn begin(conn: &'c mut Conn, backlog: &'c mut Backlog) -> Result<Self, StoreError> {
        Manager::begin_transaction_sql(conn, dialect::BEGIN_WRITE)?;
        let begun_backlog = backlog.len();
        Ok(Self { conn, backlog, begun_backlog })
    }

    /// Runs the jobs. Gives the events of those that succeeded; none when one failed and nothing guards the others, which
    /// are to be run again then.
    ///
    /// # Errors
    /// Why the transaction is gone.
    pub(super) fn run(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        guard: Guard,
    ) -> Result<Option<Vec<EventDraft>>, StoreError> {
        let mut kept = Vec::with_capacity(jobs.len() * 3);
        for job in jobs {
            match guard {
                Guard::Transaction if run_one(self.conn, job.as_mut(), &mut kept, self.backlog).is_err() => {
                    return Ok(None);
                }
                Guard::Transaction => {}
                Guard::Savepoint => self.run_in_savepoint(job.as_mut(), &mut kept)?,
            }
        }
        Ok(Some(kept))
    }

    fn run_in_savepoint(&mut self, job: &mut dyn Job, kept: &mut Vec<EventDraft>) -> Result<(), StoreError> {
        let begun = kept.len();
        let begun_backlog = self.backlog.len();
        let backlog = &mut *self.backlog;
        let outcome = self.conn.transaction(|conn| run_one(conn, job, kept, backlog));
        if let Err(error) = outcome {
            kept.truncate(begun);
            self.backlog.truncate(begun_backlog);
            if let RolledBack::Database(error) = error {
                return Err(error.into());
            }
        }
        // SQLite ends the whole transaction by itself on a full disk and the like; going on would commit the rest
        // without what came before.
        if depth(self.conn) != Some(1) {
            let reason = "the database ended the transaction".to_owned();
            return Err(StoreError::NotWritable { reason });
        }
        Ok(())
    }

    /// Puts the events into the log behind its tail, dense, never back in time, each with its link of the chain.
    pub(super) fn append(
        &mut self,
        drafts: Vec<EventDraft>,
        mut tail: Tail,
    ) -> Result<(Vec<Arc<RecordedEvent>>, Tail), StoreError> {
        let mut events = Vec::with_capacity(drafts.len());
        for draft in drafts {
            tail = Tail { position: tail.position.next(), at: tail.at.max(draft.at), ..tail };
            let event = recorded(draft, tail)?;
            tail.hash = tail.hash.then(Link {
                position: event.position.get(),
                at: event.timestamp.as_micros(),
                department_id: event.department_id.as_deref(),
                texts: [
                    &event.event_type,
                    &event.entity_type,
                    &event.entity_id,
                    &event.created_by,
                    event.payload.get(),
                ],
            });
            let row = InsertEvent {
                position: event.position.get(),
                event_type: &event.event_type,
                entity_type: &event.entity_type,
                entity_id: &event.entity_id,
                department_id: event.department_id.as_deref(),
                actor: &event.created_by,
                at: event.timestamp.as_micros(),
                payload: event.payload.get(),
                hash: tail.hash.as_bytes(),
            };
            events::insert(self.conn, row)?;
            events.push(Arc::new(event));
        }
        tail.note(self.conn, NOTE_EVERY)?;
        Ok((events, tail))
    }

    /// Commits, and has the search index follow first if it is time. Outside the jobs' savepoints: the index is written out
    /// at the end of each.
    ///
    /// An index that cannot follow takes nobody's write with it.
    pub(super) fn commit(self, head: Position) -> Result<(), StoreError> {
        let mut is_settled = false;
        if self.backlog.is_due() {
            match self.backlog.settle(self.conn, head.get()) {
                Ok(()) => is_settled = true,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the search index could not follow"
                    );
                    self.backlog.lose();
                    if depth(self.conn) != Some(1) {
                        self.roll_back();
                        return Err(error);
                    }
                }
            }
        }
        if let Err(error) = Manager::commit_transaction(self.conn) {
            self.roll_back();
            return Err(error.into());
        }
        if is_settled {
            self.backlog.clear();
        }
        Ok(())
    }

    pub(super) fn roll_back(self) {
        self.backlog.truncate(self.begun_backlog);
        while depth(self.conn).is_some() {
            if let Err(error) = Manager::rollback_transaction(self.conn) {
                tracing::debug!(%error, "the transaction was gone already");
                break;
            }
        }
    }
}

fn run_one(
    conn: &mut Conn,
    job: &mut dyn Job,
    drafts: &mut Vec<EventDraft>,
    backlog: &mut Backlog,
) -> Result<(), RolledBack> {
    let base = depth(conn);
    // The panic is caught inside the savepoint: outside, diesel's depth would stay one too deep for ever.
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut tx = WriteTx { read: ReadTx { conn }, drafts, backlog };
        job.run(&mut tx)
    }));
    match ran {
        Ok(true) => Ok(()),
        Ok(false) => Err(RolledBack::Job),
        Err(_) => {
            job.panicked();
            while depth(conn) > base {
                Manager::rollback_transaction(conn)?;
            }
            Err(RolledBack::Job)
        }
    }
}

/// How many transactions are open in each other.
fn depth(conn: &mut Conn) -> Option<u32> {
    let status = Manager::transaction_manager_status_mut(conn);
    status.transaction_depth().ok().flatten().map(std::num::NonZeroU32::get)
}

fn recorded(draft: EventDraft, tail: Tail) -> Result<RecordedEvent, StoreError> {
    let unwritable = |error: String| StoreError::Corrupt { what: "event payload", value: error };
    let payload = draft.event.payload().map_err(|error| unwritable(error.to_string()))?;
    let (entity_type, entity_id) = draft.event.entity();
    Ok(RecordedEvent {
        position: Position::new(tail.position.get()),
        event_type: draft.event.event_type().into(),
        entity_type: entity_type.as_str().into(),
        entity_id: entity_id.into(),
        payload: payload.into(),
        created_by: draft.actor.to_string().into(),
        timestamp: tail.at,
        department_id: draft.department_id.map(|slug| slug.as_str().into()),
    })
}
