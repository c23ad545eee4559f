//! Models that come and go.

use super::backend::Backend;
use super::{Gateway, Inner};
use crate::{
    ChatRequest, Chunk, GatewayError, ModelInfo, ModelLibrary, ModelName, ProviderKind, PullProgress,
    PullStream, Speedometer,
};
use domain::Usage;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What one provider has.
#[derive(Debug)]
pub struct ProviderModels {
    /// The provider's name.
    pub provider: String,
    /// Where its models run.
    pub kind: ProviderKind,
    /// Its models, in its order, with all it tells of them; or why it tells nothing.
    pub models: Result<Vec<ModelInfo>, GatewayError>,
}

/// A generation that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelTest {
    /// The provider that answered.
    pub provider: String,
    /// The model that really answered.
    pub model: String,
    /// What it said.
    pub text: String,
    /// From the question to the first text. Waiting for a turn and loading the model are part of it.
    pub first_token: Duration,
    /// From the question to the end.
    pub total: Duration,
    /// The server's own counters, where it gave them.
    pub usage: Option<Usage>,
    /// Tokens per second: what the server itself says, or else its own count over the time from the first text to the
    /// end. None when it counts nothing.
    pub tokens_per_second: Option<f64>,
}

impl Gateway {
    /// What each provider that may be asked has, asked all at once, for `manage_timeout` at most. One that is known to be
    /// away is not asked.
    pub async fn models(&self) -> Vec<ProviderModels> {
        let allowed = self.inner.backends.iter().filter(|backend| backend.health.is_allowed());
        join_all(allowed.map(async |backend| ProviderModels {
            provider: backend.name.clone(),
            kind: backend.kind,
            models: backend.within(backend.model.models()).await,
        }))
        .await
    }

    /// Has a model fetched: by the provider of this name, or the first one that can. Needs no turn.
    ///
    /// The stream is that of [`ModelLibrary::pull`]; when it gives `success`, the status lists the model already. Dropping
    /// it cancels the pull at the server, and asking again goes on where it was.
    ///
    /// # Errors
    ///
    /// [`GatewayError::NotManaged`] when there is nobody who fetches models; [`GatewayError::Unreachable`] when the server
    /// is away, may not be asked, or does not begin within `manage_timeout`; all others as in [`ModelLibrary::pull`]. In the
    /// stream [`GatewayError::Silence`] when nothing comes for `pull_silence_timeout`.
    pub async fn pull(&self, name: &ModelName, provider: Option<&str>) -> Result<PullStream, GatewayError> {
        let (place, backend, library) = self.inner.keeper(provider, None)?;
        let begun = backend.within(library.pull(name)).await?;
        let pulling = Pulling { begun, inner: Arc::clone(&self.inner), place, name: name.clone() };
        Ok(stream::unfold(Some(pulling), |pulling| async move { pulling?.next().await }).boxed())
    }

    /// The name of the provider that [`Self::pull`] asks.
    ///
    /// # Errors
    ///
    /// [`GatewayError::NotManaged`]; [`GatewayError::Unreachable`] when it is away or may not be asked.
    pub fn puller(&self, provider: Option<&str>) -> Result<String, GatewayError> {
        let (_, backend, _) = self.inner.keeper(provider, None)?;
        if backend.health.is_away() { Err(backend.health.away()) } else { Ok(backend.name.clone()) }
    }

    /// Has a model taken out of memory: at the provider of this name, or the first one that lists it.
    ///
    /// # Errors
    ///
    /// As [`Self::pull`], and [`GatewayError::UnknownModel`].
    pub async fn unload(&self, name: &ModelName, provider: Option<&str>) -> Result<(), GatewayError> {
        let (_, backend, library) = self.inner.keeper(provider, Some(name))?;
        backend.within(library.unload(name)).await
    }

    /// Has a model deleted: at the provider of this name, or the first one that lists it. When this returns, the status
    /// does not list it there any more. Gives the provider's name.
    ///
    /// # Errors
    ///
    /// As [`Self::pull`], and [`GatewayError::UnknownModel`].
    pub async fn delete(&self, name: &ModelName, provider: Option<&str>) -> Result<String, GatewayError> {
        let (_, backend, library) = self.inner.keeper(provider, Some(name))?;
        backend.within(library.delete(name)).await?;
        backend.changed(name).await;
        Ok(backend.name.clone())
    }

