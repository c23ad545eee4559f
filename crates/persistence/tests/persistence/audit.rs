//! The event log, read as an audit trail.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::Company;
use crate::samples::{Numbers, agent, at, department, said, session, slug};
use crate::sql;
use domain::{Actor, AuditFilter, EntityType, Position, RecordedEvent};
use persistence::{Change, Order, WriteTx};
use serde_json::json;
use std::collections::BTreeMap;

async fn filled() -> Company {
    let company = Company::new();
    let mut numbers = Numbers(3);
    let job = move |tx: &mut WriteTx<'_>| {
        let change = Change::new(Actor::System, at(0));
        tx.departments_mut().create(&department("hr", 0), &change)?;
        tx.sessions_mut().create(&session(1, 0), &change)?;
        for number in 0..300_u32 {
            let actor = match numbers.below(20) {
                0 => Actor::Agent(slug("hr-harmony")),
                1 => Actor::Daena,
                2..10 => Actor::System,
                _ => Actor::Founder,
            };
            let change = Change::new(actor, at(i64::from(number) * 3_600_000_000));
            match numbers.below(3) {
                0 => tx.settings_mut().set(&format!("k{}", numbers.below(4)), &json!(number), &change)?,
                1 => tx.agents_mut().create(&agent(&format!("hr-{number}"), "hr"), &change)?,
                _ => drop(tx.messages_mut().append(
                    &[said(number.into(), session(1, 0).id, "a", 0)],
                    None,
                    None,
                    &change,
                )?),
            }
        }
        Ok(())
    };
    company.write(job).await;
    company
}

fn filters() -> Vec<AuditFilter> {
    let none = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let hours = |hours: i64| Some(at(hours * 3_600_000_000));
    vec![
        none(),
        AuditFilter { actor: text("founder"), ..none() },
        AuditFilter { actor: text("agent:hr-harmony"), ..none() },
        AuditFilter { actor: text("nobody"), ..none() },
        AuditFilter { action: "chat.message".parse().ok(), ..none() },
        AuditFilter { action: "agent.*".parse().ok(), ..none() },
        AuditFilter { action: "*".parse().ok(), actor: text("daena"), ..none() },
        AuditFilter { action: "no.such".parse().ok(), ..none() },
        AuditFilter { entity_type: Some(EntityType::System), ..none() },
        AuditFilter { entity_type: Some(EntityType::Task), ..none() },
        AuditFilter { entity_type: Some(EntityType::Chat), action: "agent.*".parse().ok(), ..none() },
        AuditFilter { entity_id: text("k1"), ..none() },
        AuditFilter { entity_id: text("k1"), action: "system.*".parse().ok(), ..none() },
        AuditFilter { from: hours(100), ..none() },
        AuditFilter { to: hours(100), ..none() },
        AuditFilter { from: hours(50), to: hours(51), ..none() },
        AuditFilter { from: hours(50), to: hours(50), ..none() },
        AuditFilter {
            from: hours(20),
            to: hours(200),
            action: "chat.*".parse().ok(),
            actor: text("founder"),
            ..none()
        },
    ]
}

fn positions(events: &[RecordedEvent]) -> Vec<i64> {
    events.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn pages_in_both_orders_hold_what_the_filter_admits() {
    let company = filled().await;
    let all = company.events().await;
    for filter in filters() {
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let mut expected = all.clone();
            if order == Order::NewestFirst {
                expected.reverse();
            }
            expected.retain(|event| filter.admits(event));
            let (mut found, mut beyond) = (Vec::new(), None);
            loop {
                let asked = filter.clone();
                let page = company.read(move |tx| tx.events().audit(&asked, beyond, order, 17)).await;
                beyond = page.last().map(|event| event.position);
                let last = page.len() < 17;
                found.extend(page);
                if last {
                    break;
                }
            }
            assert_eq!(positions(&found), positions(&expected), "{filter:?} {order:?}");
        }
    }
}

#[tokio::test]
async fn counts_equal_counting_one_by_one() {
    let company = filled().await;
    let all = company.events().await;
    for filter in filters().into_iter().skip(13).take(4) {
        let mut expected: BTreeMap<_, i64> = BTreeMap::new();
        let range = AuditFilter { from: filter.from, to: filter.to, ..AuditFilter::default() };
        for event in all.iter().filter(|event| range.admits(event)) {
            let day = event.timestamp.to_string()[..10].to_owned();
            let line = (
                event.event_type.to_string(),
                event.entity_type.to_string(),
                event.created_by.to_string(),
                day,
            );
            *expected.entry(line).or_default() += 1;
        }
        let counts = company.read(move |tx| tx.events().audit_counts(range.from, range.to)).await;
        let counted: BTreeMap<_, i64> = counts
            .into_iter()
            .map(|line| {
                (
                    (line.event_type, line.entity_type, line.actor, line.day.to_string()[..10].to_owned()),
                    line.count,
                )
            })
            .collect();
        assert_eq!(counted, expected);
    }
}

#[tokio::test]
async fn what_those_did_who_do_little_is_found_by_its_index() {
    let company = filled().await;
    let more = "WITH RECURSIVE n (p) AS (SELECT 1000 UNION ALL SELECT p + 1 FROM n WHERE p < 20000) \
        INSERT INTO events SELECT p, 'chat.message', 'chat', 's' || p % 50, NULL, 'founder', p, '{}', NULL FROM n";
    sql::run(&company.path(), more);
    let query = |column: &str, also: &str| {
        format!(
            "SELECT position FROM events WHERE ({column}, position) > (?, ?) AND ({column}, position) < (?, ?) {also} \
             ORDER BY {column} DESC, position DESC LIMIT 50"
        )
    };
    let of_actor = query("actor", "AND actor <> 'founder' AND actor <> 'system'");
    let (of_type, of_thing) = (query("event_type", "AND actor = ?"), query("entity_id", ""));
    for analyzed in [false, true] {
        if analyzed {
            sql::run(&company.path(), "ANALYZE");
        }
        for (query, index) in
            [(&of_actor, "events_by_actor"), (&of_type, "events_by_type"), (&of_thing, "events_by_entity")]
        {
            let plan = sql::plan(&company.path(), query).join("\n");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}, {analyzed}: {plan}");
        }
    }
}

#[tokio::test]
async fn the_types_in_the_log_are_listed_by_name() {
    let company = filled().await;
    let types = company.read(|tx| tx.events().types()).await;
    assert_eq!(
        types,
        ["agent.created", "chat.message", "chat.session.created", "department.created", "system.config"]
    );
    let empty = Company::new();
    assert!(empty.read(|tx| tx.events().types()).await.is_empty());
    assert!(
        empty
            .read(|tx| tx.events().audit(
                &AuditFilter::default(),
                Some(Position::new(5)),
                Order::NewestFirst,
                5
            ))
            .await
            .is_empty()
    );
}
