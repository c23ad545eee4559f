//! Counts that are kept, against counts that are made.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{Numbers, at, change, said, session, slug};
use domain::{Scope, Session, SessionCategory};
use std::collections::BTreeMap;

type Drawer = (String, String, String, Option<String>);

fn drawer(session: &Session) -> Drawer {
    (
        session.category.to_string(),
        session.scope.scope_type().to_string(),
        session.scope.scope_id().unwrap_or_default().to_owned(),
        session.scope.department().map(ToString::to_string),
    )
}

/// The agent is in one department, later in another: sessions stay where they were made.
fn scope(number: u64) -> Scope {
    match number {
        0 => Scope::Executive,
        1 => Scope::Department(slug("hr")),
        2 => Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") },
        3 => Scope::Agent { agent: slug("hr-harmony"), department: slug("legal") },
        4 => Scope::Council(slug("hr")),
        _ => Scope::General,
    }
}

async fn assert_true(company: &Company, sessions: &[Session]) {
    let mut counted: BTreeMap<Drawer, i64> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.deleted_at.is_none()) {
        *counted.entry(drawer(session)).or_default() += 1;
    }
    let tallies = company.read(|tx| tx.sessions().tallies()).await;
    let kept: BTreeMap<Drawer, i64> = tallies
        .into_iter()
        .filter(|tally| tally.live != 0)
        .map(|tally| ((tally.category, tally.scope_type, tally.scope_id, tally.department_id), tally.live))
        .collect();
    assert_eq!(kept, counted);
    let totals = company.read(|tx| tx.sessions().totals()).await;
    let live = sessions.iter().filter(|session| session.deleted_at.is_none());
    assert_eq!((totals.live, totals.messages), (kept.values().sum(), live.map(|s| s.message_count).sum()));
    assert_eq!(totals.live + totals.deleted, i64::try_from(sessions.len()).unwrap());
}

#[tokio::test]
async fn tallies_equal_counted_rows_whatever_happens_to_sessions() {
    let company = Company::new();
    let mut numbers = Numbers(42);
    let mut sessions: Vec<Session> = Vec::new();
    let mut done = BTreeMap::<&str, usize>::new();
    for step in 1..=600_i64 {
        let act = if sessions.is_empty() { 0 } else { numbers.below(7) };
        let chosen = usize::try_from(numbers.below(sessions.len().max(1) as u64)).unwrap();
        let category = SessionCategory::ALL[usize::try_from(numbers.below(5)).unwrap()];
        let change = change(step);
        let before = sessions.get(chosen).cloned();
        let name = match (act, before) {
            (0 | 1, _) | (_, None) => {
                let scope = scope(numbers.below(6));
                let number = u128::try_from(step).unwrap();
                let made = Session { category: scope.category(), scope, ..session(number, step) };
                sessions.push(made.clone());
                company.write(move |tx| tx.sessions_mut().create(&made, &change)).await;
                "create"
            }
            (2, Some(before)) if before.deleted_at.is_none() => {
                sessions[chosen].deleted_at = Some(at(step));
                company.write(move |tx| tx.sessions_mut().delete(&before, &change)).await;
                "delete"
            }
            (2 | 3, Some(before)) if before.deleted_at.is_some() => {
                sessions[chosen].deleted_at = None;
                company.write(move |tx| tx.sessions_mut().restore(&before, &change).map(drop)).await;
                "restore"
            }
            (4, Some(before)) => {
                sessions.remove(chosen);
                company.write(move |tx| tx.sessions_mut().purge(&before, &change)).await;
                "purge"
            }
            (5, Some(before)) => {
                sessions[chosen].message_count += 1;
                company.append(&[said(u128::try_from(step).unwrap(), before.id, "a", step)]).await;
                "append"
            }
            (_, Some(before)) => {
                sessions[chosen].category = category;
                let moved = Session { category, ..before };
                company.write(move |tx| tx.sessions_mut().update(&moved, &change)).await;
                "update"
            }
        };
        *done.entry(name).or_default() += 1;
        if step % 30 == 0 {
            assert_true(&company, &sessions).await;
        }
    }
    assert!(done.len() == 6 && done.values().all(|times| *times > 15), "{done:?}");
    assert_eq!(company.store.head().get(), 600, "one event for each change");
}
