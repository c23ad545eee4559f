//! Events as the log keeps them.

use super::{EntityType, Event};
use crate::{Position, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// An event with its place in the log. The payload is JSON text, made once and shared by all who read it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Event))]
pub struct RecordedEvent {
    /// Its position.
    #[serde(rename = "event_id")]
    pub position: Position,
    /// The dotted name.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub event_type: Arc<str>,
    /// The kind of thing it is about; a name of a newer program is kept.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub entity_type: Arc<str>,
    /// The thing.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub entity_id: Arc<str>,
    /// The thing as the API gives it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: Arc<RawValue>,
    /// Who did it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_by: Arc<str>,
    /// When. In the log time never runs backwards.
    pub timestamp: Timestamp,
    /// The department whose view shows it.
    #[serde(skip)]
    pub department_id: Option<Arc<str>>,
}

impl RecordedEvent {
    /// The fact itself.
    pub fn decode(&self) -> serde_json::Result<Event> {
        Event::decode(&self.event_type, self.payload.get())
    }
}

/// Which events someone wants; what is not named admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Any of these names.
    pub event_types: Vec<String>,
    /// This kind of thing.
    pub entity_type: Option<EntityType>,
    /// This thing.
    pub entity_id: Option<String>,
    /// This session's events: the same as entity type `chat` and its id.
    pub session_id: Option<String>,
    /// What this department's view shows: the department, its agents, their sessions.
    pub department_id: Option<String>,
}

impl EventFilter {
    /// Whether the filter lets this event through.
    pub fn admits(&self, event: &RecordedEvent) -> bool {
        let is = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        (self.event_types.is_empty() || self.event_types.iter().any(|name| **name == *event.event_type))
            && self.entity_type.is_none_or(|want| want.as_str() == &*event.entity_type)
            && is(&self.entity_id, &event.entity_id)
            && self.session_id.as_deref().is_none_or(|want| {
                &*event.entity_type == EntityType::Chat.as_str() && *event.entity_id == *want
            })
            && self.department_id.as_deref().is_none_or(|want| event.department_id.as_deref() == Some(want))
    }
}
