//! The keys of overrides, and what fits them.

use super::{OverrideKind, Routing};
use crate::Slug;
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// What an override changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OverrideKey {
    /// Whether models may be asked at all.
    BrainEnabled,
    /// The model that wins over the active one.
    BrainModel,
    /// Which providers may be used.
    BrainRouting,
    /// Whether Daena takes no turns.
    DaenaPaused,
    /// What is added to every system prompt.
    DaenaInstructions,
    /// Whether a department and its agents take no turns.
    DepartmentLocked(Slug),
    /// Whether an agent takes no turns.
    AgentLocked(Slug),
    /// Maintenance: whether nothing may be written.
    SystemReadOnly,
    /// Whether only reads are allowed.
    SystemLockdown,
}

/// A text that is no key of an override.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such override; there are {}", OverrideKind::keys().join(", "))]
pub struct UnknownOverride;

/// A value that does not fit its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOverride {
    /// Of another type.
    #[error("expected {0}")]
    Type(&'static str),
    /// Of the right type, and impossible.
    #[error("{0}")]
    Value(String),
}

impl OverrideKey {
    /// The most characters of `daena.instructions`.
    pub const MAX_INSTRUCTIONS_CHARS: usize = 4000;

    /// Whether the value fits: the type, and what can be told from the value alone.
    ///
    /// # Errors
    /// Says what would fit.
    pub fn check(&self, value: &Value) -> Result<(), InvalidOverride> {
        let text = || value.as_str().ok_or(InvalidOverride::Type("a string"));
        match self {
            // Those who know models know which texts are names of theirs.
            Self::BrainModel => text().map(drop),
            Self::BrainRouting => Routing::from_str(text()?).map(drop).map_err(InvalidOverride::Value),
            Self::DaenaInstructions => match text()? {
                text if !text.trim().is_empty()
                    && !text.contains('\0')
                    && text.chars().count() <= Self::MAX_INSTRUCTIONS_CHARS =>
                {
                    Ok(())
                }
                _ => impossible(format!(
                    "is 1 to {} characters, not blank and without NUL",
                    Self::MAX_INSTRUCTIONS_CHARS
                )),
            },
            _ => value.as_bool().map(drop).ok_or(InvalidOverride::Type("true or false")),
        }
    }
}

fn impossible(detail: String) -> Result<(), InvalidOverride> {
    Err(InvalidOverride::Value(detail))
}

impl FromStr for OverrideKey {
    type Err = UnknownOverride;

    fn from_str(text: &str) -> Result<Self, UnknownOverride> {
        let locked = |kind: &str| {
            let slug = text.strip_prefix(kind)?.strip_suffix(".locked")?;
            Slug::parse(slug).ok()
        };
        Ok(match text {
            "brain.enabled" => Self::BrainEnabled,
            "brain.model" => Self::BrainModel,
            "brain.routing" => Self::BrainRouting,
            "daena.paused" => Self::DaenaPaused,
            "daena.instructions" => Self::DaenaInstructions,
            "system.read_only" => Self::SystemReadOnly,
            "system.lockdown" => Self::SystemLockdown,
            _ => match (locked("department."), locked("agent.")) {
                (Some(slug), _) => Self::DepartmentLocked(slug),
                (_, Some(slug)) => Self::AgentLocked(slug),
                _ => return Err(UnknownOverride),
            },
        })
    }
}

impl fmt::Display for OverrideKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrainEnabled => f.write_str("brain.enabled"),
            Self::BrainModel => f.write_str("brain.model"),
            Self::BrainRouting => f.write_str("brain.routing"),
            Self::DaenaPaused => f.write_str("daena.paused"),
            Self::DaenaInstructions => f.write_str("daena.instructions"),
            Self::DepartmentLocked(slug) => write!(f, "department.{slug}.locked"),
            Self::AgentLocked(slug) => write!(f, "agent.{slug}.locked"),
            Self::SystemReadOnly => f.write_str("system.read_only"),
            Self::SystemLockdown => f.write_str("system.lockdown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_reads_back_from_its_text_and_others_are_unknown() {
        for text in OverrideKind::keys() {
            let text = text.replace("<slug>", "hr-talent");
            assert_eq!(text.parse::<OverrideKey>().unwrap().to_string(), text);
        }
        for text in ["", "brain", "brain.enabled.", "department..locked", "department.HR.locked", "agent.a"] {
            let error = text.parse::<OverrideKey>().unwrap_err().to_string();
            assert!(error.contains("department.<slug>.locked"), "{error}");
        }
    }

    #[test]
    fn every_kind_has_an_example_that_fits_its_key() {
        for kind in OverrideKind::all() {
            let key: OverrideKey = kind.key.replace("<slug>", "hr").parse().unwrap();
            key.check(&kind.example).unwrap();
            assert!(key.check(&json!(null)).is_err() && key.check(&json!([])).is_err(), "{}", kind.key);
        }
    }

    #[test]
    fn another_type_and_an_impossible_value_are_told_apart() {
        let checked = |key: &str, value| key.parse::<OverrideKey>().unwrap().check(&value).unwrap_err();
        for key in ["brain.enabled", "daena.paused", "system.lockdown", "agent.hr-talent.locked"] {
            assert_eq!(checked(key, json!("true")), InvalidOverride::Type("true or false"));
        }
        for key in ["brain.routing", "brain.model"] {
            assert_eq!(checked(key, json!(1)), InvalidOverride::Type("a string"));
        }
        for (key, value) in [
            ("brain.routing", json!("anywhere")),
            ("daena.instructions", json!("  ")),
            ("daena.instructions", json!("x".repeat(4001))),
            ("daena.instructions", json!("a\0b")),
        ] {
            assert!(matches!(checked(key, value), InvalidOverride::Value(_)), "{key}");
        }
    }
}
