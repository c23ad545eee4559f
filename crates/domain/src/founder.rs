//! What the Founder overrides: settings that change how the company behaves, each under a key of its own.

mod key;
mod kind;

pub use key::{InvalidOverride, OverrideKey, UnknownOverride};
pub use kind::OverrideKind;

use crate::Timestamp;
use crate::scope::words;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A setting of the Founder's that changes how the company behaves, and why it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What it changes.
    pub key: OverrideKey,
    /// To what. It fits the key: [`OverrideKey::check`].
    pub value: Value,
    /// Why, in the Founder's words.
    pub reason: String,
    /// From when on it has no effect any more; none keeps it until it is undone.
    pub expires_at: Option<Timestamp>,
    /// When it was set.
    pub set_at: Timestamp,
}

impl Override {
    /// The most characters of a reason.
    pub const MAX_REASON_CHARS: usize = 500;

    /// Whether it has an effect at this moment.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

words!(
    /// Which providers of models may be used.
    Routing {
        /// Only those on this machine or in its own network.
        LocalOnly = "local_only",
        /// Only those elsewhere.
        ApiOnly = "api_only",
        /// Any.
        Hybrid = "hybrid",
    }
);

words!(
    /// Why an override has no effect any more.
    Cleared {
        /// The Founder took it back.
        Undone = "undone",
        /// Its time was over.
        Expired = "expired",
        /// What it was of is gone.
        Deleted = "deleted",
    }
);

words!(
    /// What the Founder does in an emergency.
    EmergencyAction {
        /// Ends every reply in the making.
        StopAll = "stop_all",
        /// Ends every reply in the making, and allows only reads from then on.
        Lockdown = "lockdown",
        /// Ends a lockdown and maintenance.
        Release = "release",
    }
);
