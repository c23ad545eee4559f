//! The model side.

use chat_service::{Brain, ProviderStatus};
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
    /// Each provider, in the order of the configuration. What stands above is of the one in use.
    providers: Vec<ProviderView>,
}

/// What is known of one provider.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView {
    /// Its name in the configuration.
    name: String,
    /// Where its models run: `local` or `api`.
    #[schema(example = "local")]
    kind: &'static str,
    /// The wire it speaks.
    #[schema(example = "ollama")]
    wire: &'static str,
    /// Where it is.
    base_url: String,
    /// Whether it may be asked, which the routing says.
    allowed: bool,
    /// Whether it can be asked.
    connected: bool,
    /// Its version, where the wire tells.
    version: Option<String>,
    /// The models it has.
    available_models: Vec<String>,
    /// When this was found out.
    checked_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    latency_ms: Option<i64>,
    /// Why it cannot be asked.
    error: Option<String>,
    /// Whether questions get through: `closed` they do, `open` too many have failed and it is only probed, `half_open` one
    /// is let through to see.
    #[schema(example = "closed")]
    circuit: &'static str,
    /// How many questions in a row failed.
    failures: u32,
}

impl From<&ProviderStatus> for ProviderView {
    fn from(it: &ProviderStatus) -> Self {
        Self {
            name: it.name.clone(),
            kind: it.kind.as_str(),
            wire: it.provider,
            base_url: it.base_url.clone(),
            allowed: it.allowed,
            connected: it.connected,
            version: it.version.clone(),
            available_models: it.models.iter().map(|model| model.name.clone()).collect(),
            checked_at: it.checked_at,
            latency_ms: it.latency_ms,
            error: it.error.clone(),
            circuit: it.circuit.as_str(),
            failures: it.failures,
        }
    }
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
            providers: status.providers.iter().map(Into::into).collect(),
        }
    }
}
