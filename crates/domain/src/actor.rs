//! Who made a change.

use crate::{MemberId, Slug};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The author of a change, as events name it in `created_by`: `founder`, `daena`, `system`, `agent:<slug>` or
/// `council_member:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The owner, through any door.
    Founder,
    /// The executive assistant.
    Daena,
    /// An agent that answers.
    Agent(Slug),
    /// A member of a council that speaks in a debate.
    CouncilMember(MemberId),
    /// The server itself: seeding, recovery.
    System,
    /// A name that a newer program wrote.
    Named(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Founder => f.write_str("founder"),
            Self::Daena => f.write_str("daena"),
            Self::System => f.write_str("system"),
            Self::Agent(slug) => write!(f, "agent:{slug}"),
            Self::CouncilMember(id) => write!(f, "council_member:{id}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl From<&str> for Actor {
    fn from(text: &str) -> Self {
        match text {
            "founder" => Self::Founder,
            "daena" => Self::Daena,
            "system" => Self::System,
            other => {
                if let Some(Ok(slug)) = other.strip_prefix("agent:").map(Slug::parse) {
                    return Self::Agent(slug);
                }
                match other.strip_prefix("council_member:").map(str::parse) {
                    Some(Ok(id)) => Self::CouncilMember(id),
                    _ => Self::Named(other.to_owned()),
                }
            }
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(std::borrow::Cow::<'de, str>::deserialize(deserializer)?.as_ref()))
    }
}
