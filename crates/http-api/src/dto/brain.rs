//! The model side.

use chat_service::Brain;
use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What is known of the model side, from the probe; never a live call.
#[derive(Serialize, ToSchema)]
#[schema(as = Brain)]
pub(crate) struct BrainView {
    /// Whether the model server can be asked.
    connected: bool,
    /// Whether it may be asked at all.
    enabled: bool,
    /// The wire it speaks.
    #[schema(example = "ollama")]
    provider: &'static str,
    /// Where it is.
    base_url: String,
    /// Its version, where the wire tells.
    version: Option<String>,
    /// The model used where none is named.
    active_model: Option<String>,
    /// The models it has.
    available_models: Vec<String>,
    /// Which providers are used.
    #[schema(example = "local_only")]
    routing: &'static str,
    /// When this was found out.
    checked_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    latency_ms: Option<i64>,
    /// Why it cannot be asked.
    error: Option<String>,
    /// Replies that wait for the brain.
    deferred_replies: i64,
    /// Replies in the making.
    running_replies: i64,
}

impl From<Brain> for BrainView {
    fn from(brain: Brain) -> Self {
        let status = brain.status;
        Self {
            connected: status.connected && brain.refusal.is_none(),
            enabled: brain.refusal.is_none(),
            provider: status.provider,
            base_url: status.base_url.clone(),
            version: status.version.clone(),
            active_model: brain.active_model,
            available_models: status.models.iter().map(|model| model.name.clone()).collect(),
            routing: brain.routing.as_str(),
            checked_at: status.checked_at,
            latency_ms: status.latency_ms,
            error: brain.refusal.map(|why| format!("the brain is {why}")).or_else(|| status.error.clone()),
            deferred_replies: brain.deferred_replies,
            running_replies: brain.running_replies,
        }
    }
}
