//! Waiting for a condition instead of for time.

use std::time::Duration;

use tokio::time::Instant;

/// How long the waiters of this crate wait for something that is expected to happen soon.
pub const DEADLINE: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Asks `probe` again and again until it answers `Some`, and returns what it answered.
///
/// `probe` is asked at least once. A probe that hangs counts against the deadline too.
///
/// # Panics
///
/// Panics when `deadline` has passed, naming `what` was waited for.
pub async fn wait_until<T>(what: &str, deadline: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        match tokio::time::timeout_at(end, probe()).await {
            Ok(Some(found)) => return found,
            Ok(None) if Instant::now() < end => tokio::time::sleep(POLL_INTERVAL).await,
            Ok(None) | Err(_) => panic!("waited {deadline:?} in vain for {what}"),
        }
    }
}
