//! The real clock and the real ids. Everything else gets them from here.

use domain::{Clock, IdSource, Timestamp};
use uuid::Uuid;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the injected source")]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// UUIDv7: unique for ever, and rising within a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the injected source")]
    fn next_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
