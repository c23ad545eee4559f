//! What is known of models' contexts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Context sizes by model name, each kept for a while: a model can be pulled again under its name.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    tokens: u32,
    until: Instant,
}

impl Contexts {
    /// Names come from requests too; when there are this many, all are forgotten.
    const MOST: usize = 256;
    const KEPT: Duration = Duration::from_secs(600);
    const KEPT_BRIEFLY: Duration = Duration::from_secs(30);

    pub(super) fn get(&self, model: &str) -> Option<u32> {
        self.known().get(model).filter(|known| known.until > Instant::now()).map(|known| known.tokens)
    }

    /// Keeps what the server said, and returns it.
    pub(super) fn keep(&self, model: &str, tokens: u32) -> u32 {
        self.insert(model, tokens, Self::KEPT)
    }

    /// Keeps a guess, so that a server that cannot tell is not asked before every chat.
    pub(super) fn keep_briefly(&self, model: &str, tokens: u32) -> u32 {
        self.insert(model, tokens, Self::KEPT_BRIEFLY)
    }

    /// The model has changed.
    pub(super) fn forget(&self, model: &str) {
        self.known().remove(model);
    }

    fn insert(&self, model: &str, tokens: u32, kept: Duration) -> u32 {
        let mut known = self.known();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(model.to_owned(), Known { tokens, until: Instant::now() + kept });
        tokens
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_guess_is_forgotten_sooner_than_a_fact() {
        let contexts = Contexts::default();
        assert_eq!((contexts.keep("fact", 1), contexts.keep_briefly("guess", 2)), (1, 2));
        assert_eq!(
            (contexts.get("fact"), contexts.get("guess"), contexts.get("other")),
            (Some(1), Some(2), None)
        );
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!((contexts.get("fact"), contexts.get("guess")), (Some(1), None));
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(contexts.get("fact"), None);
    }

    #[tokio::test]
    async fn invented_names_do_not_fill_the_memory() {
        let contexts = Contexts::default();
        for name in 0..10_000 {
            contexts.keep(&name.to_string(), 1);
        }
        assert!(contexts.known().len() <= Contexts::MOST);
    }
}
