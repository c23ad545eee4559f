//! OpenAI's wire: server-sent events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::chat_request::ChatRequest;
use super::script::Script;
use super::wire::{CREATED, Wire};

const ID: &str = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT";

pub(super) struct OpenAi;

impl Wire for OpenAi {
    fn streams_by_default(&self) -> bool {
        false
    }

    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn opening(&self, request: &ChatRequest) -> Option<Bytes> {
        Some(chunk(request, &json!([choice(&json!({"role": "assistant", "content": ""}), None)]), None))
    }

    fn token(&self, request: &ChatRequest, token: &str) -> Bytes {
        chunk(request, &json!([choice(&json!({"content": token}), None)]), None)
    }

    /// In two pieces, as this wire sends them.
    fn call(&self, request: &ChatRequest, place: usize, name: &str, arguments: &Value) -> Bytes {
        let begun = json!({"index": place, "id": format!("call_{place}"), "type": "function",
            "function": {"name": name, "arguments": ""}});
        let rest = json!({"index": place, "function": {"arguments": arguments.to_string()}});
        let pieces = [begun, rest]
            .map(|piece| chunk(request, &json!([choice(&json!({"tool_calls": [piece]}), None)]), None));
        pieces.concat().into()
    }

    fn closing(&self, request: &ChatRequest, tokens: usize, reason: &str) -> Vec<Bytes> {
        let mut records = vec![chunk(request, &json!([choice(&json!({}), Some(reason))]), None)];
        if includes_usage(request) {
            records.push(chunk(request, &json!([]), Some(usage(request, tokens))));
        }
        records.push(Bytes::from_static(b"data: [DONE]\n\n"));
        records
    }

    fn error_record(&self) -> Bytes {
        data(&self.error_body(500, "The server had an error while processing your request"))
    }

    fn garbage(&self) -> Bytes {
        Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"cont\n\n")
    }

    fn whole(&self, request: &ChatRequest, tokens: &[String], done: bool) -> Value {
        let message = json!({"role": "assistant", "content": tokens.concat(), "refusal": null});
        json!({
            "id": ID,
            "object": "chat.completion",
            "created": CREATED,
            "model": request.model,
            "choices": [{
                "index": 0,
                "message": message,
                "logprobs": null,
                "finish_reason": if done { json!("stop") } else { Value::Null },
            }],
            "usage": usage(request, tokens.len()),
        })
    }

    fn error_body(&self, status: u16, message: &str) -> Value {
        let kind = match status {
            401 => "authentication_error",
            429 => "rate_limit_error",
            400..500 => "invalid_request_error",
            _ => "server_error",
        };
        json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
    }

    fn unknown_model(&self, model: &str) -> Value {
        let mut body = self.error_body(404, &format!("The model `{model}` does not exist"));
        body["error"]["code"] = json!("model_not_found");
        body
    }
}

/// `/v1/models`.
pub(super) fn models(script: &Script) -> Value {
    let models = script
        .models
        .iter()
        .map(|model| json!({"id": model.name, "object": "model", "created": CREATED, "owned_by": "testkit"}));
    json!({"object": "list", "data": models.collect::<Vec<_>>()})
}

fn includes_usage(request: &ChatRequest) -> bool {
    request.body["stream_options"]["include_usage"] == true
}

fn choice(delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason})
}

/// With usage asked for, every chunk has the field and only the last one a value.
fn chunk(request: &ChatRequest, choices: &Value, usage: Option<Value>) -> Bytes {
    let mut chunk = json!({
        "id": ID,
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": request.model,
        "system_fingerprint": null,
        "choices": choices,
    });
    if includes_usage(request) {
        chunk["usage"] = usage.unwrap_or(Value::Null);
    }
    data(&chunk)
}

fn usage(request: &ChatRequest, tokens: usize) -> Value {
    let prompt = request.prompt_tokens();
    json!({"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens})
}

fn data(record: &Value) -> Bytes {
    format!("data: {record}\n\n").into()
}
