//! The writer: what waits is committed together, and each job stands or falls alone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::{Company, Held, assert_dense, keys_of, queued, set, together};
use crate::opening::open;
use crate::samples::{at, change};
use crate::sql;
use domain::RecordedEvent;
use persistence::{Store, StoreError, WriteTx};
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

type BoxedJob = Box<dyn FnMut(&mut WriteTx<'_>) -> Result<(), StoreError> + Send>;

/// The positions of a commit's events, and the keys they are about.
type Commit = Vec<(i64, String)>;

/// What an observer was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Commit>>>);

impl Told {
    fn by(store: &Store) -> Self {
        let told = Self::default();
        let commits = told.clone();
        let observer = move |events: &[Arc<RecordedEvent>]| {
            let commit = events.iter().map(|event| (event.position.get(), event.entity_id.to_string()));
            commits.0.lock().unwrap_or_else(PoisonError::into_inner).push(commit.collect());
        };
        assert!(store.observe(observer));
        told
    }

    fn commits(&self) -> Vec<Commit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn positions(&self) -> Vec<i64> {
        self.commits().into_iter().flatten().map(|(position, _)| position).collect()
    }
}

/// One that sets a key and then does something else.
fn set_and(key: &str, mut then: impl FnMut() -> Result<(), StoreError> + Send + 'static) -> BoxedJob {
    let mut set = set(key);
    Box::new(move |tx| {
        set(tx)?;
        then()
    })
}

fn fails(key: &str) -> BoxedJob {
    set_and(key, || Err(StoreError::Busy))
}

fn panics(key: &str) -> BoxedJob {
    set_and(key, || panic!("as the test wants it"))
}

fn sets(key: &str) -> BoxedJob {
    Box::new(set(key))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writes_at_once_each_is_there_in_the_log_and_told_before_it_is_answered() {
    let company = Company::new();
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let told = Arc::clone(&seen);
    let order = Arc::new(Mutex::new(Vec::new()));
    let positions = Arc::clone(&order);
    assert!(company.store.observe(move |events| {
        for event in events {
            told.lock().unwrap().insert(event.entity_id.to_string());
            positions.lock().unwrap().push(event.position.get());
        }
    }));
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let (store, seen) = (company.store.clone(), Arc::clone(&seen));
        callers.spawn(async move {
            for number in 0..50 {
                let key = format!("{caller}-{number}");
                store.write(set(&key)).await.unwrap();
                assert!(seen.lock().unwrap().contains(&key), "answered before the observer was told");
                let head = store.head();
                let mine = key.clone();
                let value = store.read(move |tx| tx.settings().get(&mine)).await.unwrap();
                assert_eq!(value, Some(json!(true)), "read what was just written");
                assert!(store.read(|tx| tx.events().head()).await.unwrap() >= head);
            }
        });
    }
    callers.join_all().await;
    let events = company.events().await;
    assert_eq!(events.len(), 800);
    assert_dense(&events);
    assert_eq!(keys_of(&events).into_iter().collect::<HashSet<_>>(), *seen.lock().unwrap());
    assert!(order.lock().unwrap().iter().copied().eq(1..=800), "told once each and in order");
    assert_eq!(company.store.head().get(), 800);
}

#[tokio::test]
async fn what_waits_is_committed_together_64_at_a_time() {
    let company = Company::new();
    let told = Told::by(&company.store);
    let results = together(&company.store, (0..100).map(|n| set(&format!("k{n:03}"))).collect()).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(told.commits().iter().map(Vec::len).collect::<Vec<_>>(), [64, 36]);
    let keys: Vec<String> = (0..100).map(|n| format!("k{n:03}")).collect();
    assert_eq!(keys_of(&company.events().await), keys, "in the order they came");
    assert!(told.positions().into_iter().eq(1..=100));
}

#[tokio::test]
async fn jobs_that_fail_or_panic_roll_back_alone_and_leave_no_event() {
    let company = Company::new();
    let told = Told::by(&company.store);
    let jobs = vec![sets("a"), fails("b"), sets("c"), panics("d"), panics("e"), sets("f"), fails("g")];
    let results = together(&company.store, jobs).await;
    let outcomes: Vec<&str> = results
        .iter()
        .map(|result| match result {
            Ok(()) => "ok",
            Err(StoreError::Busy) => "failed",
            Err(StoreError::Panicked) => "panicked",
            Err(error) => panic!("{error:?}"),
        })
        .collect();
    assert_eq!(outcomes, ["ok", "failed", "ok", "panicked", "panicked", "ok", "failed"]);
    assert_eq!(company.keys().await, ["a", "c", "f"]);
    assert_eq!(keys_of(&company.events().await), ["a", "c", "f"]);
    let told: Vec<String> = told.commits().concat().into_iter().map(|(_, key)| key).collect();
    assert_eq!(told, ["a", "c", "f"], "one commit, and nothing told of what was rolled back");
    company.write(set("h")).await;
    assert_dense(&company.events().await);
}

#[tokio::test]
async fn a_batch_of_nothing_but_failures_writes_nothing_and_tells_nobody() {
    let company = Company::new();
    let told = Told::by(&company.store);
    let results = together(&company.store, vec![fails("a"), panics("b")]).await;
    assert!(results.iter().all(Result::is_err));
    assert!(company.events().await.is_empty() && told.commits().is_empty());
    assert_eq!(company.store.head().get(), 0);
}

#[tokio::test]
async fn a_job_that_breaks_a_rule_of_the_database_does_not_hurt_its_neighbours() {
    let company = Company::new();
    let claim = |key: &'static str, request: &'static str| -> BoxedJob {
        let mut set = set(key);
        Box::new(move |tx| {
            set(tx)?;
            tx.idempotency_keys_mut().claim(request, "f", at(0))
        })
    };
    let jobs = vec![claim("a", "r1"), claim("b", "r1"), claim("c", "r2"), claim("d", "r2"), sets("e")];
    let results = together(&company.store, jobs).await;
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, false, true]);
    assert!(matches!(results[1], Err(StoreError::Database(_))));
    assert_eq!(company.keys().await, ["a", "c", "e"]);
    assert_eq!(keys_of(&company.events().await), ["a", "c", "e"]);
}

