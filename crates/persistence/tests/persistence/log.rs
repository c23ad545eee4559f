//! The event log, read back.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::{Company, assert_dense};
use crate::samples::{Numbers, agent, at, department, said, session, slug};
use domain::{Actor, EntityType, EventFilter, Position, RecordedEvent, Scope, Session};
use persistence::{Change, WriteTx};
use serde_json::json;
use std::collections::BTreeMap;

/// A log of 240 events of several kinds, whose times stand still, jump and run backwards.
async fn filled() -> Company {
    let company = Company::new();
    company
        .write(|tx| {
            let change = Change::new(Actor::System, at(-1000));
            tx.departments_mut().create(&department("hr", 0), &change)?;
            tx.departments_mut().create(&department("legal", 1), &change)?;
            for number in 1..=4_u32 {
                let scope = match number {
                    1 => Scope::Department(slug("hr")),
                    2 => Scope::Agent { agent: slug("legal-vera"), department: slug("legal") },
                    _ => Scope::Executive,
                };
                let session = Session { category: scope.category(), scope, ..session(number.into(), 0) };
                tx.sessions_mut().create(&session, &change)?;
            }
            Ok(())
        })
        .await;
    let mut numbers = Numbers(11);
    let mut now = 0;
    let mut changes = Vec::new();
    for number in 7..=240_u32 {
        now += [0, 0, 1, 500, -200][usize::try_from(numbers.below(5)).unwrap()];
        let change = Change::new(Actor::Agent(slug("legal-vera")), at(now));
        changes.push((number, numbers.below(4), numbers.below(4) + 1, change));
    }
    let job = move |tx: &mut WriteTx<'_>| {
        for (number, choice, chosen, change) in &changes {
            match choice {
                0 => tx.settings_mut().set(&format!("k{chosen}"), &json!(number), change)?,
                1 => tx.agents_mut().create(&agent(&format!("hr-{number}"), "hr"), change)?,
                _ => {
                    let session = tx.sessions().get(session((*chosen).into(), 0).id)?.unwrap();
                    let message = [said((*number).into(), session.id, "a", 0)];
                    let department = session.scope.department();
                    tx.messages_mut().append(&message, None, department, change)?;
                }
            }
        }
        Ok(())
    };
    company.write(job).await;
    company
}

fn in_short(events: &[RecordedEvent]) -> Vec<(i64, &str)> {
    events.iter().map(|event| (event.position.get(), event.payload.get())).collect()
}

#[tokio::test]
async fn a_read_of_the_log_gives_what_its_filter_admits_and_no_more_than_asked() {
    let company = filled().await;
    let all = company.events().await;
    assert_eq!(all.len(), 240);
    assert_dense(&all);
    let none = EventFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let id = |number| Some(session(number, 0).id.to_string());
    let types = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let filters = [
        none(),
        EventFilter { event_types: types(&["chat.message"]), ..none() },
        EventFilter { event_types: types(&["agent.created", "system.config", "no.such"]), ..none() },
        EventFilter { entity_type: Some(EntityType::Chat), ..none() },
        EventFilter { entity_type: Some(EntityType::Task), ..none() },
        EventFilter { entity_id: text("k1"), ..none() },
        EventFilter { entity_id: id(1), ..none() },
        EventFilter { session_id: id(1), ..none() },
        EventFilter { session_id: text("k1"), ..none() },
        EventFilter { department_id: text("hr"), ..none() },
        EventFilter { department_id: text("legal"), event_types: types(&["chat.message"]), ..none() },
        EventFilter { session_id: id(3), event_types: types(&["chat.message"]), ..none() },
    ];
    for filter in filters {
        for since in [0, 1, 100, 239, 240, 1000] {
            for limit in [0, 1, 13, 1000] {
                let admitted =
                    all.iter().filter(|event| event.position.get() > since && filter.admits(event));
                let expected: Vec<RecordedEvent> = admitted.take(limit).cloned().collect();
                let asked = filter.clone();
                let given =
                    company.read(move |tx| tx.events().after(Position::new(since), &asked, limit)).await;
                assert_eq!(in_short(&given), in_short(&expected), "{filter:?} after {since}");
            }
        }
    }
}

#[tokio::test]
async fn an_event_says_who_made_the_change_and_of_what() {
    let company = filled().await;
    let all = company.events().await;
    let first = serde_json::to_value(&all[0]).unwrap();
    assert_eq!(first["created_by"], "system");
    assert_eq!((&first["entity_type"], &first["entity_id"]), (&json!("department"), &json!("hr")));
    assert_eq!(all[0].department_id.as_deref(), Some("hr"));
    assert_eq!(&*all[239].created_by, "agent:legal-vera");
}

#[tokio::test]
async fn counts_since_a_time_equal_counting_one_by_one() {
    let company = filled().await;
    let all = company.events().await;
    assert!(all.is_sorted_by_key(|event| event.timestamp));
    let mut times: Vec<i64> = all.iter().map(|event| event.timestamp.as_micros()).collect();
    times.dedup();
    let moments = times.iter().flat_map(|time| [time - 1, *time, time + 1]).chain([i64::MIN, 0, i64::MAX]);
    for micros in moments {
        let time = domain::Timestamp::from_micros(micros);
        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        for event in all.iter().filter(|event| event.timestamp >= time) {
            *counted.entry(event.event_type.to_string()).or_default() += 1;
        }
        let given = company.read(move |tx| tx.events().counts_since(time)).await;
        assert_eq!(given, counted.into_iter().collect::<Vec<_>>(), "since {time:?}");
    }
    let empty = Company::new().read(|tx| tx.events().counts_since(at(0))).await;
    assert!(empty.is_empty());

    let bounds: Vec<_> = times.iter().step_by(7).map(|&time| domain::Timestamp::from_micros(time)).collect();
    let expected: Vec<i64> = (0..bounds.len())
        .map(|place| {
            let within =
                |time| time >= bounds[place] && bounds.get(place + 1).is_none_or(|next| time < *next);
            i64::try_from(all.iter().filter(|event| within(event.timestamp)).count()).unwrap()
        })
        .collect();
    assert_eq!(company.read(move |tx| tx.events().counts_from_each(&bounds)).await, expected);
}
