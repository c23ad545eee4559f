//! The book of keys.

use super::running::Running;
use super::{cut_off, other_request};
use crate::api::Api;
use crate::problem::Problem;
use chat_service::{ChatError, IdempotencyRecord, StoredAnswer, WriteTx};

/// How long an answer is kept.
const HOURS: i64 = 24;

/// What the book says to a request.
pub(super) enum Entry {
    /// It is the first with its key: it runs.
    First(Claim),
    /// The first was answered like this.
    Answered(StoredAnswer),
}

/// The right to run. Others with the key wait until it is dropped.
pub(super) struct Claim {
    api: Api,
    key: String,
    _running: Running,
}

/// Enters a request into the book, after waiting for one with its key that runs now.
pub(super) async fn enter(api: &Api, key: &str, fingerprint: &str) -> Result<Entry, Problem> {
    let running = loop {
        match api.keys.take(key) {
            Ok(running) => break running,
            // It ends by being dropped, which is an error to the receiver.
            Err(mut end) => drop(end.changed().await),
        }
    };
    match claim(api, key, fingerprint).await? {
        None => Ok(Entry::First(Claim { api: api.clone(), key: key.to_owned(), _running: running })),
        Some(record) if record.fingerprint != fingerprint => Err(other_request()),
        Some(IdempotencyRecord { answer: Some(answer), .. }) => Ok(Entry::Answered(answer)),
        Some(_) => Err(cut_off()),
    }
}

/// Notes the key, or gives what is noted of it.
async fn claim(api: &Api, key: &str, fingerprint: &str) -> Result<Option<IdempotencyRecord>, ChatError> {
    let (key, fingerprint) = (key.to_owned(), fingerprint.to_owned());
    let now = api.chat.clock().now();
    let write = move |tx: &mut WriteTx<'_>| {
        tx.idempotency_keys_mut().forget_before(now.minus_hours(HOURS))?;
        let known = tx.idempotency_keys().get(&key)?;
        if known.is_none() {
            tx.idempotency_keys_mut().claim(&key, &fingerprint, now)?;
        }
        Ok(known)
    };
    api.chat.store().write(write).await
}

impl Claim {
    /// Keeps the answer.
    pub(super) async fn answer(&self, answer: StoredAnswer) {
        let key = self.key.clone();
        let write = move |tx: &mut WriteTx<'_>| tx.idempotency_keys_mut().answer(&key, &answer);
        if let Err(error) = self.api.chat.store().write(write).await {
            tracing::warn!(%error, "an answer could not be kept for a repeat");
        }
    }

    /// Forgets the key: the request may be tried again.
    pub(super) async fn release(&self) {
        let key = self.key.clone();
        let write = move |tx: &mut WriteTx<'_>| tx.idempotency_keys_mut().release(&key);
        if let Err(error) = self.api.chat.store().write(write).await {
            tracing::warn!(%error, "a key could not be forgotten");
        }
    }
}
