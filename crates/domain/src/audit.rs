//! The event log, read as an audit trail.

mod summary;

use crate::{EntityType, Position, RecordedEvent, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An event as the audit trail tells it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// The event's position.
    pub event_id: Position,
    /// When.
    pub timestamp: Timestamp,
    /// Who did it: `founder`, `daena`, `system` or `agent:<slug>`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub actor: Arc<str>,
    /// What was done: the event's type.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub action: Arc<str>,
    /// The kind of thing it was done to.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub entity_type: Arc<str>,
    /// The thing.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub entity_id: Arc<str>,
    /// The department whose view shows it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub department_id: Option<Arc<str>>,
    /// The event in one plain line.
    pub summary: String,
    /// The thing as the API gives it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: Arc<RawValue>,
}

impl From<RecordedEvent> for AuditEntry {
    fn from(event: RecordedEvent) -> Self {
        let summary = summary::of(&event);
        Self {
            event_id: event.position,
            timestamp: event.timestamp,
            actor: event.created_by,
            action: event.event_type,
            entity_type: event.entity_type,
            entity_id: event.entity_id,
            department_id: event.department_id,
            summary,
            payload: event.payload,
        }
    }
}

/// Types of events: one, or all that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// This type.
    Exactly(String),
    /// All whose names begin so.
    Beginning(String),
}

/// A text that names no types of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an action: expected an event type such as chat.message, or a prefix and a star such as chat.*")]
pub struct InvalidAction;

impl Action {
    /// Whether a type is meant.
    pub fn admits(&self, event_type: &str) -> bool {
        match self {
            Self::Exactly(name) => name == event_type,
            Self::Beginning(prefix) => event_type.starts_with(prefix.as_str()),
        }
    }

    /// How much is said: an exact name more than any prefix, a long prefix more than a short one.
    pub fn weight(&self) -> usize {
        match self {
            Self::Exactly(_) => usize::MAX,
            Self::Beginning(prefix) => prefix.len(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(name) => f.write_str(name),
            Self::Beginning(prefix) => write!(f, "{prefix}*"),
        }
    }
}

impl FromStr for Action {
    type Err = InvalidAction;
    fn from_str(text: &str) -> Result<Self, InvalidAction> {
        let (name, star) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (name.is_empty() && !star) || !name.bytes().all(plain) {
            return Err(InvalidAction);
        }
        Ok(if star { Self::Beginning(name.to_owned()) } else { Self::Exactly(name.to_owned()) })
    }
}

/// Which entries someone wants; what is not named admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this one.
    pub actor: Option<String>,
    /// Of these types.
    pub action: Option<Action>,
    /// About this kind of thing.
    pub entity_type: Option<EntityType>,
    /// About this thing.
    pub entity_id: Option<String>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether the filter lets this event through.
    pub fn admits(&self, event: &RecordedEvent) -> bool {
        let is = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        is(&self.actor, &event.created_by)
            && is(&self.entity_id, &event.entity_id)
            && self.action.as_ref().is_none_or(|action| action.admits(&event.event_type))
            && self.entity_type.is_none_or(|want| want.as_str() == &*event.entity_type)
            && self.from.is_none_or(|from| event.timestamp >= from)
            && self.to.is_none_or(|to| event.timestamp < to)
    }
}
