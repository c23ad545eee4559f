//! What was missed, then what happens, each once and in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::memory::{Company, all, line, next};
use domain::{EntityType, EventFilter, Position};
use event_bus::{Item, Subscribe, Subscription};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Reads events up to a position; gives their positions and how often the subscription said it had caught up.
async fn read_to(subscription: &mut Subscription, last: i64) -> (Vec<i64>, usize) {
    let (mut positions, mut caught_up) = (Vec::new(), 0);
    while positions.last().is_none_or(|position| *position < last) {
        match subscription.next().await.expect("the log can be read") {
            Item::Event(delivery) => positions.push(delivery.event().position.get()),
            Item::CaughtUp(position) => {
                assert!(positions.last().is_none_or(|given| *given <= position.get()));
                caught_up += 1;
            }
            item => panic!("nobody asked for {item:?}"),
        }
    }
    (positions, caught_up)
}

fn since(position: i64) -> Subscribe {
    Subscribe::since(Position::new(position))
}

/// Commits of one to seven events until the log holds `total`.
fn publish_up_to(company: &Company, total: usize) {
    let mut left = total;
    while left > 0 {
        let together = (left % 7 + 1).min(left);
        company.commit(&vec![("chat", "s"); together]);
        left -= together;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replay_meets_live_without_loss_repeat_or_disorder_while_others_commit() {
    const TOTAL: i64 = 20_000;
    let company = Company::new();
    company.commit_each(700);
    let mut readers = JoinSet::new();
    for start in [0, 1, 255, 256, 257, 699, 700] {
        let company = company.clone();
        readers.spawn(async move {
            let read = read_to(&mut company.bus.subscribe(since(start)), TOTAL).await;
            (start, read)
        });
    }
    let latecomers = company.clone();
    readers.spawn(async move {
        // One subscriber after another, each from where the one before ended, as sockets that come back.
        let (mut positions, mut subscriptions) = (Vec::new(), 0);
        while positions.last() != Some(&TOTAL) {
            let start = positions.last().copied().unwrap_or(0);
            let mut subscription = latecomers.bus.subscribe(since(start));
            positions.extend(read_to(&mut subscription, (start + 500).min(TOTAL)).await.0);
            subscriptions += 1;
        }
        assert!(subscriptions > 1);
        (0, (positions, 1))
    });
    let publisher = std::thread::spawn(move || publish_up_to(&company, 19_300));
    while let Some(read) = readers.join_next().await {
        let (start, (positions, caught_up)) = read.unwrap();
        assert!(positions.iter().copied().eq(start + 1..=TOTAL), "a subscriber from {start}");
        assert_eq!(caught_up, 1, "a subscriber from {start}");
    }
    publisher.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_after_subscribing_is_seen_although_nobody_has_asked_yet() {
    let company = Company::new();
    company.commit_each(10);
    let mut fresh = company.bus.subscribe(Subscribe::from_now());
    company.commit_each(2);
    assert_eq!(line(&mut fresh).await, "c10 e11 e12");
}

#[tokio::test]
async fn a_subscription_from_now_is_told_so_at_once() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(Subscribe::from_now());
    assert_eq!(all(&mut subscription).await, ["c0"]);
    company.commit(&[("chat", "s"), ("chat", "s")]);
    assert_eq!(all(&mut subscription).await, ["e1", "e2"]);
    assert_eq!(company.reads(), 0, "the log was not needed");
}

#[tokio::test]
async fn caught_up_comes_once_after_all_that_was_missed() {
    for missed in [0_i64, 1, 255, 256, 257, 512, 600] {
        let company = Company::new();
        company.commit_each(usize::try_from(missed).unwrap());
        let mut subscription = company.bus.subscribe(since(0));
        let items = all(&mut subscription).await;
        let expected = (1..=missed).map(|n| format!("e{n}")).chain([format!("c{missed}")]);
        assert!(items.iter().cloned().eq(expected), "{missed} missed: {items:?}");
        company.commit_each(1);
        assert_eq!(all(&mut subscription).await, [format!("e{}", missed + 1)]);
    }
}

#[tokio::test]
async fn another_subscription_goes_on_where_one_was_left() {
    for given in [1, 120, 255, 256, 300] {
        let company = Company::new();
        company.commit_each(400);
        let mut left = company.bus.subscribe(since(0));
        read_to(&mut left, given).await;
        assert_eq!(left.position(), Position::new(given), "what was only read ahead does not count");
        let mut next_one = company.bus.subscribe(Subscribe::since(left.position()));
        assert_eq!(next(&mut next_one).await, format!("e{}", given + 1));
        // Of a commit of several, too.
        let mut live = company.bus.subscribe(Subscribe::from_now());
        assert_eq!(next(&mut live).await, "c400");
        company.commit(&[("chat", "s"); 3]);
        assert_eq!(next(&mut live).await, "e401");
        assert_eq!(live.position(), Position::new(401));
    }
}

#[tokio::test]
async fn one_who_slept_past_the_ring_gets_the_rest_from_the_log() {
    let company = Company::new();
    let mut asleep = company.bus.subscribe(Subscribe::from_now());
    let mut awake = company.bus.subscribe(Subscribe::from_now());
    assert_eq!(next(&mut asleep).await, "c0");
    for _ in 0..3000 {
        company.commit_each(1);
        all(&mut awake).await;
    }
    assert_eq!(company.reads(), 0, "one who keeps up never reads the log");
    let items = all(&mut asleep).await;
    assert!(items.iter().cloned().eq((1..=3000).map(|n| format!("e{n}"))));
    assert!(company.reads() > 0);
    company.commit_each(1);
    assert_eq!(all(&mut asleep).await, ["e3001"]);
}

#[tokio::test]
async fn one_who_does_not_read_keeps_little_alive_however_large_the_events() {
    const BYTES: usize = 100_000;
    let company = Company::new();
    let mut asleep = company.bus.subscribe(Subscribe::from_now());
    let mut awake = company.bus.subscribe(Subscribe::from_now());
    assert_eq!((next(&mut asleep).await, next(&mut awake).await), ("c0".to_owned(), "c0".to_owned()));
    let mut events = Vec::new();
    for place in 1..=400 {
        events.push(company.commit_large(BYTES));
        assert_eq!(next(&mut awake).await, format!("e{place}"));
    }
    assert_eq!(company.reads(), 0, "one who keeps up never reads the log");
    // One count is the log's, one is ours.
    let kept = events.iter().filter(|event| Arc::strong_count(event) > 2).count();
    assert!(kept * BYTES < 8 << 20, "{kept} large events are kept");

    // It begins with the log, and takes no more of it than it needs.
    assert_eq!(next(&mut asleep).await, "e1");
    let items = all(&mut asleep).await;
    assert!(items.iter().cloned().eq((2..=400).map(|n| format!("e{n}"))));
    assert!((20..80).contains(&company.reads()), "{} reads", company.reads());
    company.commit_large(BYTES);
    assert_eq!(
        (all(&mut asleep).await, all(&mut awake).await),
        (vec!["e401".to_owned()], vec!["e401".to_owned()])
    );
}

#[tokio::test]
async fn lag_is_healed_within_the_filter_and_is_not_announced() {
    let company = Company::new();
    let filter = EventFilter { entity_type: Some(EntityType::Agent), ..EventFilter::default() };
    let mut subscription = company.bus.subscribe(Subscribe { filter, ..since(0) });
    assert_eq!(next(&mut subscription).await, "c0");
    for _ in 0..1000 {
        company.commit(&[("chat", "s"), ("agent", "hr-harmony")]);
    }
    let items = all(&mut subscription).await;
    assert!(items.iter().cloned().eq((1..=1000).map(|n| format!("e{}", n * 2))));
    assert_eq!(subscription.position(), Position::new(2000));
}

#[tokio::test]
async fn a_commit_that_never_came_through_the_ring_is_fetched_from_the_log() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(Subscribe::from_now());
    company.commit_each(1);
    company.log_only(&[("chat", "s"), ("chat", "s")]);
    company.commit(&[("chat", "s"), ("chat", "s")]);
    company.commit_each(1);
    assert_eq!(line(&mut subscription).await, "c0 e1 e2 e3 e4 e5 e6");
}

#[tokio::test]
async fn a_filter_holds_in_replay_and_live() {
    let company = Company::new();
    let commit = || company.commit(&[("chat", "a"), ("chat", "b"), ("agent", "hr-harmony"), ("task", "t")]);
    commit();
    let text = |text: &str| Some(text.to_owned());
    let none = EventFilter::default;
    let filters = [
        (EventFilter { session_id: text("b"), ..none() }, "e2 c4", "e6"),
        (EventFilter { entity_type: Some(EntityType::Chat), ..none() }, "e1 e2 c4", "e5 e6"),
        (EventFilter { department_id: text("hr"), ..none() }, "e3 c4", "e7"),
        (EventFilter { event_types: vec!["task.changed".into()], ..none() }, "e4 c4", "e8"),
        (EventFilter { entity_id: text("nobody"), ..none() }, "c4", ""),
    ];
    let mut subscriptions = Vec::new();
    for (filter, replayed, live) in filters {
        let mut subscription = company.bus.subscribe(Subscribe { filter, ..since(0) });
        assert_eq!(line(&mut subscription).await, replayed);
        subscriptions.push((subscription, live));
    }
    commit();
    for (mut subscription, live) in subscriptions {
        assert_eq!(line(&mut subscription).await, live);
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_an_error_and_the_next_call_goes_on() {
    let company = Company::new();
    company.commit_each(3);
    let mut subscription = company.bus.subscribe(since(1));
    company.fail_the_next_read();
    assert!(subscription.next().await.is_err());
    assert_eq!(line(&mut subscription).await, "e2 e3 c3");
}

#[tokio::test]
async fn a_subscription_that_is_dropped_is_not_counted() {
    let company = Company::new();
    let first = company.bus.subscribe(Subscribe::from_now());
    let second = company.bus.subscribe(Subscribe { signals: true, ..Subscribe::from_now() });
    assert_eq!((company.bus.subscribers(), company.bus.wants_signals()), (2, true));
    drop(second);
    assert_eq!((company.bus.subscribers(), company.bus.wants_signals()), (1, false));
    drop(first);
    company.commit_each(1);
    assert_eq!((company.bus.subscribers(), company.bus.head()), (0, Position::new(1)));
}
