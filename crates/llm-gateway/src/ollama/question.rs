//! A chat as Ollama is asked it.

use crate::params::known;
use crate::{ChatRequest, PromptMessage, PromptRole};
use serde::Serialize;
use serde_json::{Map, Value, json};

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
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    tools: &'a [Value],
    #[serde(skip_serializing_if = "Map::is_empty")]
    options: Map<String, Value>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// A message as Ollama knows it: calls have no ids, and what a tool gave names the tool.
#[derive(Serialize)]
struct Message<'a> {
    role: PromptRole,
    content: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
}

impl<'a> Message<'a> {
    fn new(message: &'a PromptMessage, all: &'a [PromptMessage]) -> Self {
        let calls = message.calls.iter().map(|call| {
            // Arguments are an object here. What a model wrote that is none is still to be seen.
            let arguments = serde_json::from_str::<Map<String, Value>>(&call.arguments);
            let arguments = arguments.map_or_else(|_| json!({"arguments": call.arguments}), Value::Object);
            json!({"function": {"name": call.name, "arguments": arguments}})
        });
        let called = |id: &String| all.iter().flat_map(|it| &it.calls).find(|call| call.id == *id);
        let tool_name = message.answers.as_ref().and_then(called).map(|call| call.name.as_str());
        Self { role: message.role, content: &message.content, tool_calls: calls.collect(), tool_name }
    }
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
        let mut more = known(&request.params, &TOP_LEVEL);
        if let (false, Some(format)) = (more.contains_key("format"), format(&request.params)) {
            more.insert("format".into(), format);
        }
        let offered = request.tools.as_ref().filter(|tools| tools.are_offered());
        let body = Self {
            model: &request.model,
            messages: request.messages.iter().map(|it| Message::new(it, &request.messages)).collect(),
            stream: true,
            tools: offered.map_or(&[], |tools| &tools.offered),
            options,
            more,
        };
        // Strings, numbers and maps with string keys: nothing here can fail to serialise.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// What the OpenAI wire calls `response_format`.
fn format(params: &Map<String, Value>) -> Option<Value> {
    let wanted = params.get("response_format")?;
    match wanted.get("type")?.as_str()? {
        "json_object" => Some("json".into()),
        "json_schema" => wanted.pointer("/json_schema/schema").cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ToolCall, Tools};

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

    #[test]
    fn tools_and_their_calls_take_the_form_of_the_wire() {
        let call =
            |arguments: &str| ToolCall { id: "c1".into(), name: "time".into(), arguments: arguments.into() };
        let asked = PromptMessage {
            calls: vec![call(r#"{"in":"Rome"}"#), call("noon?")],
            ..PromptMessage::assistant("")
        };
        let told =
            PromptMessage { answers: Some("c1".into()), ..PromptMessage::new(PromptRole::Tool, "noon") };
        let mut request = ChatRequest::new("m", vec![asked, told]);
        let tool = json!({"type": "function", "function": {"name": "time"}});
        request.params.insert("response_format".into(), json!({"type": "json_object"}));
        request.tools =
            Some(Tools { offered: vec![tool.clone()], choice: Some("auto".into()), parallel: None });
        let body =
            |request: &ChatRequest| -> Value { serde_json::from_slice(&ChatBody::bytes(request)).unwrap() };
        let expected = json!({
            "model": "m", "stream": true, "tools": [tool], "format": "json",
            "messages": [
                {"role": "assistant", "content": "", "tool_calls": [
                    {"function": {"name": "time", "arguments": {"in": "Rome"}}},
                    {"function": {"name": "time", "arguments": {"arguments": "noon?"}}},
                ]},
                {"role": "tool", "content": "noon", "tool_name": "time"},
            ],
        });
        assert_eq!(body(&request), expected);
        request.tools.as_mut().unwrap().choice = Some("none".into());
        assert_eq!(body(&request).get("tools"), None, "it is told of none");
    }
}
