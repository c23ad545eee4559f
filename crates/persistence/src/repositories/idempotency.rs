//! The book of idempotency keys: which requests and spoken commands came, and what they were answered. No fact a user sees, so no events.

use crate::rows::IdempotencyRow;
use crate::sqlite::queries::idempotency as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::Timestamp;

/// A request that carried a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The key.
    pub key: String,
    /// What was asked: a digest of method, path and body.
    pub fingerprint: String,
    /// What it was answered; none while it runs, or when it was cut off.
    pub answer: Option<StoredAnswer>,
    /// When it came.
    pub created_at: Timestamp,
}

/// An answer kept for a repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The content type; empty without a body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// The book of idempotency keys, for reading.
#[derive(Debug)]
pub struct IdempotencyKeys<'t, 'c>(&'t mut ReadTx<'c>);

/// The book of idempotency keys, for changing.
#[derive(Debug)]
pub struct IdempotencyKeysMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// The book of idempotency keys.
    pub fn idempotency_keys(&mut self) -> IdempotencyKeys<'_, 'c> {
        IdempotencyKeys(self)
    }
}

impl<'c> WriteTx<'c> {
    /// The book of idempotency keys, for changing.
    pub fn idempotency_keys_mut(&mut self) -> IdempotencyKeysMut<'_, 'c> {
        IdempotencyKeysMut(self)
    }
}

impl IdempotencyKeys<'_, '_> {
    /// What is known of a key.
    pub fn get(&mut self, key: &str) -> Result<Option<IdempotencyRecord>, StoreError> {
        let Some(row) = queries::get(self.0.conn, key)? else { return Ok(None) };
        let answer = row.status.map(|status| StoredAnswer {
            status: u16::try_from(status).unwrap_or(500),
            content_type: row.content_type.unwrap_or_default(),
            body: row.body.unwrap_or_default(),
        });
        let created_at = Timestamp::from_micros(row.created_at);
        Ok(Some(IdempotencyRecord { key: row.key, fingerprint: row.fingerprint, answer, created_at }))
    }
}

impl IdempotencyKeysMut<'_, '_> {
    /// Notes that a request with this key runs.
    pub fn claim(&mut self, key: &str, fingerprint: &str, at: Timestamp) -> Result<(), StoreError> {
        let row = IdempotencyRow {
            key: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            status: None,
            content_type: None,
            body: None,
            created_at: at.as_micros(),
        };
        Ok(queries::insert(self.0.conn(), &row)?)
    }

    /// Keeps the answer for a repeat.
    pub fn answer(&mut self, key: &str, answer: &StoredAnswer) -> Result<(), StoreError> {
        let status = i32::from(answer.status);
        Ok(queries::answer(self.0.conn(), key, status, &answer.content_type, &answer.body)?)
    }

    /// Forgets a key, so that a repeat runs anew.
    pub fn release(&mut self, key: &str) -> Result<(), StoreError> {
        Ok(queries::delete(self.0.conn(), key)?)
    }

    /// Forgets the keys that came before a time.
    pub fn forget_before(&mut self, time: Timestamp) -> Result<(), StoreError> {
        Ok(queries::delete_older(self.0.conn(), time.as_micros())?)
    }
}
