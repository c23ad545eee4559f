//! What is being spoken, so that it can be ended.

use domain::{SessionId, VoiceOwner};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The answers that are being spoken.
#[derive(Debug, Clone, Default)]
pub(super) struct Speeches(Arc<Mutex<Register>>);

#[derive(Debug, Default)]
struct Register {
    next: u64,
    spoken: HashMap<u64, Spoken>,
}

/// An answer that is being spoken.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub(super) session_id: Option<SessionId>,
    pub(super) owner: VoiceOwner,
    end: CancellationToken,
}

/// One's own place among them; gone when it is dropped.
#[derive(Debug)]
pub(super) struct Speech {
    speeches: Speeches,
    number: u64,
    end: CancellationToken,
}

impl Speeches {
    pub(super) fn begin(&self, session_id: Option<SessionId>, owner: VoiceOwner) -> Speech {
        let end = CancellationToken::new();
        let mut register = self.lock();
        let number = register.next;
        register.next += 1;
        register.spoken.insert(number, Spoken { session_id, owner, end: end.clone() });
        Speech { speeches: self.clone(), number, end }
    }

    /// Ends those; gives how many they are.
    pub(super) fn hush(&self, which: impl Fn(&Spoken) -> bool) -> usize {
        let register = self.lock();
        let ended = register.spoken.values().filter(|it| !it.end.is_cancelled() && which(it));
        ended.inspect(|it| it.end.cancel()).count()
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Speech {
    /// Returns when it is to end.
    pub(super) async fn hushed(&self) {
        self.end.cancelled().await;
    }

    pub(super) fn is_hushed(&self) -> bool {
        self.end.is_cancelled()
    }
}

impl Drop for Speech {
    fn drop(&mut self) {
        self.speeches.lock().spoken.remove(&self.number);
    }
}
