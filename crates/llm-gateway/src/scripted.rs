//! A model for tests.

use crate::{Catalogue, ChatModel, ChatRequest, ChatStream, Chunk, GatewayError, ModelInfo};
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A model without a server, for tests and examples: it says what a closure returns, chunk by chunk. It can be held in
/// the middle of its answers and switched offline, and remembers what it was asked. Clones share all of this.
///
/// Its answers name the model `scripted` and carry no counters. What real servers do wrong is tested against a real
/// socket, with `testkit`'s model server.
#[derive(Clone)]
pub struct ScriptedModel {
    shared: Arc<Shared>,
}

type Answer = dyn Fn(&ChatRequest) -> Vec<Chunk> + Send + Sync;

struct Shared {
    answer: Box<Answer>,
    state: watch::Sender<State>,
    requests: watch::Sender<usize>,
    asked: Mutex<Vec<ChatRequest>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    online: bool,
    held: bool,
}

impl ScriptedModel {
    const BASE_URL: &'static str = "scripted:";
    const NAME: &'static str = "scripted";

    /// A model that is online, not held, and answers with these chunks. An empty chunk is a sign of life without text.
    pub fn new(answer: impl Fn(&ChatRequest) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self::of_chunks(move |request| answer(request).into_iter().map(Chunk::Text).collect())
    }

    /// A model that answers with these chunks, calls of tools among them; the final one is not to be among them.
    pub fn of_chunks(answer: impl Fn(&ChatRequest) -> Vec<Chunk> + Send + Sync + 'static) -> Self {
        let state = watch::Sender::new(State { online: true, held: false });
        let shared = Shared {
            answer: Box::new(answer),
            state,
            requests: watch::Sender::new(0),
            asked: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A model that always says this, in one chunk.
    pub fn saying(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |_| vec![text.clone()])
    }

    /// Switches the server on or off. Off, it is unreachable, and answers under way are cut off.
    pub fn set_online(&self, online: bool) {
        self.shared.state.send_modify(|state| state.online = online);
    }

    /// Lets no further chunk out of any answer until [`Self::release`].
    pub fn hold(&self) {
        self.shared.state.send_modify(|state| state.held = true);
    }

    /// Ends a [`Self::hold`].
    pub fn release(&self) {
        self.shared.state.send_modify(|state| state.held = false);
    }

    /// What it was asked so far, oldest first; questions to an unreachable server are not among them.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.asked().clone()
    }

    /// Waits until it was asked at least `count` times.
    pub async fn asked_times(&self, count: usize) {
        let mut requests = self.shared.requests.subscribe();
        // The sender lives as long as `self`, so this ends with the condition only.
        drop(requests.wait_for(|asked| *asked >= count).await);
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Vec<ChatRequest>> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reachable(&self) -> Result<(), GatewayError> {
        if self.shared.state.borrow().online {
            return Ok(());
        }
        Err(GatewayError::Unreachable {
            base_url: Self::BASE_URL.into(),
            source: "it is switched off".into(),
        })
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn provider(&self) -> &'static str {
        "scripted"
    }

    fn base_url(&self) -> &str {
        Self::BASE_URL
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream, GatewayError> {
        self.reachable()?;
        let mut chunks = (self.shared.answer)(&request);
        chunks.push(Chunk::Done { usage: None, model: Self::NAME.into() });
        {
            let mut asked = self.asked();
            asked.push(request);
            self.shared.requests.send_replace(asked.len());
        }
        let answer = stream::unfold(
            (chunks.into_iter(), self.shared.state.subscribe()),
            |(mut chunks, mut state)| async move {
                let next = chunks.next()?;
                let online = state
                    .wait_for(|state| !state.online || !state.held)
                    .await
                    .is_ok_and(|state| state.online);
                if online {
                    return Some((Ok(next), (chunks, state)));
                }
                let cut = GatewayError::Disconnected { base_url: Self::BASE_URL.into(), source: None };
                Some((Err(cut), (Vec::new().into_iter(), state)))
            },
        );
        Ok(answer.boxed())
    }

    async fn catalogue(&self) -> Result<Catalogue, GatewayError> {
        self.reachable()?;
        let model = ModelInfo { name: Self::NAME.into(), ..ModelInfo::default() };
        Ok(Catalogue { version: Some(env!("CARGO_PKG_VERSION").into()), models: vec![model] })
    }

    async fn context_length(&self, _: &str) -> Result<Option<u32>, GatewayError> {
        self.reachable()?;
        Ok(None)
    }
}
