//! The chain of hashes: what a stranger does to the log is found.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::{Company, set, together};
use crate::samples::{change, said, session};
use crate::sql;
use persistence::{BreachKind, LogCheck, Reach, StoreError, WriteTx};

/// A log of 300 events, closed; with long texts, departments and none.
async fn written() -> Company {
    let company = Company::new();
    let talk = session(1, 0);
    company.create(&talk).await;
    for number in 0..299 {
        if number % 3 == 0 {
            company.append(&[said(number, talk.id, &"é ".repeat(200), 1)]).await;
        } else {
            company.write(set(&number.to_string())).await;
        }
    }
    company.store.close().await;
    company
}

fn verify(company: &Company) -> LogCheck {
    LogCheck::run(&company.path(), Reach::All, |_, _| {}).unwrap()
}

fn breach(company: &Company) -> Option<(i64, BreachKind)> {
    verify(company).breach.map(|breach| (breach.position.get(), breach.kind))
}

/// What verifying finds after this was done to the file.
async fn after(done: &str) -> Option<(i64, BreachKind)> {
    let company = written().await;
    sql::run(&company.path(), done);
    breach(&company)
}

#[tokio::test]
async fn a_log_as_it_was_written_verifies_and_goes_on_over_a_restart() {
    let company = written().await;
    let mut told = Vec::new();
    let check = LogCheck::run(&company.path(), Reach::All, |done, of| told.push((done, of))).unwrap();
    assert_eq!((check.from.get(), check.to.get(), check.verified), (1, 300, 300));
    assert_eq!((check.breach, check.removed), (None, 0));
    assert_eq!(told.last(), Some(&(300, 300)));
    let company = company.reopened().await;
    company.write(set("later")).await;
    assert_eq!(company.store.verify_log(Reach::All).await.unwrap().verified, 301, "beside the writer");
    let newest = company.store.verify_log(Reach::Newest(10)).await.unwrap();
    assert_eq!((newest.from.get(), newest.verified, newest.breach), (292, 10, None));
}

#[tokio::test]
async fn a_new_log_and_one_of_before_the_chain_verify() {
    let company = Company::new();
    assert_eq!(verify(&company).verified, 0);
    company.write(set("a")).await;
    company.write(set("b")).await;
    company.store.close().await;
    sql::run(&company.path(), "UPDATE events SET hash = NULL; UPDATE log_chain SET first = 3, noted = 0");
    let company = company.reopened().await;
    company.write(set("c")).await;
    let check = verify(&company);
    assert_eq!((check.from.get(), check.to.get(), check.verified, check.breach), (3, 3, 1, None));
}

#[tokio::test]
async fn a_changed_event_is_found_whatever_was_changed() {
    for column in ["event_type", "entity_type", "entity_id", "actor", "payload", "department_id", "hash"] {
        let done = format!("UPDATE events SET {column} = 'x' WHERE position = 150");
        assert_eq!(after(&done).await, Some((150, BreachKind::Changed)), "{column}");
    }
    let done = "UPDATE events SET at = at + 1 WHERE position = 1";
    assert_eq!(after(done).await, Some((1, BreachKind::Changed)));
    let done = "UPDATE events SET payload = payload || ' ' WHERE position = 300";
    assert_eq!(after(done).await, Some((300, BreachKind::Changed)));
    let done = "UPDATE events SET hash = NULL WHERE position = 250";
    assert_eq!(after(done).await, Some((250, BreachKind::Changed)));
}

#[tokio::test]
async fn a_removed_event_is_found() {
    assert_eq!(after("DELETE FROM events WHERE position = 150").await, Some((150, BreachKind::Missing)));
    assert_eq!(after("DELETE FROM events WHERE position < 150").await, Some((1, BreachKind::Missing)));
}

#[tokio::test]
async fn a_tail_cut_off_is_found_and_the_evidence_stays_when_the_log_goes_on() {
    assert_eq!(after("DELETE FROM events WHERE position > 290").await, Some((291, BreachKind::Missing)));
    assert_eq!(after("DELETE FROM events").await, Some((1, BreachKind::Missing)));
    let company = written().await;
    sql::run(&company.path(), "DELETE FROM events WHERE position > 290");
    let company = company.reopened().await;
    for number in 0..600 {
        company.write(set(&number.to_string())).await;
    }
    let company = company.reopened().await;
    assert_eq!(breach(&company), Some((300, BreachKind::Changed)), "another event has the noted place");
}

#[tokio::test]
async fn of_a_crashed_server_the_end_is_known_up_to_the_last_note() {
    let company = Company::new();
    for number in 0..600 {
        company.write(set(&number.to_string())).await;
    }
    sql::run(&company.path(), "DELETE FROM events WHERE position > 500");
    assert_eq!(breach(&company), Some((501, BreachKind::Missing)));
}

#[tokio::test]
async fn an_inserted_event_is_found() {
    let shifted = "UPDATE events SET position = -position - 1 WHERE position >= 150; \
        UPDATE events SET position = -position WHERE position < 0; \
        INSERT INTO events SELECT 150, event_type, 'chat', 'x', NULL, 'founder', at, '{}', hash \
        FROM events WHERE position = 149";
    assert_eq!(after(shifted).await, Some((150, BreachKind::Added)));
    let behind = "INSERT INTO events SELECT 301, event_type, 'chat', 'x', NULL, 'founder', at, '{}', hash \
        FROM events WHERE position = 300";
    assert_eq!(after(behind).await, Some((301, BreachKind::Changed)), "no event of ours");
}

#[tokio::test]
async fn swapped_events_are_found_with_and_without_their_hashes() {
    let whole = "UPDATE events SET position = -1 WHERE position = 150; \
        UPDATE events SET position = 150 WHERE position = 170; \
        UPDATE events SET position = 170 WHERE position = -1";
    assert_eq!(after(whole).await, Some((150, BreachKind::Reordered)));
    let neighbours = whole.replace("170", "151");
    assert_eq!(after(&neighbours).await, Some((150, BreachKind::Reordered)));
    let hashes_stay = format!(
        "CREATE TEMP TABLE kept AS SELECT position AS p, hash AS h FROM events; {whole}; \
         UPDATE events SET hash = (SELECT h FROM kept WHERE p = position)"
    );
    assert_eq!(after(&hashes_stay).await, Some((150, BreachKind::Reordered)));
}

#[tokio::test]
async fn the_chain_holds_over_jobs_that_fail_or_panic_and_batches_that_fall() {
    let company = Company::new();
    company.write(set("before")).await;
    type Write = Box<dyn FnMut(&mut WriteTx<'_>) -> Result<(), StoreError> + Send>;
    let jobs: Vec<Write> = vec![
        Box::new(set("a")),
        Box::new(|tx| {
            tx.settings_mut().set("lost", &true.into(), &change(0))?;
            Err(StoreError::Busy)
        }),
        Box::new(|tx| {
            tx.settings_mut().set("lost too", &true.into(), &change(0))?;
            panic!("on purpose")
        }),
        Box::new(set("b")),
    ];
    let results = together(&company.store, jobs).await;
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    company.write(set("after")).await;
    let check = verify(&company);
    assert_eq!((check.verified, check.breach), (4, None));
    let company = company.reopened().await;
    assert_eq!(breach(&company), None);
}
