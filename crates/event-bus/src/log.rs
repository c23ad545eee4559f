//! The log that subscriptions replay from.

use domain::{Epoch, EventFilter, Position, RecordedEvent};

/// The log could not be read; trying again shortly may do.
#[derive(Debug, thiserror::Error)]
#[error("the event log could not be read")]
pub struct LogError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The event log, for reading.
#[async_trait::async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// The newest committed position. What is read after this call is at least as new.
    fn head(&self) -> Position;

    /// Which log this is, and the smallest `since` that loses nothing.
    async fn identity(&self) -> Result<(Epoch, Position), LogError>;

    /// Up to `limit` admitted events after a position, oldest first.
    async fn after(
        &self,
        since: Position,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError>;
}
