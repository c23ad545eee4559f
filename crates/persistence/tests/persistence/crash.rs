//! What is left after kill -9.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::child::Child;
use crate::company::{assert_dense, keys_of, set};
use crate::opening::open;
use domain::{EventFilter, Position};
use std::collections::BTreeSet;

#[tokio::test]
async fn after_kill_9_every_acknowledged_write_is_there_with_its_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daena.db");
    let mut acknowledged = BTreeSet::new();
    for round in 1..=3 {
        let mut child = Child::start("writes_until_it_is_killed", &path);
        let before = acknowledged.len();
        // In the later rounds keys are set again: what counts is that each has an event and a row.
        for _ in 0..200 * round {
            acknowledged.insert(child.next_word().unwrap());
        }
        child.kill();
        acknowledged.extend(std::iter::from_fn(|| child.next_word()));
        assert!(acknowledged.len() > before);

        let store = open(&path).unwrap();
        let events = store.read(|tx| tx.events().after(Position::START, &EventFilter::default(), usize::MAX));
        let events = events.await.unwrap();
        assert_dense(&events);
        let set_keys = store.read(|tx| tx.settings().all()).await.unwrap();
        let rows: BTreeSet<String> = set_keys.into_iter().map(|(key, _)| key).collect();
        let told: BTreeSet<String> = keys_of(&events).into_iter().collect();
        assert_eq!(rows, told, "an event exists exactly when its change does");
        let lost: Vec<_> = acknowledged.difference(&rows).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert_eq!(store.check().await.unwrap(), None);
        store.write(set("after the crash")).await.unwrap();
        acknowledged.insert("after the crash".to_owned());
        store.close().await;
    }
}
