//! A chat as Ollama is asked it.

use crate::params::known;
use crate::{ChatRequest, PromptMessage};
use serde::Serialize;
use serde_json::{Map, Value};

/// Parameters that stand beside the messages; all others are `options`.
const TOP_LEVEL: [&str; 3] = ["format", "keep_alive", "think"];
const OPTIONS: [&str; 23] = [
    "frequency_penalty",
    "main_gpu",
    "min_p",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "num_batch",
    "num_ctx",
    "num_gpu",
    "num_keep",
    "num_predict",
    "num_thread",
    "penalize_newline",
    "presence_penalty",
    "repeat_last_n",
    "repeat_penalty",
    "seed",
    "stop",
    "temperature",
    "tfs_z",
    "top_k",
    "top_p",
    "typical_p",
];

/// The body of `POST /api/chat`.
#[derive(Serialize)]
pub(super) struct ChatBody<'a> {
    model: &'a str,
    messages: &'a [PromptMessage],
    stream: bool,
    #[serde(skip_serializing_if = "Map::is_empty")]
    options: Map<String, Value>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl<'a> ChatBody<'a> {
    pub(super) fn bytes(request: &'a ChatRequest) -> Vec<u8> {
        let mut options = known(&request.params, &OPTIONS);
        if let Some(tokens) = request.context_tokens {
            options.insert("num_ctx".into(), tokens.into());
        }
        if let Some(tokens) = request.max_tokens {
            options.insert("num_predict".into(), tokens.into());
        }
        let more = known(&request.params, &TOP_LEVEL);
        let body = Self { model: &request.model, messages: &request.messages, stream: true, options, more };
        // Strings, numbers and maps with string keys: nothing here can fail to serialise.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_passes_on_what_the_wire_knows() {
        let mut request = ChatRequest::new("m", vec![PromptMessage::user("q")]);
        request.context_tokens = Some(4096);
        request.max_tokens = Some(64);
        request.params = json!({"temperature": 0.5, "num_ctx": 1, "stream": false, "model": "x", "think": false, "seed": null})
            .as_object()
            .unwrap()
            .clone();
        let body: Value = serde_json::from_slice(&ChatBody::bytes(&request)).unwrap();
        let expected = json!({
            "model": "m", "messages": [{"role": "user", "content": "q"}], "stream": true, "think": false,
            "options": {"temperature": 0.5, "num_ctx": 4096, "num_predict": 64},
        });
        assert_eq!(body, expected);
    }
}