/// Writes 16 keys in one batch of which a trigger lets `culprit` end the whole transaction; counts the runs of each.
async fn with_culprit(company: &Company, table: &str, column: &str) -> Vec<usize> {
    let veto = format!(
        "CREATE TRIGGER veto BEFORE INSERT ON {table} WHEN NEW.{column} = 'k07' \
         BEGIN SELECT RAISE(ROLLBACK, 'vetoed'); END"
    );
    sql::run(&company.path(), &veto);
    let runs: Vec<_> = (0..16).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let jobs = runs.iter().enumerate().map(|(number, runs)| {
        let (runs, mut set) = (Arc::clone(runs), set(&format!("k{number:02}")));
        move |tx: &mut WriteTx<'_>| {
            runs.fetch_add(1, Ordering::Relaxed);
            set(tx)
        }
    });
    let results = together(&company.store, jobs.collect()).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), number != 7, "job {number}: {result:?}");
    }
    runs.iter().map(|runs| runs.load(Ordering::Relaxed)).collect()
}

async fn assert_only_the_culprit_is_missing(company: &Company, told: &Told) {
    let keys: Vec<String> = (0..16).filter(|n| *n != 7).map(|n| format!("k{n:02}")).collect();
    assert_eq!(company.keys().await, keys);
    let events = company.events().await;
    assert_eq!(keys_of(&events), keys);
    assert_dense(&events);
    assert!(told.positions().into_iter().eq(1..=15), "told once each: {:?}", told.commits());
    sql::run(&company.path(), "DROP TRIGGER veto");
    company.write(set("k99")).await;
    assert_eq!(company.store.head().get(), 16);
}

#[tokio::test]
async fn when_a_job_brings_down_its_batch_the_others_run_again_and_only_it_fails() {
    let company = Company::new();
    let told = Told::by(&company.store);
    let runs = with_culprit(&company, "settings", "key").await;
    assert_eq!(runs[0], 3, "in the batch, again in a savepoint of its own, and alone");
    assert_eq!(runs[15], 1, "the batch never came so far");
    assert_only_the_culprit_is_missing(&company, &told).await;
}

