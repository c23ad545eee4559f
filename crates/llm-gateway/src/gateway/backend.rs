//! One model server at work.

use super::board::Board;
use super::bounded::Bounded;
use super::contexts::Contexts;
use super::gate::Gate;
use super::health::Health;
use super::paced::Paced;
use super::status::{Circuit, ProviderStatus};
use super::{GatewaySettings, Provider};
use crate::{ChatModel, ChatRequest, ChatStream, GatewayError, ProviderKind, Speedometer};
use domain::Clock;
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// A provider with its turns, its time-outs and its health.
pub(super) struct Backend {
    pub(super) name: String,
    pub(super) kind: ProviderKind,
    pub(super) model: Arc<dyn ChatModel>,
    pub(super) settings: GatewaySettings,
    pub(super) health: Arc<Health>,
    pub(super) contexts: Contexts,
    /// What answers where the model asked for is not.
    pub(super) stand_in: Option<String>,
    gate: Gate,
}

impl Backend {
    pub(super) fn new(
        provider: Provider,
        settings: &GatewaySettings,
        (board, place): (Arc<Board>, usize),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let Provider { name, kind, model, settings: own, stand_in } = provider;
        let settings = own.unwrap_or_else(|| settings.clone());
        let health = Arc::new(Health::new(board, place, Arc::clone(&model), clock, &settings));
        let gate = Gate::new(settings.concurrency, settings.queue);
        Self { name, kind, model, settings, health, contexts: Contexts::default(), stand_in, gate }
    }

    /// Asks the model, as [`super::Gateway::chat`] says; with a speedometer, the server's own speed is noted.
    pub(super) async fn chat(
        &self,
        request: ChatRequest,
        speed: Option<Speedometer>,
    ) -> Result<ChatStream, GatewayError> {
        let Self { model, settings, health, .. } = self;
        let permit = self.turn().await?;
        let trial = health.admit().await?;
        let deadline = Instant::now() + settings.first_token_timeout;
        let (asked, most) = (request.model.clone(), request.max_tokens);
        let asking = match speed {
            None => model.chat(request),
            Some(speed) => model.chat_measured(request, speed),
        };
        match tokio::time::timeout_at(deadline, asking).await {
            Ok(Ok(answer)) => {
                let turn = (permit, trial);
                let answer = Bounded::new(answer, asked.clone(), most).boxed();
                Ok(Paced::new(answer, turn, Arc::clone(health), settings, asked, deadline).boxed())
            }
            Ok(Err(error)) => {
                drop(permit);
                Err(health.judge(error).await)
            }
            Err(_) => {
                let after = settings.first_token_timeout;
                let error = GatewayError::FirstTokenTimeout { model: asked, after };
                health.timed_out(&error);
                Err(error)
            }
        }
    }

    /// How many tokens prompt and answer may take together, as [`super::Gateway::context_tokens`] says.
    pub(super) async fn context_tokens(&self, model: &str) -> u32 {
        let Self { model: server, settings, health, contexts, .. } = self;
        if let Some(tokens) = contexts.get(model) {
            return tokens;
        }
        let most = settings.context_tokens;
        if !health.is_allowed() {
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
        if let Some(permit) = self.gate.try_enter() {
            return Ok(permit);
        }
        tokio::select! {
            biased;
            permit = self.gate.enter() => permit,
            error = self.health.gone() => Err(error),
        }
    }
}

/// A provider of which nothing is known yet.
pub(super) fn unprobed(provider: &Provider) -> ProviderStatus {
    ProviderStatus {
        name: provider.name.clone(),
        kind: provider.kind,
        provider: provider.model.provider(),
        base_url: provider.model.base_url().to_owned(),
        allowed: false,
        connected: false,
        probed: false,
        version: None,
        models: Vec::new(),
        checked_at: None,
        latency_ms: None,
        error: None,
        circuit: Circuit::Closed,
        failures: 0,
    }
}
