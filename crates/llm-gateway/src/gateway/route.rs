//! Which provider is asked.

use super::Inner;
use super::backend::Backend;
use super::status::{Circuit, ProviderStatus};
use crate::{ChatRequest, ChatStream, GatewayError, ProviderKind, Speedometer};
use futures_util::{StreamExt, stream};

/// How likely a provider has an answer of this model. The smaller, the earlier it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Chance {
    /// It lists the model, or nobody has looked yet.
    Good,
    /// It is there and lists nothing at all, as some of the OpenAI wire do.
    Untold,
    /// It lists others only, and names one of them that may answer instead.
    StandIn,
    /// It was found away, or its circuit is not closed and somebody tries it already.
    Away,
    /// It is there and lists others only.
    None,
}

impl Inner {
    /// Asks whoever has the model, one after the other as long as they are away or lack it, and never after the first
    /// token. Gives the answer and who gave it.
    pub(super) async fn chat(
        &self,
        request: ChatRequest,
        speed: Option<Speedometer>,
    ) -> Result<(ChatStream, &Backend), GatewayError> {
        if let [only] = &*self.backends
            && only.stand_in.is_none()
        {
            return only.chat(request, speed).await.map(|answer| (answer, only));
        }
        let candidates = self.ranked(&request.model, request.may_stand_in);
        let mut candidates = candidates.into_iter().peekable();
        let mut failed = None;
        while let Some((chance, backend)) = candidates.next() {
            let mut request = request.clone();
            if let (Chance::StandIn, Some(model)) = (chance, &backend.stand_in) {
                request.model.clone_from(model);
            }
            let asked = match candidates.peek() {
                Some(_) => begun(backend.chat(request, speed.clone()).await).await,
                None => backend.chat(request, speed.clone()).await,
            };
            match asked {
                Ok(answer) => return Ok((answer, backend)),
                Err(error @ (GatewayError::Unreachable { .. } | GatewayError::UnknownModel { .. })) => {
                    tracing::debug!(provider = backend.name, error = error.summary(), "not answered here");
                    failed = Some(graver(failed, error));
                }
                Err(error) => return Err(error),
            }
        }
        Err(failed.unwrap_or_else(|| self.nobody()))
    }

    /// Who can be asked for this model, best first; nobody when nobody may be asked.
    pub(super) fn candidates(&self, model: &str) -> Vec<&Backend> {
        self.ranked(model, false).into_iter().map(|(_, backend)| backend).collect()
    }

    /// Whether all who may have this model are away.
    pub(super) fn is_away(&self, model: &str, may_stand_in: bool) -> bool {
        let status = self.board.status();
        let allowed = || status.providers.iter().zip(&self.backends).filter(|(known, _)| known.allowed);
        let stands_in =
            |(known, backend): (&ProviderStatus, &Backend)| known.connected && backend.stand_in.is_some();
        allowed().any(|(known, _)| !known.connected)
            && !status.may_have(model)
            && !(may_stand_in && allowed().any(stands_in))
    }

    fn ranked(&self, model: &str, may_stand_in: bool) -> Vec<(Chance, &Backend)> {
        let status = self.board.status();
        let allowed = status.providers.iter().zip(&self.backends).filter(|(known, _)| known.allowed);
        let mut ranked: Vec<(Chance, bool, &Backend)> = allowed
            .map(|(known, backend)| {
                let chance = match chance(known, backend, model) {
                    Chance::None if may_stand_in && backend.stand_in.is_some() => Chance::StandIn,
                    chance => chance,
                };
                (chance, backend.kind == ProviderKind::Api, backend)
            })
            .collect();
        ranked.sort_by_key(|(chance, api, _)| (*chance, *api));
        // Nobody has it, as far as is known: the first may have got it since its probe. Otherwise a question goes to
        // nobody who has nothing to answer it with.
        let wanted = ranked.iter().take_while(|(chance, ..)| *chance != Chance::None).count().max(1);
        ranked.into_iter().take(wanted).map(|(chance, _, backend)| (chance, backend)).collect()
    }

    /// The error when nobody may be asked.
    pub(super) fn nobody(&self) -> GatewayError {
        let status = self.board.status();
        let why = status.error.clone().unwrap_or_default();
        GatewayError::Unreachable { base_url: status.base_url.clone(), source: why.into() }
    }
}

fn chance(known: &ProviderStatus, backend: &Backend, model: &str) -> Chance {
    match known {
        _ if known.circuit == Circuit::HalfOpen && backend.health.is_trying() => Chance::Away,
        _ if !known.probed || known.lists(model) => Chance::Good,
        _ if !known.connected => Chance::Away,
        _ if known.models.is_empty() => Chance::Untold,
        _ => Chance::None,
    }
}

/// Waits for the first chunk, so that what goes wrong until then can still be answered by somebody else.
async fn begun(asked: Result<ChatStream, GatewayError>) -> Result<ChatStream, GatewayError> {
    let mut answer = asked?;
    match answer.next().await {
        Some(Ok(first)) => Ok(stream::iter([Ok(first)]).chain(answer).boxed()),
        Some(Err(error)) => Err(error),
        None => Ok(answer),
    }
}

/// Of two failures the one to tell: who is away may have the model when it is back.
fn graver(before: Option<GatewayError>, now: GatewayError) -> GatewayError {
    match before {
        Some(before) if before.is_unreachable() || !now.is_unreachable() => before,
        _ => now,
    }
}
