//! The Ollama wire.

mod catalogue;
mod pull;
mod question;
mod records;

use crate::answer::Answer;
use crate::base_url::BaseUrl;
use crate::server::{ClientSettings, Server, SetupError};
use crate::{
    Catalogue, ChatModel, ChatRequest, ChatStream, GatewayError, ModelInfo, ModelLibrary, ModelName,
    PullStream, Secret, Speedometer,
};
use async_trait::async_trait;
use catalogue::{NameBody, Tags, UnloadBody, Version};
use futures_util::{StreamExt, stream};
use pull::{Pull, PullBody};
use question::ChatBody;
use records::ChatDecoder;
use reqwest::Url;
use std::sync::Arc;

/// A server that speaks Ollama's own protocol.
#[derive(Debug, Clone)]
pub struct OllamaModel {
    server: Arc<Server>,
    endpoints: Arc<Endpoints>,
}

#[derive(Debug)]
struct Endpoints {
    chat: Url,
    delete: Url,
    generate: Url,
    ps: Url,
    pull: Url,
    show: Url,
    tags: Url,
    version: Url,
}

impl OllamaModel {
    /// A server at a base URL such as `http://127.0.0.1:11434`. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`SetupError::BaseUrl`] for a URL that is not http or https, or holds credentials, a query or a fragment.
    pub fn new(base_url: &str, settings: &ClientSettings) -> Result<Self, SetupError> {
        Self::with_key(base_url, None, settings)
    }

    /// As [`Self::new`], with the key that a gatekeeper before the server wants.
    ///
    /// # Errors
    ///
    /// As [`Self::new`], and [`SetupError::Key`] for a key that no header can hold.
    pub fn with_key(
        base_url: &str,
        key: Option<&Secret>,
        settings: &ClientSettings,
    ) -> Result<Self, SetupError> {
        let base = BaseUrl::parse(base_url)?;
        let endpoints = Endpoints {
            chat: base.join("/api/chat")?,
            delete: base.join("/api/delete")?,
            generate: base.join("/api/generate")?,
            ps: base.join("/api/ps")?,
            pull: base.join("/api/pull")?,
            show: base.join("/api/show")?,
            tags: base.join("/api/tags")?,
            version: base.join("/api/version")?,
        };
        Ok(Self { server: Arc::new(Server::new(base, settings, key)?), endpoints: Arc::new(endpoints) })
    }

    async fn ask(
        &self,
        request: ChatRequest,
        speed: Option<Speedometer>,
    ) -> Result<ChatStream, GatewayError> {
        let body = ChatBody::bytes(&request);
        let response = self.server.post(&self.endpoints.chat, &request.model, body).await?;
        let decoder = ChatDecoder::new(Arc::clone(&self.server), request.model, speed);
        Ok(Answer::new(response.bytes_stream(), decoder).boxed())
    }
}

#[async_trait]
impl ChatModel for OllamaModel {
    fn provider(&self) -> &'static str {
        "ollama"
    }

    fn base_url(&self) -> &str {
        self.server.base_url()
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream, GatewayError> {
        self.ask(request, None).await
    }

    async fn chat_measured(
        &self,
        request: ChatRequest,
        speed: Speedometer,
    ) -> Result<ChatStream, GatewayError> {
        self.ask(request, Some(speed)).await
    }

    async fn catalogue(&self) -> Result<Catalogue, GatewayError> {
        let (version, tags) = tokio::join!(
            self.server.get::<Version>(&self.endpoints.version),
            self.server.get::<Tags>(&self.endpoints.tags)
        );
        // A proxy may let only the models through; the version is a nicety.
        Ok(Catalogue { version: version.ok().and_then(|found| found.version), models: tags?.into_models() })
    }

    async fn context_length(&self, model: &str) -> Result<Option<u32>, GatewayError> {
        let response = self.server.post(&self.endpoints.show, model, NameBody::bytes(model)).await?;
        let shown: ollama_rs::models::ModelInfo = self.server.json(response).await?;
        Ok(catalogue::context_length(&shown))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, GatewayError> {
        /// How many models are asked about at a time.
        const AT_ONCE: usize = 8;
        let (on_disk, in_memory) = tokio::join!(
            self.server.get::<Tags>(&self.endpoints.tags),
            self.server.get::<Tags>(&self.endpoints.ps)
        );
        // A proxy may not let these through: then it is not known what is loaded, or how long a context is.
        let in_memory = in_memory.ok().map(Tags::into_models);
        let described = stream::iter(on_disk?.into_models()).map(async |model| {
            let loaded =
                in_memory.as_ref().map(|models| models.iter().any(|loaded| loaded.name == model.name));
            let context_length = self.context_length(&model.name).await.ok().flatten();
            ModelInfo { context_length, loaded, ..model }
        });
        Ok(described.buffered(AT_ONCE).collect().await)
    }

    fn library(&self) -> Option<&dyn ModelLibrary> {
        Some(self)
    }
}

#[async_trait]
impl ModelLibrary for OllamaModel {
    async fn pull(&self, name: &ModelName) -> Result<PullStream, GatewayError> {
        let name = name.as_str();
        let response = self.server.post(&self.endpoints.pull, name, PullBody::bytes(name)).await?;
        let pull = Pull::new(response.bytes_stream(), Arc::clone(&self.server), name.to_owned());
        Ok(pull.progress().boxed())
    }

    async fn unload(&self, name: &ModelName) -> Result<(), GatewayError> {
        let name = name.as_str();
        let response = self.server.post(&self.endpoints.generate, name, UnloadBody::bytes(name)).await?;
        self.server.json::<serde::de::IgnoredAny>(response).await.map(drop)
    }

    async fn delete(&self, name: &ModelName) -> Result<(), GatewayError> {
        let name = name.as_str();
        self.server.delete(&self.endpoints.delete, name, NameBody::bytes(name)).await
    }
}
