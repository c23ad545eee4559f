//! What is known of the model servers.

use super::Permission;
use crate::{ModelInfo, ProviderKind};
use domain::Timestamp;

/// What is known of the model side as a whole.
///
/// `provider` to `latency_ms` are of the provider in use: the first one in order that can be asked, and if there is none,
/// the first one that may be. The order is that of the configuration, local ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrainStatus {
    /// Whether a provider can be asked: its last probe got its list of models, and no chat has found it gone since then.
    pub connected: bool,
    /// False until it is known of every provider that may be asked whether it is there.
    pub probed: bool,
    /// The wire: `ollama`, `openai` or `scripted`.
    pub provider: &'static str,
    /// Where it is, without credentials.
    pub base_url: String,
    /// Its version, where the wire tells. None while disconnected.
    pub version: Option<String>,
    /// The models that can be asked: its own, then what the other connected providers have besides. Empty while
    /// disconnected.
    pub models: Vec<ModelInfo>,
    /// When this was found out.
    pub checked_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// Why nobody can be asked, in one line of at most 300 characters.
    pub error: Option<String>,
    /// Who may be asked.
    pub permission: Permission,
    /// Each provider, in the order of the configuration.
    pub providers: Vec<ProviderStatus>,
}

/// What is known of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Where its models run.
    pub kind: ProviderKind,
    /// The wire: `ollama`, `openai` or `scripted`.
    pub provider: &'static str,
    /// Where it is, without credentials.
    pub base_url: String,
    /// Whether it may be asked: [`Permission`]. One that may not is not probed.
    pub allowed: bool,
    /// Whether it can be asked: its last probe got its list of models, and its circuit is not open.
    pub connected: bool,
    /// False until the first probe has ended, or a chat has found the server gone.
    pub probed: bool,
    /// Its version, where the wire tells. None while disconnected.
    pub version: Option<String>,
    /// The models it has. Empty while disconnected.
    pub models: Vec<ModelInfo>,
    /// When this was found out.
    pub checked_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// Why it cannot be asked, in one line of at most 300 characters.
    pub error: Option<String>,
    /// Whether chats get through to it.
    pub circuit: Circuit,
    /// How many chats in a row found it gone or waited in vain for a first token.
    pub failures: u32,
}

/// Whether chats get through to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Circuit {
    /// They do.
    Closed,
    /// Too many in a row failed: nobody is let through until a probe finds the server well.
    Open,
    /// A probe has found it well again. One chat is let through, and how it fares decides; others wait for that, or go to
    /// another provider.
    HalfOpen,
}

impl Circuit {
    /// The word for it: `closed`, `open` or `half_open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl BrainStatus {
    /// The model of this name, among those that can be asked. A name without a tag means `:latest`.
    pub fn find(&self, model: &str) -> Option<&ModelInfo> {
        self.models.iter().find(|known| known.answers_to(model))
    }

    /// Whether a model of this name can be asked, as far as is known: a server of the OpenAI wire need not list what it has.
    pub fn may_have(&self, model: &str) -> bool {
        let untold = |provider: &ProviderStatus| {
            provider.connected && provider.provider == "openai" && provider.models.is_empty()
        };
        self.find(model).is_some() || self.providers.iter().any(untold)
    }

    /// The whole from its parts. There is at least one.
    pub(super) fn of(permission: Permission, providers: Vec<ProviderStatus>) -> Self {
        let mut order: Vec<&ProviderStatus> = providers.iter().collect();
        order.sort_by_key(|provider| {
            (!provider.allowed, !provider.connected, provider.kind == ProviderKind::Api)
        });
        let used = order.first().copied();
        let connected = used.is_some_and(|used| used.connected);
        let mut models = Vec::<ModelInfo>::new();
        for model in order.iter().flat_map(|provider| &provider.models) {
            if !models.iter().any(|known| known.name == model.name) {
                models.push(model.clone());
            }
        }
        Self {
            connected,
            probed: providers.iter().all(|provider| provider.probed || !provider.allowed),
            provider: used.map_or("", |used| used.provider),
            base_url: used.map(|used| used.base_url.clone()).unwrap_or_default(),
            version: used.and_then(|used| used.version.clone()),
            models,
            checked_at: used.and_then(|used| used.checked_at),
            latency_ms: used.and_then(|used| used.latency_ms),
            error: used.and_then(|used| used.error.clone()),
            permission,
            providers,
        }
    }
}

impl ProviderStatus {
    /// Whether it lists the model. A name without a tag means `:latest`.
    pub fn lists(&self, model: &str) -> bool {
        self.models.iter().any(|known| known.answers_to(model))
    }

    /// All that was found out is forgotten.
    pub(super) fn forget(&mut self, allowed: bool, why: Option<String>) {
        *self = Self {
            allowed,
            connected: false,
            probed: false,
            version: None,
            models: Vec::new(),
            checked_at: None,
            latency_ms: None,
            error: why,
            circuit: Circuit::Closed,
            failures: 0,
            name: std::mem::take(&mut self.name),
            base_url: std::mem::take(&mut self.base_url),
            ..*self
        };
    }
}
