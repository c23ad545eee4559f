//! Who may ask next.

use crate::GatewayError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets a bounded number through at a time, first come, first served, and a bounded number wait.
#[derive(Debug)]
pub(super) struct Gate {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

impl Gate {
    pub(super) fn new(concurrency: usize, queue: usize) -> Self {
        let permits = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self { permits: Arc::new(Semaphore::new(permits)), waiting: AtomicUsize::new(0), queue }
    }

    /// Through at once or not at all. Nobody is overtaken: a permit that is given back goes to who waits.
    pub(super) fn try_enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// Waits in line. Dropping the future leaves the line.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, GatewayError> {
        let place = Place(&self.waiting);
        if place.0.fetch_add(1, Ordering::Relaxed) >= self.queue {
            return Err(GatewayError::Busy);
        }
        // The semaphore is never closed.
        Arc::clone(&self.permits).acquire_owned().await.map_err(|_| GatewayError::Busy)
    }
}

/// A place in the line, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::pin::pin;

    #[tokio::test]
    async fn the_line_is_served_in_order_and_has_an_end() {
        let gate = Gate::new(1, 2);
        let first = gate.try_enter().unwrap();
        assert!(gate.try_enter().is_none());

        let (mut second, mut third) = (pin!(gate.enter()), pin!(gate.enter()));
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        assert!(matches!(gate.enter().await, Err(GatewayError::Busy)));

        drop(first);
        assert!(gate.try_enter().is_none(), "nobody overtakes who waits");
        assert!(poll!(&mut third).is_pending());
        let second = second.await.unwrap();
        drop(second);
        drop(third.await.unwrap());
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn who_leaves_the_line_makes_room() {
        let gate = Gate::new(0, 1);
        let only = gate.try_enter().unwrap();
        {
            let mut waiting = pin!(gate.enter());
            assert!(poll!(&mut waiting).is_pending());
            assert!(matches!(gate.enter().await, Err(GatewayError::Busy)));
        }
        let mut waiting = pin!(gate.enter());
        assert!(poll!(&mut waiting).is_pending());
        drop(only);
        drop(waiting.await.unwrap());
    }
}
