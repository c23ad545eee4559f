//! What was asked back, and waits for the "yes" of whoever it was asked.

use super::VoiceScope;
use domain::{SessionId, Timestamp, VoiceOwner};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For how long a question waits, and the most that wait.
const PATIENCE_MILLIS: i64 = 60_000;
const MOST: usize = 64;

/// Who says something, as far as it can be told: in a session, or to somebody in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asker {
    In(SessionId),
    To(VoiceOwner),
}

/// The questions, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<VecDeque<(Asker, Timestamp)>>);

impl Asker {
    pub(super) fn new(session_id: Option<SessionId>, scope: &VoiceScope) -> Self {
        match (session_id, scope) {
            (Some(session), _) => Self::In(session),
            (None, VoiceScope::Auto) => Self::To(VoiceOwner::Daena),
            (None, VoiceScope::With(owner)) => Self::To(owner.clone()),
        }
    }
}

impl Questions {
    /// Asks somebody. What was asked before is forgotten there, and elsewhere where too much waits.
    pub(super) fn ask(&self, whom: &Asker, now: Timestamp) {
        let mut questions = self.lock();
        questions.retain(|(asked, at)| asked != whom && is_open(*at, now));
        if questions.len() >= MOST {
            questions.pop_front();
        }
        questions.push_back((whom.clone(), now));
    }

    /// Whether this one was asked. Whatever it says next answers that or makes it forgotten.
    pub(super) fn take(&self, whom: &Asker, now: Timestamp) -> bool {
        let mut questions = self.lock();
        let asked = questions.iter().any(|(asked, at)| asked == whom && is_open(*at, now));
        questions.retain(|(asked, _)| asked != whom);
        asked
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Asker, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_open(asked_at: Timestamp, now: Timestamp) -> bool {
    now.millis_since(asked_at) < PATIENCE_MILLIS
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EntityId;

    #[test]
    fn a_question_waits_a_minute_and_the_newest_are_kept() {
        let questions = Questions::default();
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let session = |n: usize| Asker::In(SessionId::from_bytes([u8::try_from(n).unwrap(); 16]));
        questions.ask(&session(0), at(0));
        assert!(!questions.take(&session(0), at(60)));
        (0..=MOST).for_each(|n| questions.ask(&session(n), at(100)));
        assert_eq!(questions.lock().len(), MOST);
        assert!(!questions.take(&session(0), at(101)));
        assert!(questions.take(&session(1), at(159)));
        assert!(!questions.take(&session(1), at(159)), "it is answered once");
        questions.ask(&session(1), at(160));
        assert_eq!(questions.lock().len(), 1, "the old ones are forgotten");
    }
}
