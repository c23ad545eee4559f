//! What a model is asked.

use crate::{ToolCall, Tools};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Whose words a prompt message holds. On both wires the lower-case word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromptRole {
    /// Instructions.
    System,
    /// The one who asks.
    User,
    /// What the model said earlier.
    Assistant,
    /// What a tool gave that the model asked for.
    Tool,
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptMessage {
    /// Whose words.
    pub role: PromptRole,
    /// The words, to the letter.
    pub content: String,
    /// Of an assistant: the calls it asked for.
    #[serde(rename = "tool_calls", skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Of a tool: the id of the call that it answers.
    #[serde(rename = "tool_call_id", skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
}

/// One question to a model: a prompt, oldest message first, and how to answer it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The model's name as its server knows it.
    pub model: String,
    /// The prompt, oldest first.
    pub messages: Vec<PromptMessage>,
    /// How many tokens prompt and answer may take together: Ollama's `num_ctx`. The OpenAI wire has no such thing.
    pub context_tokens: Option<u32>,
    /// The most tokens of an answer; the server's default when absent.
    pub max_tokens: Option<u32>,
    /// Sampling parameters by their common names (`temperature`, `top_p`, `seed`, `stop`, …). Each wire passes on those
    /// it knows and leaves out the others; the fields above win over parameters of the same meaning.
    pub params: Map<String, Value>,
    /// Whether another model may answer where this one is not: the one a provider names for that
    /// ([`crate::Provider::stand_in`]). Not when somebody asked for this very model.
    pub may_stand_in: bool,
    /// What the model may ask to have called; none for a model that is only to talk.
    pub tools: Option<Tools>,
}

impl PromptRole {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl Serialize for PromptRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl PromptMessage {
    /// Words of a role.
    pub fn new(role: PromptRole, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), calls: Vec::new(), answers: None }
    }

    /// An instruction.
    pub fn system(content: impl Into<String>) -> Self {
        Self::new(PromptRole::System, content)
    }

    /// Words of the one who asks.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(PromptRole::User, content)
    }

    /// Words the model said earlier.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(PromptRole::Assistant, content)
    }
}

impl ChatRequest {
    /// A request that leaves everything but the prompt to the server's defaults.
    pub fn new(model: impl Into<String>, messages: Vec<PromptMessage>) -> Self {
        Self {
            model: model.into(),
            messages,
            context_tokens: None,
            max_tokens: None,
            params: Map::new(),
            may_stand_in: false,
            tools: None,
        }
    }
}
