//! The Founder's overrides as they are stored.

use crate::company::Company;
use crate::samples::{agent, change, department, slug};
use domain::{Cleared, Event, EventFilter, Override, OverrideKey, Position, Timestamp};
use serde_json::json;

fn locked(reason: &str) -> Override {
    Override {
        key: OverrideKey::AgentLocked(slug("hr-talent")),
        value: json!(true),
        reason: reason.to_owned(),
        expires_at: Some(Timestamp::from_micros(9)),
        set_at: Timestamp::from_micros(5),
    }
}

#[tokio::test]
async fn an_override_set_again_is_replaced_and_one_that_is_not_there_is_not_cleared() {
    let company = Company::new();
    let (first, second) = (locked("first"), Override { expires_at: None, ..locked("second \u{2028}漢") });
    let (one, two) = (first.clone(), second.clone());
    company
        .write(move |tx| {
            tx.overrides_mut().set(&one, &change(5))?;
            tx.overrides_mut().set(&two, &change(5))
        })
        .await;
    let company = company.reopened().await;
    assert_eq!(company.read(|tx| tx.overrides().all()).await, std::slice::from_ref(&second));
    let key = first.key;
    assert_eq!(company.read(move |tx| tx.overrides().get(&key)).await.as_ref(), Some(&second));
    let cleared = company
        .write(move |tx| {
            let clear = |tx: &mut persistence::WriteTx<'_>| {
                tx.overrides_mut().clear(&second, Cleared::Undone, &change(5))
            };
            Ok((clear(tx)?, clear(tx)?))
        })
        .await;
    assert_eq!(cleared, (true, false));
    assert_eq!(company.read(|tx| tx.overrides().all()).await, []);
    let events = company.read(|tx| tx.events().after(Position::START, &EventFilter::default(), 9)).await;
    let told: Vec<_> = events.iter().map(|event| (&*event.event_type, &*event.entity_id)).collect();
    let key = "agent.hr-talent.locked";
    assert_eq!(
        told,
        [("founder.override.set", key), ("founder.override.set", key), ("founder.override.cleared", key)]
    );
}

#[tokio::test]
async fn a_lock_ends_with_what_it_is_on_in_the_same_transaction() {
    let company = Company::new();
    let of_agent = Override { expires_at: None, ..locked("a review") };
    let expired = Override { key: OverrideKey::DepartmentLocked(slug("hr")), ..locked("a review") };
    let stored = [of_agent.clone(), expired.clone()];
    company
        .write(move |tx| {
            tx.departments_mut().create(&department("hr", 0), &change(5))?;
            tx.agents_mut().create(&agent("hr-talent", "hr"), &change(5))?;
            stored.iter().try_for_each(|it| tx.overrides_mut().set(it, &change(5)))
        })
        .await;
    let head = company.store.head();
    company
        .write(|tx| {
            tx.agents_mut().delete(&agent("hr-talent", "hr"), &change(7))?;
            tx.departments_mut().delete(&slug("hr"), &change(7))
        })
        .await;
    assert_eq!(company.read(|tx| tx.overrides().all()).await, []);
    let events = company.events_after(head).await;
    let told: Vec<Event> = events.iter().map(|event| event.decode().unwrap()).collect();
    let [
        Event::FounderOverrideCleared(agents),
        Event::AgentDeleted(_),
        Event::FounderOverrideCleared(departments),
        Event::DepartmentDeleted(_),
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((agents.why, agents.was.clone()), (Cleared::Deleted, of_agent.into()));
    assert_eq!((departments.why, departments.was.clone()), (Cleared::Expired, expired.into()));
}
