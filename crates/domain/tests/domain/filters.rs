//! Which events a filter lets through.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use domain::{EntityType, EventFilter, Position, RecordedEvent, Timestamp};
use serde_json::value::RawValue;
use std::sync::Arc;

fn event(event_type: &str, entity: (&str, &str), department: Option<&str>) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(1),
        event_type: event_type.into(),
        entity_type: entity.0.into(),
        entity_id: entity.1.into(),
        payload: Arc::from(RawValue::from_string("{}".into()).unwrap()),
        created_by: "system".into(),
        timestamp: Timestamp::from_micros(0),
        department_id: department.map(Into::into),
    }
}

#[test]
fn a_filter_admits_what_fits_all_it_names() {
    let any = EventFilter::default;
    let said = event("chat.message", ("chat", "s1"), Some("hr"));
    let daenas = event("chat.message", ("chat", "s2"), None);
    let made = event("agent.created", ("agent", "s1"), Some("hr"));
    let newer = event("moon.landed", ("moon", "s1"), None);
    let types = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let text = |text: &str| Some(text.to_owned());
    #[rustfmt::skip]
    let table = [
        // filter                                                                       said   daenas made   newer
        (any(),                                                                        [true,  true,  true,  true]),
        (EventFilter { event_types: types(&["chat.message"]), ..any() },               [true,  true,  false, false]),
        (EventFilter { event_types: types(&["agent.created", "moon.landed"]), ..any() }, [false, false, true,  true]),
        (EventFilter { event_types: types(&["chat"]), ..any() },                       [false, false, false, false]),
        (EventFilter { entity_type: Some(EntityType::Chat), ..any() },                 [true,  true,  false, false]),
        (EventFilter { entity_type: Some(EntityType::System), ..any() },               [false, false, false, false]),
        (EventFilter { entity_id: text("s1"), ..any() },                               [true,  false, true,  true]),
        (EventFilter { session_id: text("s1"), ..any() },                              [true,  false, false, false]),
        (EventFilter { session_id: text("s2"), ..any() },                              [false, true,  false, false]),
        (EventFilter { session_id: text(""), ..any() },                                [false, false, false, false]),
        (EventFilter { department_id: text("hr"), ..any() },                           [true,  false, true,  false]),
        (EventFilter { department_id: text("legal"), ..any() },                        [false, false, false, false]),
        (EventFilter { department_id: text("hr"), entity_type: Some(EntityType::Agent), ..any() }, [false, false, true, false]),
        (EventFilter { session_id: text("s1"), event_types: types(&["agent.created"]), ..any() },  [false, false, false, false]),
        (EventFilter { session_id: text("s1"), entity_id: text("s2"), ..any() },       [false, false, false, false]),
        (EventFilter { session_id: text("s1"), entity_type: Some(EntityType::Agent), ..any() },    [false, false, false, false]),
    ];
    for (filter, admitted) in table {
        let got = [&said, &daenas, &made, &newer].map(|event| filter.admits(event));
        assert_eq!(got, admitted, "{filter:?}");
    }
}
