//! What Ollama tells of its models.

use crate::ModelInfo;
use serde::{Deserialize, Serialize};

/// The body of `POST /api/show` and `DELETE /api/delete`; `name` is what older servers call the model.
#[derive(Serialize)]
pub(super) struct NameBody<'a> {
    model: &'a str,
    name: &'a str,
}

impl<'a> NameBody<'a> {
    pub(super) fn bytes(model: &'a str) -> Vec<u8> {
        serde_json::to_vec(&Self { model, name: model }).unwrap_or_default()
    }
}

/// The body of `POST /api/generate` that takes a model out of memory.
#[derive(Serialize)]
pub(super) struct UnloadBody<'a> {
    model: &'a str,
    keep_alive: u8,
    stream: bool,
}

impl<'a> UnloadBody<'a> {
    pub(super) fn bytes(model: &'a str) -> Vec<u8> {
        serde_json::to_vec(&Self { model, keep_alive: 0, stream: false }).unwrap_or_default()
    }
}

/// The context length in a model's description: `llama.context_length` and its like.
pub(super) fn context_length(shown: &ollama_rs::models::ModelInfo) -> Option<u32> {
    let field = shown.model_info.iter().find(|(name, _)| name.ends_with(".context_length"));
    field.and_then(|(_, value)| u32::try_from(value.as_u64()?).ok()).filter(|tokens| *tokens > 0)
}

/// The answer of `GET /api/version`.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: Option<String>,
}

/// The answer of `GET /api/tags`, what is on disk, and of `GET /api/ps`, what is in memory. (ollama-rs's type knows no details, and refuses a model without a date.)
#[derive(Deserialize)]
pub(super) struct Tags {
    models: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
struct Tag {
    name: Option<String>,
    model: Option<String>,
    size: Option<u64>,
    modified_at: Option<String>,
    details: Option<Details>,
}

#[derive(Deserialize, Default)]
struct Details {
    family: Option<String>,
    parameter_size: Option<String>,
    quantization_level: Option<String>,
}

impl Tags {
    pub(super) fn into_models(self) -> Vec<ModelInfo> {
        let models = self.models.unwrap_or_default().into_iter();
        let info = |tag: Tag| {
            let details = tag.details.unwrap_or_default();
            Some(ModelInfo {
                name: tag.name.or(tag.model)?,
                size_bytes: tag.size,
                family: details.family,
                parameter_size: details.parameter_size,
                quantization: details.quantization_level,
                modified_at: tag.modified_at,
                context_length: None,
                loaded: None,
            })
        };
        models.filter_map(info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_catalogue_needs_no_more_than_names() {
        let tags: Tags = serde_json::from_value(json!({"models": [
            {"name": "a:1b", "model": "a:1b", "size": 7, "modified_at": "2026-01-02T03:04:05Z", "digest": "x",
             "details": {"family": "llama", "families": null, "parameter_size": "1B", "quantization_level": "Q4_0"}},
            {"name": "b"},
        ]}))
        .unwrap();
        let full = ModelInfo {
            name: "a:1b".into(),
            size_bytes: Some(7),
            family: Some("llama".into()),
            parameter_size: Some("1B".into()),
            quantization: Some("Q4_0".into()),
            modified_at: Some("2026-01-02T03:04:05Z".into()),
            ..ModelInfo::default()
        };
        assert_eq!(tags.into_models(), [full, ModelInfo { name: "b".into(), ..ModelInfo::default() }]);
    }

    #[test]
    fn the_context_length_is_found_under_any_family() {
        let shown =
            |info: Value| context_length(&serde_json::from_value(json!({ "model_info": info })).unwrap());
        assert_eq!(
            shown(json!({"general.architecture": "qwen2", "qwen2.context_length": 32768})),
            Some(32768)
        );
        assert_eq!(shown(json!({"llama.context_length": "many"})), None);
        assert_eq!(shown(json!({})), None);
    }
}
