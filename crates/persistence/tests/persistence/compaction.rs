//! Removing old events: the floor, the chain, the positions.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::{Company, set};
use crate::samples::{Numbers, agent, at, change, department};
use crate::sql;
use domain::{EventFilter, Position};
use persistence::{BreachKind, Change, Expired, LogCheck, Reach};

/// 200 events: settings, and at every tenth place an agent.
async fn written() -> Company {
    let company = Company::new();
    company.write(|tx| tx.departments_mut().create(&department("hr", 0), &change(0))).await;
    for number in 2..=200 {
        let change = Change::new(domain::Actor::Founder, at(number));
        if number % 10 == 0 {
            let agent = agent(&format!("hr-{number}"), "hr");
            company.write(move |tx| tx.agents_mut().create(&agent, &change)).await;
        } else {
            company.write(set(&number.to_string())).await;
        }
    }
    company
}

fn expired(event_type: &str, up_to: i64) -> Expired {
    Expired { event_type: event_type.to_owned(), up_to: Position::new(up_to) }
}

async fn compact(company: &Company, expired: &[Expired], limit: usize) -> usize {
    let expired = expired.to_vec();
    company.write(move |tx| tx.compact(&expired, limit, &change(1000))).await
}

/// Everything that is expired, in small steps; gives how many were removed.
async fn compact_all(company: &Company, expired: &[Expired], step: usize) -> usize {
    let mut removed = 0;
    loop {
        let now = compact(company, expired, step).await;
        removed += now;
        if now < step {
            return removed;
        }
    }
}

async fn floor(company: &Company) -> i64 {
    company.read(|tx| tx.events().identity()).await.1.get()
}

fn check(company: &Company) -> LogCheck {
    LogCheck::run(&company.path(), Reach::All, |_, _| {}).unwrap()
}

async fn positions(company: &Company) -> Vec<i64> {
    company.events().await.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn kinds_go_the_floor_rises_and_the_rest_verifies() {
    let company = written().await;
    assert_eq!(compact_all(&company, &[expired("system.config", 100)], 7).await, 89);
    assert_eq!(floor(&company).await, 99, "the newest that was removed");
    let left = positions(&company).await;
    assert_eq!(left[..12], [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 101]);
    let verified = check(&company);
    assert_eq!((verified.breach, verified.removed), (None, 89));
    assert_eq!(verified.verified, i64::try_from(left.len()).unwrap());
    assert_eq!(company.read(|tx| tx.events().count()).await, verified.verified);
    // The agents follow later: ranges that touch become one.
    assert_eq!(compact_all(&company, &[expired("agent.created", 100)], 3).await, 10);
    assert_eq!(sql::number(&company.path(), "SELECT count(*) AS number FROM log_gaps"), 1);
    assert_eq!(check(&company).breach, None);
    assert_eq!(floor(&company).await, 100);
    let company = company.reopened().await;
    company.write(set("later")).await;
    assert_eq!(check(&company).breach, None);
}

#[tokio::test]
async fn above_the_floor_nothing_is_missing_whatever_the_steps() {
    let company = written().await;
    let expired = [expired("system.config", 150), expired("agent.created", 60)];
    let mut before = company.events().await;
    while compact(&company, &expired, 13).await > 0 {
        let floor = floor(&company).await;
        let above = company.events_after(Position::new(floor)).await;
        let told = |event: &&domain::RecordedEvent| event.position.get() > floor;
        let expected: Vec<i64> = before.iter().filter(told).map(|event| event.position.get()).collect();
        let above: Vec<i64> = above.iter().map(|event| event.position.get()).collect();
        assert_eq!(above[..expected.len()], expected);
        before = company.events().await;
        assert_eq!(check(&company).breach, None);
    }
}

#[tokio::test]
async fn when_everything_goes_positions_go_on() {
    let company = written().await;
    let all = ["system.config", "agent.created", "department.created", "system.compaction"];
    let everything: Vec<Expired> = all.iter().map(|name| expired(name, 1_000_000)).collect();
    compact_all(&company, &everything, 50).await;
    let left = positions(&company).await;
    let head = company.store.head().get();
    assert!(head > 200 && left.last() == Some(&head), "{left:?}");
    let company = company.reopened().await;
    company.write(set("later")).await;
    assert_eq!(company.store.head().get(), head + 1);
    assert_eq!(check(&company).breach, None);
    let later =
        company.read(move |tx| tx.events().after(Position::new(head), &EventFilter::default(), 10)).await;
    assert_eq!(later.len(), 1);
}

#[tokio::test]
async fn the_newest_event_stays() {
    let company = Company::new();
    company.write(set("only")).await;
    assert_eq!(compact(&company, &[expired("system.config", 10)], 10).await, 0);
    assert_eq!(company.store.head().get(), 1);
    assert_eq!(floor(&company).await, 0);
}

#[tokio::test]
async fn who_removes_more_behind_the_logs_back_is_found() {
    let tampered = async |done: &str| {
        let company = written().await;
        compact_all(&company, &[expired("system.config", 100)], 40).await;
        company.store.close().await;
        sql::run(&company.path(), done);
        check(&company).breach.map(|breach| (breach.position.get(), breach.kind))
    };
    let one = tampered("DELETE FROM events WHERE position = 150").await;
    assert_eq!(one, Some((150, BreachKind::Missing)));
    let below = tampered("DELETE FROM events WHERE position = 50").await;
    assert_eq!(below, Some((50, BreachKind::Missing)));
    let with_a_gap = "INSERT INTO log_gaps SELECT 150, 150, hash FROM events WHERE position = 150; \
        DELETE FROM events WHERE position = 150";
    assert_eq!(tampered(with_a_gap).await.map(|found| found.1), Some(BreachKind::Unsealed));
    let put_back = "INSERT INTO events SELECT 45, event_type, entity_type, entity_id, NULL, actor, at, payload, \
        hash FROM events WHERE position = 120";
    assert_eq!(tampered(put_back).await, Some((45, BreachKind::Added)));
}

#[tokio::test]
async fn an_event_without_its_hash_is_evidence_and_stays() {
    let company = written().await;
    sql::run(&company.path(), "UPDATE events SET hash = NULL WHERE position = 50");
    let everything = [expired("agent.created", 100)];
    let refused = company.store.write(move |tx| tx.compact(&everything, 100, &change(0))).await.unwrap_err();
    assert!(refused.to_string().contains("50"), "{refused}");
    assert_eq!(floor(&company).await, 0);
}

#[tokio::test]
async fn a_log_verifies_while_it_is_compacted() {
    let company = written().await;
    let mut numbers = Numbers(5);
    for _ in 0..30 {
        let up_to = i64::try_from(numbers.below(150)).unwrap();
        compact(&company, &[expired("system.config", up_to), expired("agent.created", up_to)], 5).await;
        assert_eq!(company.store.verify_log(Reach::All).await.unwrap().breach, None);
        assert_eq!(company.store.verify_log(Reach::Newest(120)).await.unwrap().breach, None);
    }
}
