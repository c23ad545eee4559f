//! The Founder's overrides as they are stored.

use crate::company::Company;
use crate::samples::{change, slug};
use domain::{Cleared, EventFilter, Override, OverrideKey, Position, Timestamp};
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
