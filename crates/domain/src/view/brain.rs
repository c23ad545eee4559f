//! The model side on the wire.

use crate::{Pull, PullId, PullStatus, Routing, Timestamp};
use serde::{Deserialize, Serialize};

/// The model side as it was found: what `brain.status` tells when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrainState {
    /// Whether a provider can be asked.
    pub connected: bool,
    /// Whether any may be asked at all.
    pub enabled: bool,
    /// The model used where none is named.
    pub active_model: Option<String>,
    /// Which providers are used.
    pub routing: Routing,
    /// Each provider, in the order of the configuration.
    pub providers: Vec<ProviderState>,
}

/// A provider as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderState {
    /// Its name in the configuration.
    pub name: String,
    /// Whether it can be asked.
    pub connected: bool,
}

/// Other providers are used from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingChanged {
    /// Which.
    pub routing: Routing,
    /// Which before.
    pub previous: Routing,
}

/// A model is used from now on where none is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSelected {
    /// Which.
    pub name: String,
    /// The one that was selected before.
    pub previous: Option<String>,
}

/// A model was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelDeleted {
    /// Which.
    pub name: String,
    /// Where.
    pub provider: String,
}

/// A pull on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PullRecord))]
pub struct PullView {
    /// Its id.
    pub pull_id: PullId,
    /// The model's name, as it was asked for.
    pub name: String,
    /// The provider that fetches it.
    pub provider: String,
    /// Where in its life it is.
    pub status: PullStatus,
    /// How many bytes are there, those of earlier pulls included.
    pub completed_bytes: i64,
    /// How many there will be, as far as the provider has told: it grows while parts are still to be named.
    pub total_bytes: Option<i64>,
    /// The share of it, from 0 to 100.
    pub percent: Option<f64>,
    /// Why it failed, in the provider's words.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl From<Pull> for PullView {
    fn from(pull: Pull) -> Self {
        Self {
            pull_id: pull.id,
            percent: Pull::percent(pull.completed_bytes, pull.total_bytes),
            name: pull.name,
            provider: pull.provider,
            status: pull.status,
            completed_bytes: pull.completed_bytes,
            total_bytes: pull.total_bytes,
            error: pull.error,
            created_at: pull.created_at,
            updated_at: pull.updated_at,
            finished_at: pull.finished_at,
        }
    }
}
