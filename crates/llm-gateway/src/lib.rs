#![doc = include_str!("../README.md")]

mod answer;
mod base_url;
mod borrowed;
mod error;
mod fit;
mod gateway;
mod library;
mod lines;
mod model;
mod ollama;
mod openai;
mod params;
mod provider;
mod request;
mod scripted;
mod server;
mod speed;
mod tools;

pub use base_url::InvalidBaseUrl;
pub use domain::Routing;
pub use domain::Secret;
pub use error::{GatewayError, Source};
pub use fit::{estimate_tokens, fit};
pub use gateway::{
    BrainStatus, Circuit, Gateway, GatewayBuilder, GatewaySettings, ModelTest, Permission, ProviderModels,
    ProviderStatus,
};
pub use library::{InvalidModelName, ModelLibrary, ModelName, PullProgress, PullStream, PullTotals};
pub use model::{Catalogue, ChatModel, ChatStream, Chunk, ModelInfo};
pub use ollama::OllamaModel;
pub use openai::OpenAiModel;
pub use provider::{Provider, ProviderKind};
pub use request::{ChatRequest, PromptMessage, PromptRole};
pub use scripted::ScriptedModel;
pub use server::{ClientSettings, SetupError};
pub use speed::Speedometer;
pub use tools::{ToolCall, ToolCallDelta, Tools};
