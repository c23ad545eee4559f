//! Positions that cannot be resumed from.

use crate::memory::{Company, line};
use domain::Position;
use event_bus::Subscribe;

#[tokio::test]
async fn what_was_compacted_away_resets_and_goes_on_live() {
    let company = Company::new();
    company.commit_each(10);
    company.compact_to(4);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::new(3)));
    assert_eq!(line(&mut subscription).await, "r10 below_floor");
    company.commit_each(2);
    assert_eq!(line(&mut subscription).await, "e11 e12");
}

#[tokio::test]
async fn the_floor_itself_loses_nothing() {
    let company = Company::new();
    company.commit_each(6);
    company.compact_to(4);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::new(4)));
    assert_eq!(line(&mut subscription).await, "e5 e6 c6");
}

#[tokio::test]
async fn a_replay_that_compaction_overtakes_resets_and_misses_nothing_in_silence() {
    let company = Company::gated();
    company.commit_each(600);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::START));
    company.let_read(1);
    for expected in 1..=256 {
        let item = subscription.next().await.unwrap();
        assert!(matches!(item, event_bus::Item::Event(event) if event.event().position.get() == expected));
    }
    company.compact_to(400);
    company.let_read(10);
    assert_eq!(line(&mut subscription).await, "r600 below_floor");
    company.commit_each(1);
    assert_eq!(line(&mut subscription).await, "e601");
}

#[tokio::test]
async fn a_replay_goes_on_when_only_what_it_has_given_is_compacted() {
    let company = Company::gated();
    company.commit_each(300);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::START));
    company.let_read(1);
    for _ in 1..=256 {
        subscription.next().await.unwrap();
    }
    company.compact_to(256);
    company.let_read(10);
    let item = subscription.next().await.unwrap();
    assert!(matches!(item, event_bus::Item::Event(event) if event.event().position.get() == 257));
}

#[tokio::test]
async fn a_position_of_another_log_resets_and_goes_on_live() {
    let company = Company::new();
    company.commit_each(10);
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::new(11)));
    assert_eq!(line(&mut subscription).await, "r10 above_head");
    company.commit_each(1);
    assert_eq!(line(&mut subscription).await, "e11");
}

#[tokio::test]
async fn what_is_committed_between_subscribing_and_the_reset_is_behind_the_head_it_names() {
    let company = Company::new();
    let mut subscription = company.bus.subscribe(Subscribe::since(Position::new(99)));
    company.commit_each(3);
    assert_eq!(line(&mut subscription).await, "r3 above_head");
    company.commit_each(1);
    assert_eq!(line(&mut subscription).await, "e4");
}
