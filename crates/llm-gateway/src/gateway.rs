//! Model servers at work for a company.

mod backend;
mod board;
mod bounded;
mod contexts;
mod gate;
mod health;
mod manage;
mod paced;
mod route;
mod status;

use crate::{ChatModel, ChatRequest, ChatStream, GatewayError, Provider, Routing};
use backend::{Backend, unprobed};
use board::Board;
use domain::Clock;
use futures_util::future::join_all;
pub use manage::{ModelTest, ProviderModels};
pub use status::{BrainStatus, Circuit, ProviderStatus};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Model servers with order, limits, time-outs and health, one or several. Cheap to clone; clones share everything.
///
/// Among several, a chat goes to a provider that lists its model, local ones first, in the order they were given; when that
/// one is away or lacks the model after all, to the next. Once a token has come, it stays.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    /// At least one; on the board each has the same place.
    backends: Vec<Backend>,
    board: Arc<Board>,
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
    /// How many chats in a row find the server gone or wait for their first token in vain before nobody is sent there until
    /// a probe finds it well (at least one). 3.
    pub circuit_failures: u32,
    /// How long it may take to list, unload or delete models, and to begin a pull. 30 s.
    pub manage_timeout: Duration,
    /// How long a pull may tell nothing; a server that checks what it has fetched is silent for minutes. 10 min.
    pub pull_silence_timeout: Duration,
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
            circuit_failures: 3,
            manage_timeout: Duration::from_secs(30),
            pull_silence_timeout: Duration::from_secs(600),
        }
    }
}

/// Who may be asked at a moment. Off or on again, everything about a provider is found out anew. Answers and pulls that
/// are under way are not cut off: who holds their streams drops them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Why nobody may be asked at all: then all is as if unreachable, with this as the reason.
    pub refusal: Option<String>,
    /// Which kinds of providers may be asked. One that may not is not even probed.
    pub routing: Routing,
}

impl Default for Permission {
    fn default() -> Self {
        Self { refusal: None, routing: Routing::Hybrid }
    }
}

/// Says who may be asked at this moment. Called before each question, so it is to be quick.
type Law = dyn Fn() -> Permission + Send + Sync;

/// Makes a [`Gateway`].
#[must_use]
pub struct GatewayBuilder {
    providers: Vec<Provider>,
    clock: Arc<dyn Clock>,
    settings: GatewaySettings,
    law: Box<Law>,
}

impl GatewayBuilder {
    /// Other numbers than the default ones, for every provider that brings none of its own.
    pub fn settings(mut self, settings: GatewaySettings) -> Self {
        self.settings = settings;
        self
    }

    /// Who says, at each question, which providers may be asked; without it, all of them. What it says acts from the next
    /// question on; who waits, and the loop of a provider that may be asked again, find out with [`Gateway::look_again`].
    pub fn permitted_by(mut self, law: impl Fn() -> Permission + Send + Sync + 'static) -> Self {
        self.law = Box::new(law);
        self
    }

    /// One more provider. Where several have the same name, the first is meant by it.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// The gateway. It does nothing by itself: somebody has to run [`Gateway::run_probe`].
    pub fn build(self) -> Gateway {
        let Self { providers, clock, settings, law } = self;
        let board = Arc::new(Board::new(law, providers.iter().map(unprobed).collect()));
        let backend = |(place, provider)| {
            Backend::new(provider, &settings, (Arc::clone(&board), place), Arc::clone(&clock))
        };
        let backends = providers.into_iter().enumerate().map(backend).collect();
        Gateway { inner: Arc::new(Inner { backends, board }) }
    }
}

impl Gateway {
    /// Begins a gateway to a model server, a provider by the name of its wire.
    pub fn builder(model: Arc<dyn ChatModel>, clock: Arc<dyn Clock>) -> GatewayBuilder {
        Self::to(Provider::new(model.provider(), model), clock)
    }

    /// Begins a gateway to this provider; [`GatewayBuilder::provider`] adds others.
    pub fn to(first: Provider, clock: Arc<dyn Clock>) -> GatewayBuilder {
        let (settings, law) = (GatewaySettings::default(), Box::new(Permission::default));
        GatewayBuilder { providers: vec![first], clock, settings, law }
    }

