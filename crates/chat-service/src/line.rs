//! The turns of one session, one behind the other.

use crate::live::LiveReply;
use domain::SessionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The last reply of a session's line. Whoever holds the place writes to the database and then becomes the last, so that
/// the line has the order of the rows.
pub(crate) type Place = OwnedMutexGuard<Option<Arc<LiveReply>>>;

/// A session's line: the reply that stands last.
type Line = Arc<AsyncMutex<Option<Arc<LiveReply>>>>;

/// The lines of all sessions in which something is under way.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    by_session: Mutex<HashMap<SessionId, Line>>,
}

impl Lines {
    /// Waits for the session's place.
    pub(crate) async fn place(&self, session: SessionId) -> Place {
        let line = {
            let mut lines = self.by_session.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.entry(session).or_default())
        };
        line.lock_owned().await
    }

    /// Forgets the session's line if nobody stands in it.
    pub(crate) fn leave(&self, session: SessionId) {
        let mut lines = self.by_session.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = lines.get(&session).is_some_and(|line| {
            Arc::strong_count(line) == 1
                && line.try_lock().is_ok_and(|last| last.as_ref().is_none_or(|last| last.has_passed()))
        });
        if idle {
            lines.remove(&session);
        }
    }
}
