//! Ollama's wire: newline-delimited JSON.

use bytes::Bytes;
use serde_json::{Value, json};

use super::chat_request::ChatRequest;
use super::script::{ModelCard, Script};
use super::wire::{CREATED_AT, Wire};

pub(super) const DIGEST: &str = "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72";

pub(super) struct Ollama;

impl Wire for Ollama {
    fn streams_by_default(&self) -> bool {
        true
    }

    fn stream_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn opening(&self, _request: &ChatRequest) -> Option<Bytes> {
        None
    }

    fn token(&self, request: &ChatRequest, token: &str) -> Bytes {
        line(&json!({
            "model": request.model,
            "created_at": CREATED_AT,
            "message": {"role": "assistant", "content": token},
            "done": false,
        }))
    }

    fn call(&self, request: &ChatRequest, _place: usize, name: &str, arguments: &Value) -> Bytes {
        let call = json!({"function": {"name": name, "arguments": arguments}});
        line(&json!({
            "model": request.model,
            "created_at": CREATED_AT,
            "message": {"role": "assistant", "content": "", "tool_calls": [call]},
            "done": false,
        }))
    }

    fn closing(&self, request: &ChatRequest, tokens: usize, reason: &str) -> Vec<Bytes> {
        // Of calls this wire's last record says nothing.
        let reason = if reason == "tool_calls" { "stop" } else { reason };
        let mut last = last(request, "", tokens);
        last["done_reason"] = json!(reason);
        vec![line(&last)]
    }

    fn error_record(&self) -> Bytes {
        line(&self.error_body(500, "an error was encountered while running the model"))
    }

    fn garbage(&self) -> Bytes {
        Bytes::from_static(b"{\"model\":\"scripted\",\"message\":{\"role\":\"assis\n")
    }

    fn whole(&self, request: &ChatRequest, tokens: &[String], done: bool) -> Value {
        if done {
            return last(request, &tokens.concat(), tokens.len());
        }
        json!({
            "model": request.model,
            "created_at": CREATED_AT,
            "message": {"role": "assistant", "content": tokens.concat()},
            "done": false,
        })
    }

    fn error_body(&self, _status: u16, message: &str) -> Value {
        json!({"error": message})
    }

    fn unknown_model(&self, model: &str) -> Value {
        json!({"error": format!("model '{model}' not found")})
    }
}

/// `/api/version`.
pub(super) fn version(script: &Script) -> Value {
    json!({"version": script.version})
}

/// `/api/tags`: what is on disk.
pub(super) fn tags(script: &Script) -> Value {
    let models = script.models.iter().map(|model| {
        let mut entry = listed(model);
        entry["modified_at"] = json!(CREATED_AT);
        entry
    });
    json!({"models": models.collect::<Vec<_>>()})
}

/// `/api/ps`: what is in memory.
pub(super) fn ps(script: &Script) -> Value {
    let models = script.models.iter().filter(|model| model.loaded).map(|model| {
        let mut entry = listed(model);
        entry["expires_at"] = json!("2026-01-02T03:09:05.678901234Z");
        entry["size_vram"] = json!(model.size_bytes);
        entry["context_length"] = json!(model.context_length);
        entry
    });
    json!({"models": models.collect::<Vec<_>>()})
}

/// `/api/show` for one model.
pub(super) fn show(model: &ModelCard) -> Value {
    let context_key = format!("{}.context_length", model.family);
    json!({
        "license": "",
        "modelfile": format!("FROM {}", model.name),
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": details(model),
        "model_info": {
            "general.architecture": model.family,
            "general.parameter_count": 3_212_749_888_u64,
            context_key: model.context_length,
        },
        "capabilities": ["completion"],
        "modified_at": CREATED_AT,
    })
}

fn listed(model: &ModelCard) -> Value {
    json!({
        "name": model.name,
        "model": model.name,
        "size": model.size_bytes,
        "digest": DIGEST,
        "details": details(model),
    })
}

fn details(model: &ModelCard) -> Value {
    json!({
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameter_size,
        "quantization_level": model.quantization,
    })
}

fn last(request: &ChatRequest, content: &str, tokens: usize) -> Value {
    json!({
        "model": request.model,
        "created_at": CREATED_AT,
        "message": {"role": "assistant", "content": content},
        "done_reason": "stop",
        "done": true,
        "total_duration": 174_560_334_u64,
        "load_duration": 101_397_084_u64,
        "prompt_eval_count": request.prompt_tokens(),
        "prompt_eval_duration": 13_074_791_u64,
        "eval_count": tokens,
        "eval_duration": 52_479_709_u64,
    })
}

fn line(record: &Value) -> Bytes {
    format!("{record}\n").into()
}
