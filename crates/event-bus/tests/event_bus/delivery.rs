//! How an item is handed over.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::memory::{Company, line, next, session};
use domain::{MessageId, Position};
use event_bus::{Delivery, Item, Signal, SignalKind, Subscribe, Subscription};
use std::sync::Arc;

async fn event(subscription: &mut Subscription) -> Arc<Delivery> {
    loop {
        if let Item::Event(delivery) = subscription.next().await.unwrap() {
            return delivery;
        }
    }
}

/// Asks once and goes away, as a `select!` does when another branch is first.
async fn give_up(subscription: &mut Subscription) {
    tokio::select! {
        biased;
        item = subscription.next() => panic!("nothing was to come yet: {item:?}"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn an_event_is_written_once_for_all_who_watch() {
    let company = Company::new();
    let mut subscriptions = [(); 3].map(|()| company.bus.subscribe(Subscribe::from_now()));
    company.commit_each(1);
    let mut texts = Vec::new();
    for subscription in &mut subscriptions {
        let delivery = event(subscription).await;
        texts.push((delivery.json().as_ptr(), delivery.tagged_json().as_ptr()));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "one text, not three that are equal");
}

#[tokio::test]
async fn a_signal_is_written_once_for_all_who_watch() {
    let company = Company::new();
    let subscribe = || Subscribe { signals: true, ..Subscribe::from_now() };
    let mut subscriptions = [(); 2].map(|()| company.bus.subscribe(subscribe()));
    let message_id = MessageId::new(uuid::Uuid::nil());
    let kind = SignalKind::Delta { message_id, offset: 0, text: "a".into() };
    company.bus.signal(Signal { session_id: Some(session(1)), department_id: None, kind });
    let mut texts = Vec::new();
    for subscription in &mut subscriptions {
        assert_eq!(next(subscription).await, "c0");
        let Item::Signal(signal) = subscription.next().await.unwrap() else { panic!("the signal was next") };
        texts.push(signal.json().as_ptr());
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn an_event_has_one_text_and_the_same_with_its_tag() {
    let company = Company::new();
    let mut live = company.bus.subscribe(Subscribe::from_now());
    company.commit_each(1);
    let mut replayed = company.bus.subscribe(Subscribe::since(Position::START));
    let text = r#""event_id":1,"event_type":"chat.changed","entity_type":"chat","entity_id":"s","payload":{"n":1},"created_by":"system","timestamp":"1970-01-01T00:00:00.000001Z"}"#;
    for subscription in [&mut live, &mut replayed] {
        let delivery = event(subscription).await;
        assert_eq!(delivery.json(), &format!("{{{text}"));
        assert_eq!(delivery.tagged_json(), &format!("{{\"type\":\"event\",{text}"));
    }
}

#[tokio::test]
async fn a_next_that_is_dropped_in_a_read_of_the_log_loses_nothing() {
    let company = Company::gated();
    company.commit_each(300);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::START));
    give_up(&mut subscription).await;
    company.let_read(1);
    let mut given = Vec::new();
    for _ in 0..256 {
        given.push(next(&mut subscription).await);
    }
    give_up(&mut subscription).await;
    company.commit_each(1);
    give_up(&mut subscription).await;
    company.let_read(1);
    for _ in 0..46 {
        given.push(next(&mut subscription).await);
    }
    assert!(given.into_iter().eq((1..=301).map(|n| format!("e{n}")).chain(["c301".to_owned()])));
    give_up(&mut subscription).await;
}

#[tokio::test]
async fn a_next_that_is_dropped_while_it_waits_loses_nothing() {
    let company = Company::new();
    let subscribe = Subscribe { signals: true, ..Subscribe::from_now() };
    let mut subscription = company.bus.subscribe(subscribe);
    assert_eq!(next(&mut subscription).await, "c0");
    give_up(&mut subscription).await;
    company.commit_each(2);
    assert_eq!(line(&mut subscription).await, "e1 e2");
    give_up(&mut subscription).await;
    company.commit_each(1);
    assert_eq!(next(&mut subscription).await, "e3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_gives_up_all_the_time_still_gets_everything_once() {
    const TOTAL: i64 = 5000;
    let company = Company::new();
    company.commit_each(400);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::START));
    let publisher = std::thread::spawn(move || company.commit_each(4600));
    let mut positions = Vec::new();
    while positions.last() != Some(&TOTAL) {
        tokio::select! {
            biased;
            item = subscription.next() => if let Item::Event(delivery) = item.unwrap() {
                positions.push(delivery.event().position.get());
            },
            () = tokio::task::yield_now() => {}
        }
    }
    assert!(positions.into_iter().eq(1..=TOTAL));
    publisher.join().unwrap();
}
