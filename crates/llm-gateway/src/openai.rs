//! The OpenAI wire: vLLM, llama.cpp, LM Studio, and what is sold under it.

mod catalogue;
mod question;
mod records;
mod sse;

use crate::answer::Answer;
use crate::base_url::BaseUrl;
use crate::server::{ClientSettings, Server, SetupError};
use crate::{Catalogue, ChatModel, ChatRequest, ChatStream, GatewayError, Secret, Speedometer};
use async_trait::async_trait;
use catalogue::Models;
use futures_util::StreamExt;
use question::ChatBody;
use records::ChatDecoder;
use reqwest::Url;
use std::sync::Arc;

/// A server that speaks the chat-completions protocol.
#[derive(Debug, Clone)]
pub struct OpenAiModel {
    server: Arc<Server>,
    endpoints: Arc<Endpoints>,
}

#[derive(Debug)]
struct Endpoints {
    chat: Url,
    models: Url,
}

impl OpenAiModel {
    /// A server at a base URL, with or without `/v1` at its end (a path that names a version is taken as it is), and
    /// the key it wants. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`SetupError::BaseUrl`] for a URL that is not http or https, or holds credentials, a query or a fragment;
    /// [`SetupError::Key`] for a key that no header can hold.
    pub fn new(base_url: &str, key: Option<&Secret>, settings: &ClientSettings) -> Result<Self, SetupError> {
        let base = BaseUrl::parse(base_url)?;
        let version = if base.is_versioned() { "" } else { "/v1" };
        let endpoints = Endpoints {
            chat: base.join(&format!("{version}/chat/completions"))?,
            models: base.join(&format!("{version}/models"))?,
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

    async fn list(&self) -> Result<Models, GatewayError> {
        self.server.get(&self.endpoints.models).await
    }
}

#[async_trait]
impl ChatModel for OpenAiModel {
    fn provider(&self) -> &'static str {
        "openai"
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
        match self.list().await {
            Ok(models) => Ok(Catalogue { version: None, models: models.into_models() }),
            // The list is optional on this wire: the server is there and can be asked.
            Err(GatewayError::Status { status: 404 | 405, .. }) => Ok(Catalogue::default()),
            Err(error) => Err(error),
        }
    }

    async fn context_length(&self, model: &str) -> Result<Option<u32>, GatewayError> {
        Ok(self.list().await?.context_length(model))
    }
}
