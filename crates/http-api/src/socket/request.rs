//! Frames from the client.

use domain::{EntityType, EventFilter};
use serde::Deserialize;
use serde_json::Value;

/// What a client may say.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Request {
    /// Replaces the subscription.
    Subscribe {
        /// Where to resume; none goes on from where the socket has come to.
        since: Option<i64>,
        /// Which events.
        filter: Option<Filter>,
        /// Whether signals too; none leaves it as it is.
        signals: Option<bool>,
    },
    /// Asks for a sign of life.
    Ping {
        /// Comes back as it is.
        timestamp: Option<Value>,
    },
}

/// Which events a client wants.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Filter {
    event_types: Option<Vec<String>>,
    entity_type: Option<EntityType>,
    entity_id: Option<String>,
    session_id: Option<String>,
    department_id: Option<String>,
}

impl Request {
    /// Reads a frame, or says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        // An array would be read as the fields in order.
        if !text.trim_start().starts_with('{') {
            return Err("expected a JSON object".to_owned());
        }
        let request = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match request {
            Self::Subscribe { since: Some(..0), .. } => Err("since: a position is 0 or more".to_owned()),
            request => Ok(request),
        }
    }
}

impl Filter {
    /// The filter within what the socket's path admits at all, or the name of what lies outside of it.
    pub(super) fn within(self, preset: &EventFilter) -> Result<EventFilter, String> {
        Ok(EventFilter {
            event_types: self.event_types.unwrap_or_default(),
            entity_type: narrowed("entity_type", preset.entity_type, self.entity_type)?,
            entity_id: narrowed("entity_id", preset.entity_id.clone(), self.entity_id)?,
            session_id: narrowed("session_id", preset.session_id.clone(), self.session_id)?,
            department_id: narrowed("department_id", preset.department_id.clone(), self.department_id)?,
        })
    }
}

fn narrowed<T: PartialEq>(name: &str, preset: Option<T>, asked: Option<T>) -> Result<Option<T>, String> {
    match (preset, asked) {
        (Some(preset), Some(asked)) if preset != asked => {
            Err(format!("filter.{name}: this socket's path admits another one only"))
        }
        (Some(value), _) | (None, Some(value)) => Ok(Some(value)),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_refused() {
        for bad in [
            "",
            "5",
            "[]",
            r#"["ping"]"#,
            "{}",
            r#"{"type":"shout"}"#,
            r#"{"type":"subscribe","since":-1}"#,
            r#"{"type":"subscribe","since":"7"}"#,
            r#"{"type":"subscribe","filter":{"entity_type":"thing"}}"#,
            r#"{"type":"subscribe","filter":[]}"#,
            r#"{"type":"ping"} x"#,
        ] {
            assert!(Request::read(bad).is_err(), "{bad}");
        }
        let known = Request::read(r#"{"type":"subscribe","filter":{"later":1},"later":2}"#);
        assert_eq!(
            known,
            Ok(Request::Subscribe { since: None, filter: Some(Filter::default()), signals: None })
        );
    }

    #[test]
    fn a_filter_never_leaves_what_the_path_admits() {
        let preset = EventFilter { session_id: Some("a".into()), ..EventFilter::default() };
        let filter = Filter { event_types: Some(vec!["chat.message".into()]), ..Filter::default() };
        let both = EventFilter { event_types: vec!["chat.message".into()], ..preset.clone() };
        assert_eq!(filter.within(&preset), Ok(both));
        let other = Filter { session_id: Some("b".into()), ..Filter::default() };
        assert!(other.within(&preset).is_err());
    }
}
