//! What a server of this wire tells of its models.

use crate::ModelInfo;
use domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The answer of `GET /v1/models`, with what some servers add to it.
#[derive(Deserialize)]
pub(super) struct Models {
    data: Option<Vec<Model>>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    /// Seconds since 1970.
    created: Option<Value>,
    /// vLLM.
    max_model_len: Option<Value>,
    /// OpenRouter and others.
    context_length: Option<Value>,
    /// llama.cpp.
    meta: Option<Meta>,
}

#[derive(Deserialize, Default)]
struct Meta {
    n_ctx: Option<Value>,
    n_ctx_train: Option<Value>,
    size: Option<Value>,
}

impl Models {
    pub(super) fn into_models(self) -> Vec<ModelInfo> {
        let info = |model: Model| ModelInfo {
            context_length: model.context_length(),
            name: model.id,
            size_bytes: model.meta.unwrap_or_default().size.and_then(|size| size.as_u64()),
            modified_at: model.created.and_then(|seconds| rfc3339(seconds.as_i64()?)),
            ..ModelInfo::default()
        };
        self.data.unwrap_or_default().into_iter().map(info).collect()
    }

    /// The context of a model in tokens; the one it runs with before the one it was trained with.
    pub(super) fn context_length(&self, name: &str) -> Option<u32> {
        self.data.iter().flatten().find(|model| model.id == name)?.context_length()
    }
}

impl Model {
    fn context_length(&self) -> Option<u32> {
        let meta = self.meta.as_ref();
        let said = [
            self.max_model_len.as_ref(),
            self.context_length.as_ref(),
            meta.and_then(|meta| meta.n_ctx.as_ref()),
            meta.and_then(|meta| meta.n_ctx_train.as_ref()),
        ];
        said.into_iter()
            .flatten()
            .find_map(|tokens| u32::try_from(tokens.as_u64()?).ok().filter(|tokens| *tokens > 0))
    }
}

fn rfc3339(seconds: i64) -> Option<String> {
    let micros = seconds.checked_mul(1_000_000).filter(|micros| *micros > 0)?;
    Some(Timestamp::from_micros(micros).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_models_gives_what_its_server_adds() {
        let models: Models = serde_json::from_value(json!({"object": "list", "data": [
            {"id": "vllm", "created": 1_767_323_045, "max_model_len": 8192},
            {"id": "llama.cpp", "created": "soon", "meta": {"n_ctx_train": 131_072, "size": 7, "n_params": 1}},
            {"id": "router", "context_length": 4096.0},
            {"id": "bare"},
        ]}))
        .unwrap();
        let lengths = ["vllm", "llama.cpp", "router", "bare", "none"].map(|name| models.context_length(name));
        assert_eq!(lengths, [Some(8192), Some(131_072), None, None, None]);
        let models = models.into_models();
        let lengths: Vec<_> = models.iter().map(|model| model.context_length).collect();
        assert_eq!(lengths, [Some(8192), Some(131_072), None, None]);
        assert_eq!(models[0].modified_at.as_deref(), Some("2026-01-02T03:04:05.000000Z"));
        assert_eq!((models[1].size_bytes, models[1].modified_at.as_deref()), (Some(7), None));
        assert_eq!(models.len(), 4);
    }
}
