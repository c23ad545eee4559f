//! Backups and resets that are asked for and left alone.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use crate::seeding::company;
use chat_service::{Item, Subscribe, Subscription};
use company_service::{Backups, CompanyError};
use std::time::Duration;

/// Waits for an event of a type.
async fn told(subscription: &mut Subscription, event_type: &str) {
    loop {
        let item = subscription.next().await.unwrap();
        if matches!(item, Item::Event(event) if *event.event().event_type == *event_type) {
            return;
        }
    }
}

#[tokio::test]
async fn what_was_asked_for_is_done_when_who_asked_goes_away_and_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    let mut events = chat.bus().subscribe(Subscribe::from_now());
    let left = tokio::time::timeout(Duration::ZERO, company.back_up()).await;
    assert!(left.is_err(), "nobody waits for it");
    let second = company.back_up().await;
    assert!(matches!(second, Err(CompanyError::Conflict { .. })), "{second:?}");
    told(&mut events, "system.backup").await;
    let made = Backups::of(chat.store().path(), None).unwrap();
    assert_eq!(made.count, 1);
    // The event is told a moment before the next one may begin.
    while let Ok(refused) = tokio::time::timeout(Duration::ZERO, company.reset("reset")).await {
        assert!(matches!(refused, Err(CompanyError::Conflict { .. })), "{refused:?}");
        tokio::task::yield_now().await;
    }
    told(&mut events, "system.reset").await;
    let database = chat.store().path().to_owned();
    chat.shutdown().await;
    assert_eq!(Backups::of(&database, None).unwrap().count, 2);
}

#[tokio::test]
async fn rotation_leaves_the_backup_just_made_and_those_of_other_databases() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    let shelf = Backups::folder(chat.store().path(), None);
    std::fs::create_dir_all(&shelf).unwrap();
    let stem = chat.store().path().file_stem().unwrap().to_str().unwrap().to_owned();
    // Of a clock that was ahead, and of a neighbour's database.
    for number in 1..=12 {
        std::fs::write(shelf.join(format!("{stem}-209901{number:02}T000000Z.db")), b"").unwrap();
    }
    let others = [format!("{stem}-2-20260101T000000Z.db"), "other-20260101T000000Z.db.part".to_owned()];
    for other in &others {
        std::fs::write(shelf.join(other), b"").unwrap();
    }
    let made = company.back_up().await.unwrap();
    assert!(made.name.starts_with(&format!("{stem}-")) && shelf.join(&made.name).is_file(), "{made:?}");
    assert!(others.iter().all(|other| shelf.join(other).is_file()));
    let kept = Backups::of(chat.store().path(), None).unwrap();
    assert_eq!((kept.count, &*kept.newest), (10, &*format!("{stem}-20990112T000000Z.db")));
    chat.shutdown().await;
}
