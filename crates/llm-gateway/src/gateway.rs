//! One model server at work for a company.

mod contexts;
mod gate;
mod health;
mod paced;

use crate::{ChatModel, ChatRequest, ChatStream, GatewayError};
use contexts::Contexts;
use domain::Clock;
use futures_util::StreamExt;
use gate::Gate;
pub use health::BrainStatus;
use health::Health;
use paced::Paced;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A model server with order, limits, time-outs and health. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    model: Arc<dyn ChatModel>,
    settings: GatewaySettings,
    gate: Gate,
    health: Arc<Health>,
    contexts: Contexts,
}

/// The numbers a gateway works by. The time to connect belongs to the provider: [`crate::ClientSettings`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// From being let through to the first token. A model may have to be loaded from disk first. 120 s.
    pub first_token_timeout: Duration,
    /// From one token to the next. 60 s.
    pub silence_timeout: Duration,
    /// Between two probes while the server is reachable; while it is not, half of it, then the whole, then twice as
    /// much, but never more than 4 s. 2 s.
    pub probe_interval: Duration,
    /// How long a probe may take. 2 s.
    pub probe_timeout: Duration,
    /// How many chats are at the server at a time (at least one). 32: servers that batch use it, and Ollama queues what
    /// it cannot run at once. Time in the server's own queue counts as waiting for the first token.
    pub concurrency: usize,
    /// How many chats wait for their turn before [`GatewayError::Busy`]. 1024.
    pub queue: usize,
    /// The most tokens of context to use, whatever a model can do: memory grows with it. 8192.
    pub context_tokens: u32,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            first_token_timeout: Duration::from_secs(120),
            silence_timeout: Duration::from_secs(60),
            probe_interval: Duration::from_secs(2),
            probe_timeout: Duration::from_secs(2),
            concurrency: 32,
            queue: 1024,
            context_tokens: 8192,
        }
    }
}

/// Says why the server may not be asked at this moment; none lets it. Called before each question, so it is to be quick.
type Refusal = dyn Fn() -> Option<String> + Send + Sync;

/// Makes a [`Gateway`].
#[must_use]
pub struct GatewayBuilder {
    model: Arc<dyn ChatModel>,
    clock: Arc<dyn Clock>,
    settings: GatewaySettings,
    refusal: Box<Refusal>,
}

impl GatewayBuilder {
    /// Other numbers than the default ones.
    pub fn settings(mut self, settings: GatewaySettings) -> Self {
        self.settings = settings;
        self
    }

    /// Who says, at each question, why the server may not be asked. While it does, nothing is sent to the server, probes
    /// included, and the status stays as it is.
    pub fn refused_while(mut self, refusal: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.refusal = Box::new(refusal);
        self
    }

    /// The gateway. It does nothing by itself: somebody has to run [`Gateway::run_probe`].
    pub fn build(self) -> Gateway {
        let Self { model, clock, settings, refusal } = self;
        let health = Health::new(Arc::clone(&model), clock, &settings, refusal);
        let gate = Gate::new(settings.concurrency, settings.queue);
        let contexts = Contexts::default();
        Gateway { inner: Arc::new(Inner { model, settings, gate, health: Arc::new(health), contexts }) }
    }
}

impl Gateway {
    /// Begins a gateway to a model server.
    pub fn builder(model: Arc<dyn ChatModel>, clock: Arc<dyn Clock>) -> GatewayBuilder {
        GatewayBuilder { model, clock, settings: GatewaySettings::default(), refusal: Box::new(|| None) }
    }

