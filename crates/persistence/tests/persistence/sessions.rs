//! Sessions: each change with its event, and none without.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change, said, session, slug};
use domain::view::SessionView;
use domain::{Event, Scope, Session, SessionCategory, SessionDeleted, Title};
use persistence::{SessionTotals, StoreError, WriteTx};

#[tokio::test]
async fn a_session_is_read_as_it_was_stored_in_every_scope() {
    let company = Company::new();
    let scopes = [
        Scope::Executive,
        Scope::Department(slug("hr")),
        Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") },
        Scope::Council(slug("tech")),
        Scope::General,
    ];
    for (scope, number) in scopes.into_iter().zip(1..) {
        let session = Session {
            title: Title::by_hand("Ärger\u{202e} 漢 🙂").unwrap(),
            title_by_hand: true,
            category: scope.category(),
            scope,
            pinned: true,
            archived: true,
            ..session(number, 5)
        };
        company.create(&session).await;
        assert_eq!(company.session(session.id).await, session);
        assert_eq!(company.newest_event().await, Event::ChatSessionCreated(session.into()));
    }
}

#[tokio::test]
async fn a_change_by_hand_is_told_as_it_is_stored() {
    let company = Company::new();
    let old = session(1, 0);
    company.create(&old).await;
    company.append(&[said(1, old.id, "hello", 3)]).await;
    // A caller that read the session before the message came.
    let changed = Session {
        title: Title::by_hand("Runway").unwrap(),
        title_by_hand: true,
        category: SessionCategory::General,
        pinned: true,
        archived: true,
        updated_at: at(9),
        ..old
    };
    company.write(move |tx| tx.sessions_mut().update(&changed, &change(9))).await;
    let stored = company.session(old.id).await;
    assert_eq!((stored.title.as_str(), stored.category), ("Runway", SessionCategory::General));
    assert!(stored.title_by_hand && stored.pinned && stored.archived);
    assert_eq!((stored.message_count, stored.updated_at), (1, at(9)));
    assert_eq!(company.newest_event().await, Event::ChatSessionUpdated(SessionView::from(stored)));
}

#[tokio::test]
async fn delete_restore_and_purge_are_told_as_they_are_stored() {
    let company = Company::new();
    let talk = session(1, 0);
    let id = talk.id;
    company.create(&talk).await;
    company.append(&[said(1, id, "hello", 1)]).await;
    let deleted = talk.clone();
    company.write(move |tx| tx.sessions_mut().delete(&deleted, &change(5))).await;
    assert_eq!(company.session(id).await.deleted_at, Some(at(5)));
    let event = |permanent| Event::ChatSessionDeleted(SessionDeleted { session_id: id, permanent });
    assert_eq!(company.newest_event().await, event(false));

    let in_trash = company.session(id).await;
    let restored = company.write(move |tx| tx.sessions_mut().restore(&in_trash, &change(6))).await;
    assert_eq!(company.session(id).await, restored);
    assert_eq!((restored.deleted_at, restored.message_count), (None, 1));
    assert_eq!(company.newest_event().await, Event::ChatSessionRestored(restored.clone().into()));

    company.write(move |tx| tx.sessions_mut().purge(&restored, &change(7))).await;
    assert_eq!(company.newest_event().await, event(true));
    assert_eq!(company.read(move |tx| tx.sessions().get(id)).await, None);
    let messages = company.read(move |tx| tx.messages().said_before(id, i64::MAX, 10)).await;
    assert!(messages.is_empty(), "the messages are gone with it");
}

type Change = fn(&mut WriteTx<'_>, &Session) -> Result<(), StoreError>;

#[tokio::test]
async fn a_change_of_a_session_that_is_not_there_fails_and_leaves_no_event() {
    let company = Company::new();
    let (live, trashed, nowhere) = (session(1, 0), session(2, 0), session(3, 0));
    company.create(&live).await;
    company.create(&trashed).await;
    let delete = trashed.clone();
    company.write(move |tx| tx.sessions_mut().delete(&delete, &change(1))).await;
    let before = (company.store.head(), company.read(|tx| tx.sessions().tallies()).await);

    let update: Change = |tx, session| tx.sessions_mut().update(session, &change(2));
    let delete: Change = |tx, session| tx.sessions_mut().delete(session, &change(2));
    let restore: Change = |tx, session| tx.sessions_mut().restore(session, &change(2)).map(drop);
    let purge: Change = |tx, session| tx.sessions_mut().purge(session, &change(2));
    let impossible = [
        (update, &nowhere),
        (delete, &nowhere),
        (restore, &nowhere),
        (purge, &nowhere),
        (delete, &trashed),
        (restore, &live),
    ];
    for (change, session) in impossible {
        let session = session.clone();
        assert!(company.store.write(move |tx| change(tx, &session)).await.is_err());
    }
    assert_eq!((company.store.head(), company.read(|tx| tx.sessions().tallies()).await), before);
}

#[tokio::test]
async fn totals_count_what_is_there() {
    let company = Company::new();
    for number in 1..=4 {
        let session = Session { pinned: number < 3, archived: number == 2, ..session(number, 0) };
        company.create(&session).await;
        company.append(&[said(number, session.id, "a", 1)]).await;
    }
    let gone = company.session(session(1, 0).id).await;
    company.write(move |tx| tx.sessions_mut().delete(&gone, &change(2))).await;
    let totals = company.read(|tx| tx.sessions().totals()).await;
    assert_eq!(totals, SessionTotals { live: 3, deleted: 1, pinned: 1, archived: 1, messages: 3 });
    let empty = Company::new().read(|tx| tx.sessions().totals()).await;
    assert_eq!(empty, SessionTotals { live: 0, deleted: 0, pinned: 0, archived: 0, messages: 0 });
}
