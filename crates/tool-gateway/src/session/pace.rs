//! How fast a server may speak.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const SECOND: Duration = Duration::from_secs(1);
/// So many bytes weigh as much as one message.
const BYTES_PER_UNIT: usize = 8 * 1024;

/// Lets through a bounded number of messages in each second. Who has spent a second's allowance waits for the next one:
/// meanwhile nothing is read, and the server waits in its own pipe.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    allowance: usize,
    spent: usize,
    began: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(messages_per_second: u32) -> Self {
        Self { allowance: messages_per_second.max(1) as usize, spent: 0, began: None }
    }

    /// Waits until the next message may be read. Cancelling loses nothing.
    pub(crate) async fn ready(&mut self) {
        let Some(began) = self.began else { return };
        if self.spent >= self.allowance {
            sleep_until(began + SECOND).await;
        }
        if Instant::now() >= began + SECOND {
            self.began = None;
            self.spent = 0;
        }
    }

    /// One message of this length was read.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.began.get_or_insert_with(Instant::now);
        self.spent = self.spent.saturating_add(1 + bytes / BYTES_PER_UNIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_taken_second_by_second() {
        let mut pace = Pace::new(10);
        let begun = Instant::now();
        for _ in 0..35 {
            pace.ready().await;
            pace.spend(100);
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn long_messages_weigh_more() {
        let mut pace = Pace::new(10);
        let begun = Instant::now();
        pace.spend(1024 * 1024);
        pace.ready().await;
        pace.spend(10);
        pace.ready().await;
        assert_eq!(begun.elapsed(), SECOND);
    }
}