    /// Asks the model: waits for its turn (first come, first served), then for the server to accept the question.
    ///
    /// The turn is over with [`crate::Chunk::Done`], an error, or when the stream is dropped. The stream holds no empty
    /// texts. Dropping the future leaves the queue or cancels the question; dropping the stream ends the generation at
    /// the server.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Busy`] when the queue is full. [`GatewayError::Unreachable`] when the server may not be asked, or
    /// is not there, is
    /// found gone while the question waits for its turn, or breaks off before the first token and a probe finds it
    /// gone; the status says so already when this returns. [`GatewayError::FirstTokenTimeout`], counted from the turn's
    /// beginning. All others as in [`ChatModel::chat`]. What fails after the server has accepted the question is an
    /// error in the stream, `Unreachable` and `FirstTokenTimeout` included.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChatStream, GatewayError> {
        let Inner { model, settings, health, .. } = &*self.inner;
        health.refuse()?;
        let permit = self.turn().await?;
        // The wait may have been long.
        health.refuse()?;
        let deadline = Instant::now() + settings.first_token_timeout;
        let asked = request.model.clone();
        match tokio::time::timeout_at(deadline, model.chat(request)).await {
            Ok(Ok(answer)) => {
                Ok(Paced::new(answer, permit, Arc::clone(health), settings, asked, deadline).boxed())
            }
            Ok(Err(error)) => {
                drop(permit);
                Err(health.judge(error).await)
            }
            Err(_) => {
                Err(GatewayError::FirstTokenTimeout { model: asked, after: settings.first_token_timeout })
            }
        }
    }

    /// What the last probe found, or a chat since then. Never a call.
    pub fn status(&self) -> Arc<BrainStatus> {
        self.inner.health.status()
    }

    /// Follows [`Self::status`]; changes with every probe, also when it found what was known.
    pub fn watch(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.inner.health.watch()
    }

    /// Wakes the probe's loop: what refused it may do so no longer.
    pub fn look_again(&self) {
        self.inner.health.look_again();
    }

    /// How many chats are at the server at a time.
    pub fn concurrency(&self) -> usize {
        self.inner.settings.concurrency.max(1)
    }

    /// Asks the server now, for `probe_timeout` at most. Callers at the same time share one probe. Needs no turn.
    pub async fn probe(&self) -> Arc<BrainStatus> {
        self.inner.health.probe().await
    }

    /// Probes until cancelled: at once, then every `probe_interval`, less often while the server is away, and at once
    /// when a chat finds it gone. Can be dropped at any moment.
    pub async fn run_probe(self, cancel: CancellationToken) {
        self.inner.health.run(cancel).await;
    }

    /// Takes note that the server could not be reached: the status is disconnected at once, and the probe's loop looks
    /// at once whether that is still so. [`Self::chat`] does this itself.
    pub fn report_unreachable(&self, error: &GatewayError) {
        self.inner.health.report_unreachable(error);
    }

    /// How many tokens prompt and answer may take together with this model: what it can attend to, at most
    /// [`GatewaySettings::context_tokens`]. Asks the server, for `probe_timeout` at most, when it is not known yet; that
    /// is remembered for a while also when it fails, and the setting is taken then.
    pub async fn context_tokens(&self, model: &str) -> u32 {
        let Inner { model: server, settings, health, contexts, .. } = &*self.inner;
        if let Some(tokens) = contexts.get(model) {
            return tokens;
        }
        let most = settings.context_tokens;
        if health.refuse().is_err() {
            return most;
        }
        match tokio::time::timeout(settings.probe_timeout, server.context_length(model)).await {
            Ok(Ok(length)) => contexts.keep(model, length.map_or(most, |length| length.min(most))),
            Ok(Err(error)) if error.is_unreachable() => {
                health.report_unreachable(&error);
                most
            }
            Ok(Err(_)) | Err(_) => contexts.keep_briefly(model, most),
        }
    }

    /// Waits for a turn, but not for a server that is found gone meanwhile.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, GatewayError> {
        let Inner { gate, health, .. } = &*self.inner;
        if let Some(permit) = gate.try_enter() {
            return Ok(permit);
        }
        tokio::select! {
            biased;
            permit = gate.enter() => permit,
            error = health.gone() => Err(error),
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { model, settings, .. } = &*self.inner;
        f.debug_struct("Gateway")
            .field("provider", &model.provider())
            .field("base_url", &model.base_url())
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}