#[tokio::test]
async fn when_a_commit_falls_each_job_runs_again_and_only_the_culprit_fails() {
    let company = Company::new();
    let told = Told::by(&company.store);
    let runs = with_culprit(&company, "events", "entity_id").await;
    assert_eq!(runs, [2; 16]);
    assert_only_the_culprit_is_missing(&company, &told).await;
}

#[tokio::test]
async fn a_panicking_observer_neither_undoes_the_write_nor_stops_the_writer() {
    let company = Company::new();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    company.store.observe(move |events| {
        counted.fetch_add(1, Ordering::SeqCst);
        assert_ne!(&*events[0].entity_id, "boom", "as the test wants it");
    });
    for key in ["a", "boom", "b"] {
        company.write(set(key)).await;
    }
    assert_eq!(commits.load(Ordering::SeqCst), 3);
    assert_eq!(keys_of(&company.events().await), ["a", "boom", "b"]);
}

#[tokio::test]
async fn there_is_one_observer() {
    let company = Company::new();
    assert!(company.store.observe(|_| ()));
    assert!(!company.store.observe(|_| ()));
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_undo_its_write() {
    let company = Company::new();
    let held = Held::hold(&company.store).await;
    let mut gone = JoinSet::new();
    let store = company.store.clone();
    gone.spawn(async move { store.write(set("a")).await });
    queued(&company.store, 1).await;
    gone.shutdown().await;
    held.release().await;
    company.write(set("b")).await;
    assert_eq!(company.keys().await, ["a", "b"]);
}

#[tokio::test]
async fn in_the_log_time_never_runs_backwards_although_clocks_do() {
    let company = Company::new();
    for (key, micros) in [("a", 50), ("b", 20), ("c", 60), ("d", -5)] {
        company.write(move |tx| tx.settings_mut().set(key, &json!(1), &change(micros))).await;
    }
    let company = company.reopened().await;
    company.write(|tx| tx.settings_mut().set("e", &json!(1), &change(55))).await;
    company.write(|tx| tx.settings_mut().set("f", &json!(1), &change(70))).await;
    let times: Vec<_> = company.events().await.iter().map(|event| event.timestamp).collect();
    assert_eq!(times, [50, 50, 60, 60, 60, 70].map(at));
}

#[tokio::test]
async fn closing_does_what_waits_and_takes_no_more() {
    let company = Company::new();
    let held = Held::hold(&company.store).await;
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let store = company.store.clone();
        tasks.spawn(async move { store.write(set(&format!("k{number}"))).await });
        queued(&company.store, number + 1).await;
    }
    let mut closing = JoinSet::new();
    let store = company.store.clone();
    closing.spawn(async move { store.close().await });
    while company.store.read(|_| Ok::<_, StoreError>(())).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(matches!(company.store.write(set("late")).await, Err(StoreError::Closed)));
    held.release().await;
    closing.join_all().await;
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    let company = company.reopened().await;
    assert_eq!(company.events().await.len(), 100);
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daena.db");
    for number in 1..=3 {
        let store = open(&path).unwrap();
        let other = store.clone();
        drop(store);
        other.write(set(&format!("k{number}"))).await.unwrap();
        assert_eq!(other.head().get(), number);
    }
    assert!(!folder.path().join("daena.db-wal").exists());
}

#[tokio::test]
async fn the_last_handle_may_go_with_a_job_and_what_waits_is_still_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daena.db");
    let store = open(&path).unwrap();
    let release = Held::hold(&store).await.forget();
    let mut callers = JoinSet::new();
    for number in 0..70 {
        // The first job is the one that keeps a handle.
        let kept = Some(store.clone()).filter(|_| number == 0);
        let (its_store, mut set) = (store.clone(), set(&format!("k{number}")));
        callers.spawn(async move {
            let job =
                move |tx: &mut WriteTx<'_>| kept.as_ref().map_or(Ok(()), |_| Ok(())).and_then(|()| set(tx));
            its_store.write(job).await
        });
        queued(&store, number + 1).await;
    }
    callers.shutdown().await;
    drop(store);
    release.send(()).unwrap();
    let store = loop {
        match open(&path) {
            Err(StoreError::Locked { .. }) => std::thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    assert_eq!(store.head().get(), 70);
}
