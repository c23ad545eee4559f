//! The Founder's overrides on the wire.

use crate::{Cleared, EmergencyAction, Override, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An override on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Override))]
pub struct OverrideView {
    /// What it changes.
    #[cfg_attr(feature = "openapi", schema(example = "brain.enabled"))]
    pub key: String,
    /// To what.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub value: Value,
    /// Why.
    pub reason: String,
    /// From when on it has no effect any more.
    pub expires_at: Option<Timestamp>,
    /// When it was set.
    pub set_at: Timestamp,
}

impl From<Override> for OverrideView {
    fn from(it: Override) -> Self {
        let Override { key, value, reason, expires_at, set_at } = it;
        Self { key: key.to_string(), value, reason, expires_at, set_at }
    }
}

/// An override has no effect any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideCleared {
    /// Whether it was undone, has expired, or what it was of was deleted.
    pub why: Cleared,
    /// What was in force until now.
    #[serde(flatten)]
    pub was: OverrideView,
}

/// The Founder did something in an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// What.
    pub action: EmergencyAction,
    /// Why, where that is asked.
    pub reason: Option<String>,
    /// How many replies it stopped. Only of `stop_all`: a lockdown is told of before its replies end.
    pub stopped: Option<usize>,
}

/// Maintenance began or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Whether nothing may be written from now on.
    pub enabled: bool,
    /// Why.
    pub reason: String,
}
