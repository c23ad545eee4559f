//! Where the state of all connections stands.

use crate::{ConnectionState, ConnectionStatus};
use domain::ConnectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is known of every connection. All changes go through it; each gets a number, so that whoever follows knows what is new
/// to them, and nothing is queued for them.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: Mutex<Entries>,
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Entries {
    changes: u64,
    states: HashMap<ConnectionId, (u64, ConnectionState)>,
}

/// The changes of all connections' states, from the moment of [`crate::ToolGateway::changes`] on. Whoever is slow gets the newest
/// state of each connection, and skips what it was in between.
#[derive(Debug)]
pub struct Changes {
    board: Arc<Board>,
    last: watch::Receiver<u64>,
    seen: u64,
}

impl Board {
    /// Begins a connection anew; what was known of its lists stays.
    pub(super) fn begin(&self, id: ConnectionId, status: ConnectionStatus) {
        let mut entries = self.entries();
        if entries.states.contains_key(&id) {
            drop(entries);
            self.update(id, |state| {
                state.status = status;
                state.error = None;
            });
        } else {
            entries.changes += 1;
            let change = entries.changes;
            entries.states.insert(id, (change, ConnectionState::new(id, status)));
            self.last.send_replace(change);
        }
    }

    pub(super) fn remove(&self, id: ConnectionId) {
        self.entries().states.remove(&id);
    }

    pub(super) fn state(&self, id: ConnectionId) -> Option<ConnectionState> {
        self.entries().states.get(&id).map(|(_, state)| state.clone())
    }

    /// Changes what is known of a connection, if it is there still. Only what it says counts as a change, not when it was
    /// looked.
    pub(super) fn update(&self, id: ConnectionId, change: impl FnOnce(&mut ConnectionState)) {
        let mut entries = self.entries();
        let next = entries.changes + 1;
        let Some((number, state)) = entries.states.get_mut(&id) else { return };
        let before = state.clone();
        change(state);
        if !state.says_as(&before) {
            *number = next;
            entries.changes = next;
            self.last.send_replace(next);
        }
    }

    pub(super) fn changes(self: &Arc<Self>) -> Changes {
        let seen = self.entries().changes;
        Changes { board: Arc::clone(self), last: self.last.subscribe(), seen }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    /// The next change: a connection's state as it is now. Waits for one; cancelling loses none.
    pub async fn next(&mut self) -> ConnectionState {
        loop {
            self.last.mark_unchanged();
            if let Some((number, state)) = self.oldest_unseen() {
                self.seen = number;
                return state;
            }
            if self.last.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn oldest_unseen(&self) -> Option<(u64, ConnectionState)> {
        let entries = self.board.entries();
        entries
            .states
            .values()
            .filter(|(number, _)| *number > self.seen)
            .min_by_key(|(number, _)| *number)
            .cloned()
    }
}
