//! How many replies have each status.
//!
//! To know it all messages are read, for nothing on the way of a turn keeps a tally of it: a third of a second among 200,000
//! messages of 275 MB. So a large company's replies that have ended are counted rarely, and how long ago is told. Those that
//! have not are few and have an index of their own: they are always counted.

use crate::CompanyError;
use chat_service::{ReadTx, StoreError};
use domain::Timestamp;
use std::time::Duration;
use tokio::sync::Mutex;

/// How often replies are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountLimits {
    /// With up to so many messages each time somebody asks. Default 20,000.
    pub at_once: i64,
    /// With more, no more often than this. Default 30 s.
    pub every: Duration,
}

impl Default for CountLimits {
    fn default() -> Self {
        Self { at_once: 20_000, every: Duration::from_secs(30) }
    }
}

/// Replies by status, by its word.
#[derive(Debug, Clone)]
pub(super) struct ReplyCounts {
    pub(super) by_status: Vec<(String, i64)>,
    /// When those that have ended were counted.
    pub(super) at: Timestamp,
}

/// What was counted last. Who asks meanwhile waits, and has the same.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    limits: CountLimits,
    last: Mutex<Option<ReplyCounts>>,
}

impl Counting {
    pub(crate) fn new(limits: CountLimits) -> Self {
        Self { limits, last: Mutex::default() }
    }

    /// Reads them with something else, at one moment.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        now: Timestamp,
        store: &chat_service::Store,
        read: impl FnOnce(&mut ReadTx<'_>) -> Result<T, CompanyError> + Send + 'static,
    ) -> Result<(T, ReplyCounts), CompanyError> {
        let mut last = self.last.lock().await;
        let limits = self.limits;
        let fresh = |it: &ReplyCounts| {
            it.at <= now && u128::from(now.millis_since(it.at).unsigned_abs()) < limits.every.as_millis()
        };
        let known = last.clone().filter(fresh);
        let read = move |tx: &mut ReadTx<'_>| Ok((read(tx)?, count(tx, known, limits, now)?));
        let (rest, replies): (T, ReplyCounts) = store.read::<_, CompanyError, _>(read).await?;
        *last = Some(replies.clone());
        Ok((rest, replies))
    }
}

fn count(
    tx: &mut ReadTx<'_>,
    known: Option<ReplyCounts>,
    limits: CountLimits,
    now: Timestamp,
) -> Result<ReplyCounts, StoreError> {
    match known {
        Some(mut known) if tx.counts().newest_message()? > limits.at_once => {
            let open = tx.counts().open_replies_by_status()?;
            known.by_status.retain(|(status, _)| !OPEN.contains(&status.as_str()));
            known.by_status.extend(open);
            Ok(known)
        }
        _ => Ok(ReplyCounts { by_status: tx.counts().replies_by_status()?, at: now }),
    }
}

/// What a reply can be that has not ended.
const OPEN: [&str; 3] = ["pending", "streaming", "deferred"];
