//! Keeping the text of replies in the making.

use crate::service::Inner;
use domain::{MessageId, Note};
use std::sync::Arc;

struct Checkpoint {
    id: MessageId,
    text: String,
    notes: Vec<Note>,
}

/// While text is coming: all that is new, in one write, once an interval.
pub(crate) async fn keep(inner: Arc<Inner>) {
    loop {
        tokio::select! {
            () = inner.streaming.notified() => {}
            () = inner.shutdown.cancelled() => return,
        }
        while inner.live.len() > 0 {
            tokio::select! {
                () = tokio::time::sleep(inner.limits.checkpoint_interval) => {}
                () = inner.shutdown.cancelled() => return,
            }
            let grown = grown(&inner);
            if grown.is_empty() {
                continue;
            }
            let at = inner.clock.now();
            let write = move |tx: &mut persistence::WriteTx<'_>| {
                grown.iter().try_for_each(|reply| {
                    tx.messages_mut().checkpoint(reply.id, &reply.text, &reply.notes, at)
                })
            };
            if let Err(error) = inner.store.write(write).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
                forget(&inner);
            }
        }
    }
}

/// The replies with text that is not on disk yet.
fn grown(inner: &Inner) -> Vec<Checkpoint> {
    let mut grown = Vec::new();
    for live in inner.live.all() {
        live.progress.send_if_modified(|progress| {
            if progress.text.len() > progress.kept && live.outcome().is_none() {
                progress.kept = progress.text.len();
                grown.push(Checkpoint {
                    id: live.id,
                    text: progress.text.clone(),
                    notes: progress.notes.clone(),
                });
            }
            false
        });
    }
    grown
}

/// What was to be kept was not: all of it is new again.
fn forget(inner: &Inner) {
    for live in inner.live.all() {
        live.progress.send_if_modified(|progress| {
            progress.kept = 0;
            false
        });
    }
}
