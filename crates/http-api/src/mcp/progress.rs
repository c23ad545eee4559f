//! How far an answer is, for a host that wants to be told.

use super::Asked;
use super::message::McpAnswer;
use crate::api::Api;
use crate::sse;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Between two tellings.
const PACE: Duration = Duration::from_secs(1);

/// How many characters of an answer there are.
#[derive(Default)]
pub(crate) struct Progress(watch::Sender<usize>);

impl Progress {
    /// So many more than before.
    pub(super) fn add(&self, characters: usize) {
        self.0.send_modify(|known| *known += characters);
    }

    /// So many in all. It never becomes less.
    pub(super) fn reach(&self, characters: usize) {
        self.0.send_if_modified(|known| {
            let more = characters > *known;
            *known = characters.max(*known);
            more
        });
    }
}

/// An answer on its way.
struct Coming {
    answer: Pin<Box<dyn Future<Output = McpAnswer>>>,
    characters: watch::Receiver<usize>,
    token: Value,
    next: Instant,
}

/// Events: `notifications/progress` under a token as the answer grows, and the answer. Leaving does not stop what was asked.
pub(crate) fn as_it_comes(api: Api, asked: Asked, token: Value) -> impl Stream<Item = Bytes> {
    let progress = Progress::default();
    let characters = progress.0.subscribe();
    let answer = Box::pin(async move { asked.answer(&api, &progress).await });
    let coming = Coming { answer, characters, token, next: Instant::now() };
    stream::unfold(Some(coming), async |coming| Some(coming?.block().await))
}

impl Coming {
    async fn block(mut self) -> (Bytes, Option<Self>) {
        let Self { answer, characters, next, .. } = &mut self;
        let grown = async {
            sleep_until(*next).await;
            characters.changed().await
        };
        tokio::select! {
            biased;
            answer = answer => return (event(&answer), None),
            // The sender is the answer's, which is looked at first.
            Ok(()) = grown => {}
        }
        self.next = Instant::now() + PACE;
        let params = json!({"progressToken": self.token, "progress": *self.characters.borrow_and_update()});
        let told = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params});
        (event(&told), Some(self))
    }
}

fn event(message: &impl serde::Serialize) -> Bytes {
    // Views and strings: this cannot fail.
    sse::raw_event(None, None, &serde_json::to_vec(message).unwrap_or_default())
}
