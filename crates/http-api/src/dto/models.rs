//! Models and their pulls.

use chat_service::{ListedModel, ModelCursor, ModelTest, PullNow};
use domain::view::PullView;
use domain::{Page, Position, PullCursor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A model that a provider has.
#[derive(Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelView {
    #[schema(example = "llama3.2:3b")]
    name: String,
    /// The provider that has it.
    #[schema(example = "ollama")]
    provider: String,
    /// Where it runs: `local` or `api`.
    kind: &'static str,
    /// Its size on disk.
    size_bytes: Option<u64>,
    /// When it last changed, as the provider writes it.
    modified_at: Option<String>,
    family: Option<String>,
    #[schema(example = "3.2B")]
    parameter_size: Option<String>,
    #[schema(example = "Q4_K_M")]
    quantization: Option<String>,
    /// How many tokens it can attend to.
    context_length: Option<u32>,
    /// Whether it is in memory; null where the provider does not tell.
    loaded: Option<bool>,
    /// Whether it is used where none is named.
    active: bool,
}

impl From<ListedModel> for ModelView {
    fn from(model: ListedModel) -> Self {
        let ListedModel { provider, kind, info, active } = model;
        Self {
            name: info.name,
            provider,
            kind: kind.as_str(),
            size_bytes: info.size_bytes,
            modified_at: info.modified_at,
            family: info.family,
            parameter_size: info.parameter_size,
            quantization: info.quantization,
            context_length: info.context_length,
            loaded: info.loaded,
            active,
        }
    }
}

/// A page of models, by name and then by provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelList {
    models: Vec<ModelView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl ModelList {
    pub(crate) fn new(page: Page<ListedModel, ModelCursor>, as_of: Position) -> Self {
        Self {
            models: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}

/// The model to select.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SelectBody {
    #[schema(example = "llama3.2:3b")]
    pub(crate) name: String,
}

/// The model that is selected.
#[derive(Serialize, ToSchema)]
pub(crate) struct Selected {
    /// Its whole name.
    pub(crate) name: String,
    /// What is used where none is named from now on: this one, unless the override `brain.model` wins.
    pub(crate) active_model: Option<String>,
}

/// A model of a provider.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ModelBody {
    #[schema(example = "llama3.2:3b")]
    pub(crate) name: String,
    /// The provider; the first one that has it, or can fetch it, when none is named.
    pub(crate) provider: Option<String>,
}

/// What to test.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct ModelTestBody {
    /// The model; the active one when none is named.
    pub(crate) model: Option<String>,
    /// What it is asked.
    pub(crate) prompt: Option<String>,
}

/// A generation that was measured.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelTest)]
pub(crate) struct ModelTestView {
    /// The model that answered.
    model: String,
    /// The provider that answered.
    provider: String,
    /// What it said.
    text: String,
    /// From the question to the first text: waiting for a turn and loading the model are part of it.
    first_token_ms: u64,
    /// From the question to the end.
    total_ms: u64,
    /// As the provider counts, or else its own count of tokens over the time they took; null when it counts nothing.
    tokens_per_second: Option<f64>,
    /// The provider's count of the question.
    prompt_tokens: Option<i64>,
    /// The provider's count of the answer.
    completion_tokens: Option<i64>,
}

impl From<ModelTest> for ModelTestView {
    fn from(test: ModelTest) -> Self {
        let millis = |took: std::time::Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self {
            first_token_ms: millis(test.first_token),
            total_ms: millis(test.total),
            model: test.model,
            provider: test.provider,
            text: test.text,
            tokens_per_second: test.tokens_per_second,
            prompt_tokens: test.usage.map(|usage| usage.prompt_tokens),
            completion_tokens: test.usage.map(|usage| usage.completion_tokens),
        }
    }
}

/// A pull as it is now.
#[derive(Serialize, ToSchema)]
#[schema(as = Pull)]
pub(crate) struct PullAnswer {
    #[serde(flatten)]
    pull: PullView,
    /// What the provider is doing, in its words, or what is waited for; null when it is over.
    doing: Option<String>,
    /// How fast it came over the last seconds; null while that is not known.
    bytes_per_second: Option<i64>,
    /// How long the rest takes at that speed.
    seconds_left: Option<i64>,
}

impl From<PullNow> for PullAnswer {
    fn from(now: PullNow) -> Self {
        let progress = now.progress.unwrap_or_default();
        Self {
            pull: now.pull.into(),
            doing: Some(progress.doing).filter(|doing| !doing.is_empty()),
            bytes_per_second: progress.bytes_per_second,
            seconds_left: progress.seconds_left,
        }
    }
}

/// A page of pulls, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PullList {
    pulls: Vec<PullAnswer>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl PullList {
    pub(crate) fn new(page: Page<PullNow, PullCursor>, as_of: Position) -> Self {
        Self {
            pulls: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}
