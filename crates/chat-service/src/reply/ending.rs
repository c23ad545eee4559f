//! Storing the end of a reply.

use super::speaker;
use crate::service::Inner;
use domain::{Day, Message, ModelCall, Slug};
use persistence::Change;
use std::sync::Arc;
use std::time::Duration;

/// Stores the end of a reply with what was asked of models for it, and gives the reply as it is stored then. A database
/// that is busy or takes no writes is tried again until the service shuts down: the reply has been made, and only its row
/// knows nothing of it yet. None when it is not on disk.
pub(super) async fn store_end(
    inner: &Inner,
    message: Message,
    department: Option<&Slug>,
    calls: Vec<ModelCall>,
    used_tools: bool,
) -> Option<Message> {
    const LONGEST_PAUSE: Duration = Duration::from_secs(5);
    let mut pause = Duration::from_millis(100);
    let (day, calls) = (Day::of(message.updated_at), Arc::<[ModelCall]>::from(calls));
    loop {
        let (ended, department, counted) = (message.clone(), department.cloned(), Arc::clone(&calls));
        let change = Change::new(speaker(&message), message.updated_at);
        let write = move |tx: &mut persistence::WriteTx<'_>| {
            tx.usage_mut().add(&counted, day)?;
            if tx.messages_mut().advance(&ended, department.as_ref(), &change)? && !used_tools {
                return Ok(Some(ended.clone()));
            }
            tx.messages().get(ended.id)
        };
        match inner.store.write(write).await {
            // Purged meanwhile: nobody needs it.
            Ok(stored) => {
                inner.usage.add(day, &calls);
                return Some(stored.unwrap_or(message));
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(reply = %message.id, error, "the end of a reply could not be stored");
            }
        }
        if inner.shutdown.is_cancelled() {
            return None;
        }
        inner.shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
