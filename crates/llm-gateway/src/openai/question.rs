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
        if let Some(tools) = request.tools.as_ref().filter(|tools| !tools.offered.is_empty()) {
            more.insert("tools".into(), tools.offered.clone().into());
            if let Some(choice) = &tools.choice {
                more.insert("tool_choice".into(), choice.clone());
            }
            if let Some(parallel) = tools.parallel {
                more.insert("parallel_tool_calls".into(), parallel.into());
            }
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
    use crate::{PromptRole, ToolCall, Tools};
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

    #[test]
    fn tools_and_their_calls_pass_as_they_are() {
        let call = ToolCall { id: "c1".into(), name: "time".into(), arguments: "{\"in\":\"Rome\"}".into() };
        let asked = PromptMessage { calls: vec![call], ..PromptMessage::assistant("") };
        let told =
            PromptMessage { answers: Some("c1".into()), ..PromptMessage::new(PromptRole::Tool, "noon") };
        let mut request = ChatRequest::new("m", vec![PromptMessage::user("q"), asked, told]);
        let tool =
            json!({"type": "function", "function": {"name": "time", "parameters": {"type": "object"}}});
        request.tools =
            Some(Tools { offered: vec![tool.clone()], choice: Some("auto".into()), parallel: Some(false) });
        let body: Value = serde_json::from_slice(&ChatBody::bytes(&request)).unwrap();
        let expected = json!({
            "model": "m",
            "messages": [
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "", "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "time", "arguments": "{\"in\":\"Rome\"}"}},
                ]},
                {"role": "tool", "content": "noon", "tool_call_id": "c1"},
            ],
            "stream": true, "stream_options": {"include_usage": true},
            "tools": [tool], "tool_choice": "auto", "parallel_tool_calls": false,
        });
        assert_eq!(body, expected);
    }
}
