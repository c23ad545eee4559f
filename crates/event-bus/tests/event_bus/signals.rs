//! Passing hints beside the events.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::memory::{Company, all, line, next, session};
use domain::{EntityType, EventFilter, MessageId, Note, NoteStatus, Position, Slug};
use event_bus::{Item, Signal, SignalKind, Subscribe};

fn message() -> MessageId {
    "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap()
}

fn delta(of: u128, text: &str) -> Signal {
    let kind = SignalKind::Delta { message_id: message(), offset: 3, text: text.to_owned() };
    Signal { session_id: Some(session(of)), department_id: None, kind }
}

fn with_signals() -> Subscribe {
    Subscribe { signals: true, ..Subscribe::from_now() }
}

#[tokio::test]
async fn signals_have_their_wire_form() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(with_signals());
    assert_eq!(next(&mut subscription).await, "c0");
    company.bus.signal(delta(1, "é\n"));
    let note = Note {
        agent_id: Slug::parse("hr-harmony").unwrap(),
        agent_name: "Harmony".into(),
        agent_role: "People".into(),
        note: "Fine.".into(),
        status: NoteStatus::Complete,
    };
    let kind = SignalKind::Note { message_id: message(), note };
    company.bus.signal(Signal { session_id: Some(session(1)), department_id: None, kind });
    let task_id = "01890a5d-ac96-774b-bcce-b302099a8059".parse().unwrap();
    let kind = SignalKind::Progress { task_id, progress: 0.25, turn: 2, turns: 4, bytes: 300 };
    company.bus.signal(Signal { session_id: Some(session(1)), department_id: None, kind });
    let mut frames = Vec::new();
    while frames.len() < 3 {
        if let Item::Signal(signal) = subscription.next().await.unwrap() {
            frames.push(String::from_utf8(signal.json().to_vec()).unwrap());
        }
    }
    assert_eq!(
        frames,
        [
            r#"{"type":"delta","message_id":"01890a5d-ac96-774b-bcce-b302099a8058","offset":3,"text":"é\n","session_id":"00000000-0000-0000-0000-000000000001"}"#,
            r#"{"type":"note","message_id":"01890a5d-ac96-774b-bcce-b302099a8058","note":{"agent_id":"hr-harmony","agent_name":"Harmony","agent_role":"People","note":"Fine.","status":"complete"},"session_id":"00000000-0000-0000-0000-000000000001"}"#,
            r#"{"type":"progress","task_id":"01890a5d-ac96-774b-bcce-b302099a8059","progress":0.25,"turn":2,"turns":4,"bytes":300,"session_id":"00000000-0000-0000-0000-000000000001"}"#,
        ]
    );
}

#[tokio::test]
async fn signals_and_events_keep_the_order_they_were_sent_in() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(with_signals());
    company.commit_each(1);
    company.bus.signal(delta(1, "a"));
    company.bus.signal(delta(1, "b"));
    company.commit(&[("chat", "s"), ("chat", "s")]);
    company.commit_each(1);
    company.bus.signal(delta(1, "c"));
    company.commit_each(1);
    company.bus.signal(delta(1, "d"));
    assert_eq!(line(&mut subscription).await, "c0 e1 sa sb e2 e3 e4 sc e5 sd");
}

#[tokio::test]
async fn a_filter_that_admits_no_event_does_not_hold_signals_back() {
    let company = Company::new();
    let id = session(1).to_string();
    let filter = EventFilter { session_id: Some(id), ..EventFilter::default() };
    let mut subscription = company.bus.subscribe(Subscribe { filter, ..with_signals() });
    for text in ["a", "b", "c"] {
        company.commit_each(1);
        company.bus.signal(delta(1, text));
    }
    assert_eq!(line(&mut subscription).await, "c0 sa sb sc");
}

#[tokio::test]
async fn under_pressure_the_oldest_signals_go_and_no_event_does() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(with_signals());
    assert_eq!(next(&mut subscription).await, "c0");
    for number in 0..500 {
        for part in 0..6 {
            company.bus.signal(delta(1, &format!("{number}.{part}")));
        }
        company.commit_each(1);
    }
    let items = all(&mut subscription).await;
    let (signals, events): (Vec<String>, Vec<String>) = items.into_iter().partition(|i| i.starts_with('s'));
    assert!(events.iter().cloned().eq((1..=500).map(|n| format!("e{n}"))));
    assert!(signals.len() < 3000, "{} of 3000 kept", signals.len());
    assert_eq!(signals.last().unwrap(), "s499.5", "the newest are kept");
}

#[tokio::test]
async fn who_did_not_ask_for_signals_gets_none() {
    let company = Company::new();
    let mut events_only = company.bus.subscribe(Subscribe::from_now());
    assert!(!company.bus.wants_signals());
    let both = company.bus.subscribe(with_signals());
    assert!(company.bus.wants_signals());
    company.bus.signal(delta(1, "a"));
    company.commit_each(1);
    assert_eq!(line(&mut events_only).await, "c0 e1");
    drop(both);
}

#[tokio::test]
async fn a_filter_shows_only_the_signals_of_what_it_names() {
    let company = Company::new();
    let hr = |of, text| Signal { department_id: Some(Slug::parse("hr").unwrap()), ..delta(of, text) };
    let none = EventFilter::default;
    let id = |of| Some(session(of).to_string());
    let filters = [
        (none(), "sa sb sc"),
        (EventFilter { session_id: id(1), ..none() }, "sa"),
        (EventFilter { entity_id: id(2), ..none() }, "sb"),
        (EventFilter { session_id: id(9), ..none() }, ""),
        (EventFilter { session_id: id(1), entity_id: id(2), ..none() }, ""),
        (EventFilter { entity_type: Some(EntityType::Chat), ..none() }, "sa sb sc"),
        (EventFilter { entity_type: Some(EntityType::Agent), ..none() }, ""),
        (EventFilter { department_id: Some("hr".into()), ..none() }, "sb sc"),
        (EventFilter { department_id: Some("legal".into()), ..none() }, ""),
        (EventFilter { event_types: vec!["chat.message".into()], ..none() }, "sa sb sc"),
    ];
    let mut subscriptions = Vec::new();
    for (filter, seen) in filters {
        let mut subscription = company.bus.subscribe(Subscribe { filter: filter.clone(), ..with_signals() });
        assert_eq!(line(&mut subscription).await, "c0");
        subscriptions.push((subscription, filter, seen));
    }
    company.bus.signal(delta(1, "a"));
    company.bus.signal(hr(2, "b"));
    company.bus.signal(hr(3, "c"));
    for (mut subscription, filter, seen) in subscriptions {
        assert_eq!(line(&mut subscription).await, seen, "{filter:?}");
    }
}

#[tokio::test]
async fn a_signal_that_a_replay_has_overtaken_is_dropped() {
    let company = Company::new();
    company.commit_each(1);
    let subscribe = Subscribe { since: Some(Position::START), ..with_signals() };
    let mut subscription = company.bus.subscribe(subscribe);
    company.bus.signal(delta(1, "late"));
    company.commit_each(1);
    company.bus.signal(delta(1, "fresh"));
    assert_eq!(line(&mut subscription).await, "e1 e2 c2 sfresh");
}

#[tokio::test]
async fn signals_go_on_after_a_lag_is_healed() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(with_signals());
    assert_eq!(next(&mut subscription).await, "c0");
    company.commit_each(2000);
    company.bus.signal(delta(1, "a"));
    let items = all(&mut subscription).await;
    assert!(items.iter().cloned().eq((1..=2000).map(|n| format!("e{n}")).chain(["sa".to_owned()])));
}
