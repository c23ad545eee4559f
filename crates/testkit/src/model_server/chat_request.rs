//! A chat as a model server was asked it.

use serde_json::Value;

/// A request to `/api/chat` or `/v1/chat/completions`.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The model's name as the client wrote it.
    pub model: String,
    /// Role and text of each message, in order; of a message in parts, the text parts joined.
    pub messages: Vec<(String, String)>,
    /// Whether the answer is streamed; where the client does not say, the wire's default.
    pub stream: bool,
    /// The whole body, for options and whatever else is in it.
    pub body: Value,
}

impl ChatRequest {
    /// Whether it brings tools, and ends with no answer of one.
    pub(super) fn wants_calls(&self) -> bool {
        let answered = self.messages.last().is_some_and(|(role, _)| role == "tool");
        !answered && self.brings_tools()
    }

    pub(super) fn brings_tools(&self) -> bool {
        self.body["tools"].as_array().is_some_and(|tools| !tools.is_empty())
    }

    /// `None` when the body names no model.
    pub(super) fn from_body(body: Value, stream_by_default: bool) -> Option<Self> {
        let model = body["model"].as_str().filter(|model| !model.is_empty())?.to_owned();
        let stream = body["stream"].as_bool().unwrap_or(stream_by_default);
        Some(Self { model, messages: messages(&body), stream, body })
    }

    /// The text of the last message of the user, or nothing.
    #[must_use]
    pub fn last_user(&self) -> &str {
        self.messages.iter().rfind(|(role, _)| role == "user").map_or("", |(_, content)| content)
    }

    /// The system prompt: the texts of all system messages, a line apart.
    #[must_use]
    pub fn system(&self) -> String {
        let texts =
            self.messages.iter().filter(|(role, _)| role == "system").map(|(_, content)| content.as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// A stand-in for a tokenizer: the words of the prompt.
    pub(super) fn prompt_tokens(&self) -> usize {
        self.messages.iter().map(|(_, content)| content.split_whitespace().count()).sum()
    }
}

/// Role and text of each of the body's messages; empty when it has none.
pub(super) fn messages(body: &Value) -> Vec<(String, String)> {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    messages
        .iter()
        .map(|message| (message["role"].as_str().unwrap_or_default().to_owned(), text(&message["content"])))
        .collect()
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
