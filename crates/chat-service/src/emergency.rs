//! Stopping everything at once.

use crate::service::ChatService;
use domain::MessageState;
use futures_util::future::join_all;

impl ChatService {
    /// Ends every reply in the making, here and at the model server, those that wait for their turn included; their text
    /// so far is kept. Replies that wait for the brain stay deferred. Gives how many it stopped.
    ///
    /// The generations end at once. It is then waited until that is stored, for as long as a shutdown waits.
    pub async fn stop_all(&self) -> usize {
        self.inner.halts.send_modify(|halts| *halts = halts.wrapping_add(1));
        let running = self.inner.live.all();
        for live in &running {
            live.stop.cancel();
        }
        let stored = join_all(running.iter().map(|live| live.ended()));
        if tokio::time::timeout(self.inner.limits.shutdown_grace, stored).await.is_err() {
            tracing::warn!("not all replies that were stopped could be stored in time");
        }
        let stopped = |live: &&std::sync::Arc<crate::live::LiveReply>| {
            live.outcome().is_some_and(|ended| ended.state == MessageState::Stopped)
        };
        running.iter().filter(stopped).count()
    }

    /// Waits for the next [`ChatService::stop_all`]: for work with a model that is no reply of a session.
    pub async fn halted(&self) {
        // The sender lives as long as `self`.
        drop(self.inner.halts.subscribe().changed().await);
    }
}
