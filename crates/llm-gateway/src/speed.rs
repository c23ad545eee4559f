//! How fast a model says it was.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Takes down what a server says of its model's speed while it answers one question. Clones share what was said.
#[derive(Debug, Clone, Default)]
pub struct Speedometer(Arc<OnceLock<f64>>);

impl Speedometer {
    /// Notes a speed; only the first one counts, and only if it is one.
    pub fn note(&self, tokens_per_second: f64) {
        if tokens_per_second.is_finite() && tokens_per_second > 0.0 {
            // Said twice: the first is kept.
            self.0.set(tokens_per_second).ok();
        }
    }

    /// Notes how many tokens took how long.
    pub fn note_tokens(&self, tokens: i64, took: Duration) {
        self.note(tokens as f64 / took.as_secs_f64());
    }

    /// What was noted, in tokens per second.
    pub fn tokens_per_second(&self) -> Option<f64> {
        self.0.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_speed_is_noted() {
        let speed = Speedometer::default();
        speed.note_tokens(0, Duration::from_secs(1));
        speed.note_tokens(5, Duration::ZERO);
        speed.note(f64::NAN);
        assert_eq!(speed.tokens_per_second(), None);
        speed.clone().note_tokens(50, Duration::from_millis(500));
        speed.note(7.0);
        assert_eq!(speed.tokens_per_second(), Some(100.0));
    }
}
