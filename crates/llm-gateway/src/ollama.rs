//! The Ollama wire.

mod catalogue;
mod question;
mod records;

use crate::answer::Answer;
use crate::base_url::BaseUrl;
use crate::server::{ClientSettings, Server, SetupError};
use crate::{Catalogue, ChatModel, ChatRequest, ChatStream, GatewayError};
use async_trait::async_trait;
use catalogue::{ShowBody, Tags, Version};
use futures_util::StreamExt;
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
        let base = BaseUrl::parse(base_url)?;
        let endpoints = Endpoints {
            chat: base.join("/api/chat")?,
            show: base.join("/api/show")?,
            tags: base.join("/api/tags")?,
            version: base.join("/api/version")?,
        };
        Ok(Self { server: Arc::new(Server::new(base, settings, None)?), endpoints: Arc::new(endpoints) })
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
        let body = ChatBody::bytes(&request);
        let response = self.server.post(&self.endpoints.chat, &request.model, body).await?;
        let decoder = ChatDecoder::new(Arc::clone(&self.server), request.model);
        Ok(Answer::new(response.bytes_stream(), decoder).boxed())
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
        let response = self.server.post(&self.endpoints.show, model, ShowBody::bytes(model)).await?;
        let shown: ollama_rs::models::ModelInfo = self.server.json(response).await?;
        Ok(catalogue::context_length(&shown))
    }
}
