//! Who is let through to a provider.

use super::Health;
use crate::error::detail;
use crate::{Circuit, GatewayError};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The one chat that a half-open circuit lets through. Dropped without a verdict, it makes room for the next one.
pub(in crate::gateway) struct Trial(Arc<Health>);

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.trying.store(false, Ordering::Release);
        self.0.board.touch();
    }
}

impl Health {
    /// Lets a chat through, or says why not; behind a half-open circuit it waits for how the one before it fares.
    pub(in crate::gateway) async fn admit(self: &Arc<Self>) -> Result<Option<Trial>, GatewayError> {
        if self.board.is_clear(self.place) {
            return Ok(None);
        }
        let mut board = self.board.watch();
        loop {
            board.mark_unchanged();
            match self.board.look(self.place, |it| it.allowed.then_some(it.circuit)).flatten() {
                None | Some(Circuit::Open) => return Err(self.away()),
                Some(Circuit::Closed) => return Ok(None),
                Some(Circuit::HalfOpen) => {
                    if !self.trying.swap(true, Ordering::AcqRel) {
                        return Ok(Some(Trial(Arc::clone(self))));
                    }
                }
            }
            // The board lives as long as this does.
            board.changed().await.ok();
        }
    }

    /// Whether a chat that came now would have to wait for another one's fate.
    pub(in crate::gateway) fn is_trying(&self) -> bool {
        self.trying.load(Ordering::Acquire)
    }

    /// The server has answered a chat, well or not.
    pub(in crate::gateway) fn answered(&self) {
        if self.board.is_clear(self.place) {
            return;
        }
        let mut was = Circuit::Closed;
        self.board.update(self.place, |it| {
            let news = it.failures > 0 || it.circuit != Circuit::Closed;
            was = std::mem::replace(&mut it.circuit, Circuit::Closed);
            it.failures = 0;
            news
        });
        if was != Circuit::Closed {
            tracing::info!(base_url = self.model.base_url(), "the model server answers again");
            self.doubt.notify_one();
        }
    }

    /// A chat has waited for its first token in vain.
    pub(in crate::gateway) fn timed_out(&self, error: &GatewayError) {
        self.failed(error, false);
    }

    /// Counts a failure, and opens the circuit when it is one too many.
    pub(super) fn failed(&self, error: &GatewayError, gone: bool) {
        let (mut found, mut opened) = (false, false);
        self.board.update(self.place, |it| {
            if !it.allowed {
                return false;
            }
            found = gone && (it.connected || !it.probed);
            if found {
                self.disconnect(it, error.summary(), None);
            }
            if it.circuit == Circuit::Open {
                return found;
            }
            it.failures = it.failures.saturating_add(1);
            opened = it.circuit == Circuit::HalfOpen || it.failures >= self.most_failures;
            if opened {
                let why = format!("{} chats in a row failed: {}", it.failures, error.summary());
                self.disconnect(it, detail(&why), None);
                it.circuit = Circuit::Open;
            }
            true
        });
        let base_url = self.model.base_url();
        if found {
            tracing::warn!(error = error.summary(), "a chat found the model server unreachable");
            self.doubt.notify_one();
        }
        if opened {
            tracing::warn!(base_url, "no chat is sent to the model server until a probe finds it well");
        }
    }
}
