//! A chat as a server of this wire is asked it.

use crate::params::known;
use crate::{ChatRequest, PromptMessage};
use serde::Serialize;
use serde_json::{Map, Value};

/// The parameters every server of this wire knows; OpenAI's own refuses a request with any other.
const PARAMS: [&str; 11] = [
    "frequency_penalty",
    "logit_bias",
    "max_completion_tokens",
    "max_tokens",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "seed",
    "stop",
    "temperature",
    "top_p",
];

/// The body of `POST /v1/chat/completions`.
#[derive(Serialize)]
pub(super) struct ChatBody<'a> {
    model: &'a str,
    messages: &'a [PromptMessage],
    stream: bool,
    stream_options: StreamOptions,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> ChatBody<'a> {
    pub(super) fn bytes(request: &'a ChatRequest) -> Vec<u8> {
        let mut more = known(&request.params, &PARAMS);
        if let Some(tokens) = request.max_tokens {
            more.remove("max_completion_tokens");
            more.insert("max_tokens".into(), tokens.into());
        }
        let stream_options = StreamOptions { include_usage: true };
        let body =
            Self { model: &request.model, messages: &request.messages, stream: true, stream_options, more };
        // Strings, numbers and maps with string keys: nothing here can fail to serialise.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_passes_on_what_every_server_knows() {
        let mut request = ChatRequest::new("m", vec![PromptMessage::system("s"), PromptMessage::user("q")]);
        request.context_tokens = Some(4096);
        request.max_tokens = Some(64);
        request.params = json!({"temperature": 0.5, "num_ctx": 1, "top_k": 3, "stream": false, "max_tokens": 9, "stop": ["x"]})
            .as_object()
            .unwrap()
            .clone();
        let body: Value = serde_json::from_slice(&ChatBody::bytes(&request)).unwrap();
        let expected = json!({
            "model": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
            "stream": true, "stream_options": {"include_usage": true},
            "temperature": 0.5, "max_tokens": 64, "stop": ["x"],
        });
        assert_eq!(body, expected);
    }
}