    /// Asks the model: waits for its turn (first come, first served), then for the server to accept the question.
    ///
    /// The turn is over with [`crate::Chunk::Done`], an error, or when the stream is dropped. The stream holds no empty
    /// texts. Dropping the future leaves the queue or cancels the question; dropping the stream ends the generation at
    /// the server.
    ///
    /// With several providers the future ends with the first token as long as somebody else could still be asked; only
    /// [`GatewayError::Unreachable`] and [`GatewayError::UnknownModel`] make it go on to the next one. When all fail so, it
    /// is unreachable if one was: that one may have the model when it is back.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Busy`] when the queue is full. [`GatewayError::Unreachable`] when the server is not there, may
    /// not be asked ([`Permission`], an open circuit), is found gone while the question waits for its turn, or breaks off
    /// before the first token and a probe finds it
    /// gone; the status says so already when this returns. [`GatewayError::FirstTokenTimeout`], counted from the turn's
    /// beginning. All others as in [`ChatModel::chat`]. What fails after the server has accepted the question is an
    /// error in the stream, `Unreachable` and `FirstTokenTimeout` included.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChatStream, GatewayError> {
        self.ask(request).await.map(|(answer, _)| answer)
    }

    /// As [`Self::chat`]; also gives the name of the provider that answers.
    ///
    /// # Errors
    /// As [`Self::chat`].
    pub async fn ask(&self, request: ChatRequest) -> Result<(ChatStream, &str), GatewayError> {
        let (answer, backend) = self.inner.chat(request, None).await?;
        Ok((answer, &backend.name))
    }

    /// Whether a question for this model has nobody to answer it as long as somebody is away: nobody who is there has it, as far
    /// as is known, or may stand in for it, and who is away may.
    pub fn is_away(&self, model: &str, may_stand_in: bool) -> bool {
        self.inner.is_away(model, may_stand_in)
    }

    /// What the last probes found, or a chat since then. Never a call.
    pub fn status(&self) -> Arc<BrainStatus> {
        self.inner.board.status()
    }

    /// Follows [`Self::status`]; changes with every probe, also when it found what was known.
    pub fn watch(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.inner.board.watch()
    }

    /// Takes up at once that another [`Permission`] holds: who waits for a turn that cannot come is told so, and who may
    /// be asked again is probed.
    pub fn look_again(&self) {
        self.inner.board.refresh();
        self.inner.backends.iter().for_each(|backend| backend.health.look_again());
    }

    /// How many chats are at the servers at a time, all providers together.
    pub fn concurrency(&self) -> usize {
        self.inner.backends.iter().map(|backend| backend.settings.concurrency.max(1)).sum()
    }

    /// Asks the servers now, each for `probe_timeout` at most. Callers at the same time share one probe. Needs no turn.
    pub async fn probe(&self) -> Arc<BrainStatus> {
        join_all(self.inner.backends.iter().map(|backend| backend.health.probe())).await;
        self.status()
    }

    /// Probes until cancelled: each server at once, then every `probe_interval`, less often while it is away, and at once
    /// when a chat finds it gone or it may be asked again. Can be dropped at any moment.
    pub async fn run_probe(self, cancel: CancellationToken) {
        join_all(self.inner.backends.iter().map(|backend| backend.health.run(cancel.clone()))).await;
    }

    /// Takes note that the server the error names could not be reached: its status is disconnected at once, and the
    /// probe's loop looks at once whether that is still so. [`Self::chat`] does this itself.
    pub fn report_unreachable(&self, error: &GatewayError) {
        let GatewayError::Unreachable { base_url, .. } = error else { return };
        let named = self.inner.backends.iter().filter(|backend| backend.model.base_url() == base_url);
        named.for_each(|backend| backend.health.report_unreachable(error));
    }

    /// How many tokens prompt and answer may take together with this model: what it can attend to, at most
    /// [`GatewaySettings::context_tokens`]. Asks the server a chat would go to, for `probe_timeout` at most, when it is not
    /// known yet; that is remembered for a while also when it fails, and the setting is taken then.
    pub async fn context_tokens(&self, model: &str) -> u32 {
        let backend = match &*self.inner.backends {
            [only] => Some(only),
            several => self.inner.candidates(model).first().copied().or(several.first()),
        };
        match backend {
            Some(backend) => backend.context_tokens(model).await,
            None => GatewaySettings::default().context_tokens,
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = |backend: &Backend| (backend.name.clone(), backend.model.base_url().to_owned());
        let providers: Vec<_> = self.inner.backends.iter().map(provider).collect();
        f.debug_struct("Gateway").field("providers", &providers).finish_non_exhaustive()
    }
}
