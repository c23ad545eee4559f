//! The gate at which held streams wait.

use tokio::sync::Semaphore;

use super::recorder::ActiveStream;

/// Closed until stepped or opened; one per script set.
#[derive(Debug)]
pub(super) struct Gate {
    permits: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self { permits: Semaphore::new(0) }
    }
}

impl Gate {
    /// Lets everyone pass from now on.
    pub(super) fn open(&self) {
        self.permits.close();
    }

    /// Lets `tokens` pass, first come first served.
    pub(super) fn step(&self, tokens: usize) {
        self.permits.add_permits(tokens);
    }

    /// Returns once one token of this stream may pass; counts the stream as held while it waits.
    pub(super) async fn pass(&self, stream: &ActiveStream) {
        match self.permits.try_acquire() {
            Ok(permit) => return permit.forget(),
            Err(tokio::sync::TryAcquireError::Closed) => return,
            Err(tokio::sync::TryAcquireError::NoPermits) => {}
        }
        let _held = stream.hold();
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
    }
}
