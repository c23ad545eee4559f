//! Bounded queues, and readers beside the writer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::{Company, Held, queued, set};
use persistence::{ReadTx, StoreError};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_full_queue_of_writes_refuses_one_more_as_busy_and_then_takes_it() {
    let company = Company::with(1, 3);
    let held = Held::hold(&company.store).await;
    let mut waiting = JoinSet::new();
    for number in 0..3 {
        let store = company.store.clone();
        waiting.spawn(async move { store.write(set(&format!("k{number}"))).await });
        queued(&company.store, number + 1).await;
    }
    let refused = company.store.write(set("late")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Busy) && refused.is_busy());
    assert_eq!(company.store.queue_depths().writes, 3);
    held.release().await;
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
    company.write(set("late")).await;
    assert_eq!(company.events().await.len(), 4, "what was refused left nothing");
    assert_eq!(company.store.queue_depths().writes, 0);
}

#[tokio::test]
async fn a_full_queue_of_reads_refuses_one_more_as_busy_and_no_write() {
    let company = Company::with(1, 1);
    let (release, wait) = sync_channel::<()>(1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut reads = JoinSet::new();
    let store = company.store.clone();
    reads.spawn(async move {
        let job = move |_: &mut ReadTx<'_>| {
            begun.send(()).ok();
            wait.recv().ok();
            Ok::<_, StoreError>(())
        };
        store.read(job).await
    });
    has_begun.await.unwrap();
    let store = company.store.clone();
    reads.spawn(async move { store.read(|_| Ok(())).await });
    while company.store.queue_depths().reads < 1 {
        tokio::task::yield_now().await;
    }
    let refused = company.store.read(|tx| tx.settings().all()).await;
    assert!(matches!(refused, Err(StoreError::Busy)));
    company.write(set("a")).await;
    release.send(()).unwrap();
    assert!(reads.join_all().await.iter().all(Result::is_ok));
    assert_eq!(company.keys().await, ["a"]);
}

#[tokio::test]
async fn a_read_sees_one_moment_whatever_is_committed_meanwhile() {
    let company = Company::new();
    company.write(set("a")).await;
    let (release, wait) = sync_channel::<()>(1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut reading = JoinSet::new();
    let store = company.store.clone();
    reading.spawn(async move {
        let job = move |tx: &mut ReadTx<'_>| {
            let before = (tx.settings().all()?, tx.events().head()?);
            begun.send(()).ok();
            wait.recv().ok();
            let after = (tx.settings().all()?, tx.events().head()?);
            Ok::<_, StoreError>(before == after)
        };
        store.read(job).await
    });
    has_begun.await.unwrap();
    company.write(set("b")).await;
    release.send(()).unwrap();
    assert!(reading.join_all().await.into_iter().all(Result::unwrap));
    assert_eq!(company.keys().await, ["a", "b"]);
}

#[tokio::test]
async fn a_read_that_panics_or_fails_says_so_and_its_reader_goes_on() {
    let company = Company::with(1, 10);
    for _ in 0..3 {
        let panicked = company.store.read(|_| -> Result<(), StoreError> { panic!("as the test wants it") });
        assert!(matches!(panicked.await, Err(StoreError::Panicked)));
        let failed = company.store.read(|_| Err::<(), _>(StoreError::Closed)).await;
        assert!(matches!(failed, Err(StoreError::Closed)));
    }
    company.write(set("a")).await;
    assert_eq!(company.keys().await, ["a"]);
}

#[tokio::test]
async fn reads_that_wait_at_closing_are_answered() {
    let company = Company::with(1, 10);
    company.write(set("a")).await;
    let mut reads = JoinSet::new();
    for _ in 0..5 {
        let store = company.store.clone();
        reads.spawn(async move { store.read(|tx| tx.settings().all()).await });
    }
    tokio::task::yield_now().await;
    company.store.close().await;
    for read in reads.join_all().await {
        assert_eq!(read.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn searches_wait_in_a_lane_of_their_own_and_nothing_else_waits_for_them() {
    let company = Company::with(1, 1);
    let (release, wait) = sync_channel::<()>(1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut searches = JoinSet::new();
    let store = company.store.clone();
    searches.spawn(async move {
        let job = move |_: &mut ReadTx<'_>| {
            begun.send(()).ok();
            wait.recv().ok();
            Ok::<_, StoreError>(())
        };
        store.search(job).await
    });
    has_begun.await.unwrap();
    let store = company.store.clone();
    searches.spawn(async move { store.search(|_| Ok(())).await });
    while company.store.queue_depths().searches < 1 {
        tokio::task::yield_now().await;
    }
    let refused = company.store.search(|tx| tx.settings().all()).await;
    assert!(matches!(refused, Err(StoreError::Busy)));
    company.write(set("a")).await;
    assert_eq!(company.keys().await, ["a"], "pages are read meanwhile");
    release.send(()).unwrap();
    assert!(searches.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_search_that_was_given_up_is_not_made() {
    let company = Company::with(1, 2);
    let (release, wait) = sync_channel::<()>(1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut searches = JoinSet::new();
    let store = company.store.clone();
    searches.spawn(async move {
        let job = move |_: &mut ReadTx<'_>| {
            begun.send(()).ok();
            wait.recv().ok();
            Ok::<_, StoreError>(())
        };
        store.search(job).await
    });
    has_begun.await.unwrap();
    let (made, is_made) = tokio::sync::oneshot::channel();
    let given_up = company.store.search(move |_| {
        made.send(()).ok();
        Ok::<_, StoreError>(())
    });
    let given_up = tokio::time::timeout(Duration::ZERO, given_up).await;
    assert!(given_up.is_err(), "it waits behind the first one");
    assert_eq!(company.store.queue_depths().searches, 1);
    release.send(()).unwrap();
    company.store.search(|_| Ok::<_, StoreError>(())).await.unwrap();
    assert!(is_made.await.is_err(), "it was dropped without being run");
    assert!(searches.join_all().await.iter().all(Result::is_ok));
}