    /// Asks as [`Self::chat`] does, takes a turn as it does, and measures the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::chat`], those in the stream included.
    pub async fn test(&self, request: ChatRequest) -> Result<ModelTest, GatewayError> {
        let begun = Instant::now();
        let speed = Speedometer::default();
        let (mut answer, backend) = self.inner.chat(request, Some(speed.clone())).await?;
        let (mut text, mut first, mut end) = (String::new(), None, None);
        while let Some(chunk) = answer.next().await {
            match chunk? {
                Chunk::Text(more) => {
                    first.get_or_insert_with(|| begun.elapsed());
                    text.push_str(&more);
                }
                Chunk::Calls(_) | Chunk::CutOff => {}
                Chunk::Done { usage, model } => end = Some((usage, model, begun.elapsed())),
            }
        }
        // A stream that ends well has given its `Done`.
        let (usage, model, total) = end.unwrap_or_else(|| (None, String::new(), begun.elapsed()));
        let first_token = first.unwrap_or(total);
        if let Some(usage) = usage {
            speed.note_tokens(usage.completion_tokens, total.saturating_sub(first_token));
        }
        let tokens_per_second = speed.tokens_per_second();
        Ok(ModelTest {
            provider: backend.name.clone(),
            model,
            text,
            first_token,
            total,
            usage,
            tokens_per_second,
        })
    }
}

impl Inner {
    /// Who manages models: the provider of this name, or the first one that lists `model`, or else the first one that is
    /// there. With its place.
    fn keeper(
        &self,
        provider: Option<&str>,
        model: Option<&ModelName>,
    ) -> Result<(usize, &Backend, &dyn ModelLibrary), GatewayError> {
        let not_managed =
            |provider: &str, reason| GatewayError::NotManaged { provider: provider.to_owned(), reason };
        let backends = self.backends.iter().enumerate();
        if let Some(name) = provider {
            let Some((place, backend)) = backends.into_iter().find(|(_, backend)| backend.name == name)
            else {
                return Err(not_managed(&crate::error::detail(name), "there is no provider of this name"));
            };
            let library = backend.model.library();
            let library = library.ok_or_else(|| not_managed(name, "its protocol has no words for it"))?;
            return Ok((place, backend, library));
        }
        let status = self.board.status();
        let lists = |place: usize| {
            let known = status.providers.get(place);
            model.is_some_and(|model| known.is_some_and(|known| known.lists(model.as_str())))
        };
        let keepers =
            backends.filter_map(|(place, backend)| Some((place, backend, backend.model.library()?)));
        keepers
            .min_by_key(|(place, backend, _)| {
                (!backend.health.is_allowed(), !lists(*place), backend.health.is_away())
            })
            .ok_or_else(|| not_managed("any provider", "no protocol in use has words for it"))
    }
}

impl Backend {
    /// Asks about models, unless the server is known to be away, and not for long.
    async fn within<T>(
        &self,
        asked: impl Future<Output = Result<T, GatewayError>>,
    ) -> Result<T, GatewayError> {
        if self.health.is_away() {
            return Err(self.health.away());
        }
        let after = self.settings.manage_timeout;
        tokio::time::timeout(after, asked).await.unwrap_or_else(|_| {
            Err(GatewayError::Unreachable {
                base_url: self.model.base_url().to_owned(),
                source: format!("it gave no answer within {after:?}").into(),
            })
        })
    }

    /// A model has come or gone: what is known is found out anew.
    async fn changed(&self, name: &ModelName) {
        self.contexts.forget(name.as_str());
        self.health.probe_afresh().await;
    }
}

/// A pull that is passed on.
struct Pulling {
    begun: PullStream,
    inner: Arc<Inner>,
    place: usize,
    name: ModelName,
}

type Pulled = (Result<PullProgress, GatewayError>, Option<Pulling>);

impl Pulling {
    async fn next(mut self) -> Option<Pulled> {
        let backend = self.inner.backends.get(self.place)?;
        let after = backend.settings.pull_silence_timeout;
        match tokio::time::timeout(after, self.begun.next()).await {
            Ok(Some(Ok(progress))) => {
                if progress.status == "success" {
                    backend.changed(&self.name).await;
                }
                Some((Ok(progress), Some(self)))
            }
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => {
                let model = self.name.to_string();
                Some((Err(GatewayError::Silence { model, after }), None))
            }
        }
    }
}
