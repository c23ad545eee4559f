//! A language model's server, whatever its wire.

use crate::{ChatRequest, GatewayError, ModelLibrary, Speedometer, ToolCallDelta};
use async_trait::async_trait;
use domain::Usage;
use futures_util::stream::BoxStream;

/// A server of language models. [`crate::Gateway`] adds to it what a company needs: order, limits, time-outs and health.
///
/// Implementations set no time limit but the one on connecting: who calls them says how long to wait. Every future and
/// stream here can be dropped at any moment; that closes its connection and leaves nothing running.
#[async_trait]
pub trait ChatModel: Send + Sync + 'static {
    /// The wire: `ollama`, `openai` or `scripted`.
    fn provider(&self) -> &'static str;

    /// Where the server is, without credentials.
    fn base_url(&self) -> &str;

    /// Starts an answer. The future ends when the server has accepted the question (Ollama: with its first token).
    ///
    /// The stream gives text (and calls) in order, then [`Chunk::Done`], then its end; or an error, then its end. An empty text is a
    /// sign of life of a model that thinks without speaking; the gateway keeps it to itself.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Unreachable`] when there was no connection, [`GatewayError::Disconnected`] when it broke before
    /// the answer's final record, `UnknownModel`, `Status`, `Protocol` and `Model` for what the server said instead.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream, GatewayError>;

    /// The server's version and the models it has. This is what the probe asks.
    async fn catalogue(&self) -> Result<Catalogue, GatewayError>;

    /// How many tokens the model can attend to; `None` when the server does not say.
    async fn context_length(&self, model: &str) -> Result<Option<u32>, GatewayError>;

    /// The models it has, with everything it tells of each; this may take a question for every one of them.
    async fn models(&self) -> Result<Vec<ModelInfo>, GatewayError> {
        Ok(self.catalogue().await?.models)
    }

    /// As [`Self::chat`]; the speed the server itself gives, if it does, is noted before the stream's end.
    async fn chat_measured(
        &self,
        request: ChatRequest,
        speed: Speedometer,
    ) -> Result<ChatStream, GatewayError> {
        drop(speed);
        self.chat(request).await
    }

    /// Who fetches and deletes models there; nobody on a wire that has no words for it.
    fn library(&self) -> Option<&dyn ModelLibrary> {
        None
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// The next piece of text. All text that came in one packet comes in one chunk.
    Text(String),
    /// Pieces of calls that the model asks for, where it was told of tools.
    Calls(Vec<ToolCallDelta>),
    /// The answer ends where the most tokens it may have were reached, not where the model would have ended it.
    CutOff,
    /// The answer is whole. Nothing but the stream's end follows.
    Done {
        /// The server's own counters, where it gave them.
        usage: Option<Usage>,
        /// The model that really answered.
        model: String,
    },
}

/// An answer on its way. Dropping it ends the generation at the server.
pub type ChatStream = BoxStream<'static, Result<Chunk, GatewayError>>;

/// What a server has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    /// Its version, where the wire tells.
    pub version: Option<String>,
    /// Its models, in the server's order.
    pub models: Vec<ModelInfo>,
}

/// A model a server has, as far as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelInfo {
    /// The name to ask for it.
    pub name: String,
    /// Its size on disk in bytes.
    pub size_bytes: Option<u64>,
    /// Its family, such as `llama`.
    pub family: Option<String>,
    /// How many parameters it has, such as `8.0B`.
    pub parameter_size: Option<String>,
    /// How its weights are stored, such as `Q4_K_M`.
    pub quantization: Option<String>,
    /// When it last changed, RFC 3339 as the server wrote it.
    pub modified_at: Option<String>,
    /// How many tokens it can attend to. Told by [`ChatModel::models`], and by [`ChatModel::catalogue`] on the OpenAI wire.
    pub context_length: Option<u32>,
    /// Whether it is in memory. Told by [`ChatModel::models`] where the server knows.
    pub loaded: Option<bool>,
}

impl ModelInfo {
    /// Whether a question to this name is one to it. A name without a tag means `:latest`.
    pub fn answers_to(&self, name: &str) -> bool {
        let (one, other) = (self.name.as_str(), name);
        one == other
            || one.strip_suffix(":latest") == Some(other)
            || other.strip_suffix(":latest") == Some(one)
    }
}
