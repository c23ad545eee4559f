//! Sessions in their views.

use crate::house::{House, slug_of, to_agent, to_daena, to_department};
use chat_service::domain::{Limit, MessageCursor, ScopeType, SessionCategory};
use chat_service::{ChatError, NewSession, ScriptedModel, SessionEdit, SessionFilter, Within};

fn new(scope_type: ScopeType, scope_id: Option<&str>) -> NewSession {
    NewSession { title: None, scope_type, scope_id: scope_id.map(str::to_owned) }
}

#[tokio::test]
async fn a_departments_session_and_its_agents_are_in_its_view_and_in_daenas() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let daena = house.turn(to_daena("a")).await.reply.session_id;
    let department = house.turn(to_department("engineering", "hello")).await.reply.session_id;
    let agent = house.turn(to_agent("engineering-byte", "c")).await.reply.session_id;
    let sales = house.turn(to_department("sales", "hello")).await.reply.session_id;
    let list = async |filter| {
        let list = house.chat.sessions(filter, None, Limit::default()).await.unwrap();
        let ids: Vec<_> = list.page.items.iter().map(|session| session.id).collect();
        assert_eq!(list.total, i64::try_from(ids.len()).unwrap());
        ids
    };
    assert_eq!(list(SessionFilter::default()).await, [sales, agent, department, daena]);
    let view = SessionFilter { department_id: Some("engineering".into()), ..SessionFilter::default() };
    assert_eq!(list(view).await, [agent, department]);
    let drawer = SessionFilter { category: Some(SessionCategory::Agents), ..SessionFilter::default() };
    assert_eq!(list(drawer).await, [agent]);

    let engineering = || Within::Department(slug_of("engineering"));
    let byte = || Within::Agent(slug_of("engineering-byte"));
    for (id, within, shown) in [
        (department, engineering(), true),
        (agent, engineering(), true),
        (sales, engineering(), false),
        (daena, engineering(), false),
        (agent, byte(), true),
        (department, byte(), false),
        (department, Within::Anywhere, true),
    ] {
        assert_eq!(house.chat.session(id, within.clone()).await.is_ok(), shown, "{id} {within:?}");
        if !shown {
            let error = house.chat.delete_session(id, within).await.unwrap_err();
            assert!(matches!(error, ChatError::NotFound { .. }));
        }
    }
}

#[tokio::test]
async fn delete_restore_and_second_delete() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let id = house.turn(to_daena("a")).await.reply.session_id;
    let before = house.session(id).await;
    let delete = || house.chat.delete_session(id, Within::Anywhere);
    assert!(matches!(house.chat.restore_session(id).await, Err(ChatError::Conflict { .. })));
    delete().await.unwrap();
    assert!(matches!(delete().await, Err(ChatError::NotFound { .. })));
    assert!(matches!(house.chat.session(id, Within::Anywhere).await, Err(ChatError::NotFound { .. })));
    assert!(matches!(
        house.chat.edit_session(id, SessionEdit::default()).await,
        Err(ChatError::NotFound { .. })
    ));
    assert_eq!(house.chat.restore_session(id).await.unwrap(), before);
    delete().await.unwrap();
    house.chat.purge_session(id).await.unwrap();
    assert!(matches!(house.chat.purge_session(id).await, Err(ChatError::NotFound { .. })));
    assert!(matches!(house.chat.restore_session(id).await, Err(ChatError::NotFound { .. })));
    let stats = house.chat.stats().await.unwrap().totals;
    assert_eq!((stats.live, stats.deleted, stats.messages), (0, 0, 0));
}

#[tokio::test]
async fn pages_of_messages_join_without_gap() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let id = house.turn(to_daena("0")).await.reply.session_id;
    for number in 1..6 {
        house.turn(to_daena(&number.to_string()).in_session(id)).await;
    }
    let (mut before, mut all) = (None::<MessageCursor>, Vec::new());
    loop {
        let page =
            house.chat.open_session(id, Within::Anywhere, before, Limit::new(5).unwrap()).await.unwrap();
        all.splice(0..0, page.messages.items);
        before = page.messages.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all, house.messages(id).await);
}

#[tokio::test]
async fn a_session_of_nobody_is_not_made() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let made = async |new| house.chat.create_session(new).await;
    for (kind, id) in [
        (ScopeType::Department, Some("nowhere")),
        (ScopeType::Agent, Some("nobody")),
        (ScopeType::Council, Some("magic")),
        (ScopeType::Department, Some("No Slug")),
    ] {
        assert!(matches!(made(new(kind, id)).await, Err(ChatError::NotFound { .. })), "{kind} {id:?}");
    }
    for (kind, id) in [(ScopeType::Executive, Some("x")), (ScopeType::Department, None)] {
        assert!(matches!(made(new(kind, id)).await, Err(ChatError::Unprocessable { .. })), "{kind} {id:?}");
    }
    for title in ["", "a\nb", &"x".repeat(201)] {
        let error = house.chat.start_session(Some(title.to_owned())).await.unwrap_err();
        assert!(matches!(error, ChatError::Unprocessable { field: "title", .. }));
    }
    assert_eq!(house.session_count().await, 0);
    let general = made(new(ScopeType::General, None)).await.unwrap();
    let turn = chat_service::SendMessage::new(chat_service::Recipient::Session, "x").in_session(general.id);
    assert_eq!(house.turn(turn).await.reply.speaker.id, "daena");
}

#[tokio::test]
async fn counts_are_true() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    house.turn(to_daena("a")).await;
    house.turn(to_agent("engineering-byte", "b")).await;
    let gone = house.turn(to_department("engineering", "hello")).await.reply.session_id;
    house.chat.delete_session(gone, Within::Anywhere).await.unwrap();
    let counts = house.chat.categories().await.unwrap();
    let count = |name: &str| counts.iter().find(|it| it.category.name == name).unwrap().count;
    assert_eq!((count("executive"), count("agents"), count("departments")), (1, 1, 0));
    assert_eq!((count("department:engineering"), count("department:sales")), (1, 0));
    let stats = house.chat.stats().await.unwrap();
    assert_eq!((stats.totals.live, stats.totals.deleted, stats.totals.messages), (2, 1, 4));
    let by_name = house.chat.event_counts(1).await.unwrap();
    assert!(by_name.by_type.contains(&("chat.session.deleted".to_owned(), 1)));
}

#[tokio::test]
async fn the_total_of_a_list_is_that_of_its_filter() {
    let house = House::new(ScriptedModel::saying("Hello.")).await;
    for text in ["one", "two", "three"] {
        house.turn(to_daena(text)).await;
    }
    let total = async |filter: SessionFilter| {
        house.chat.sessions(filter, None, Limit::new(1).unwrap()).await.unwrap().total
    };
    let all = house.chat.sessions(SessionFilter::default(), None, Limit::default()).await.unwrap();
    house.chat.delete_session(all.page.items[0].id, Within::Anywhere).await.unwrap();
    assert_eq!(total(SessionFilter::default()).await, 2);
    assert_eq!(total(SessionFilter { deleted: true, ..SessionFilter::default() }).await, 1);
    assert_eq!(total(SessionFilter { pinned: Some(true), ..SessionFilter::default() }).await, 0);
    assert_eq!(total(SessionFilter { title: Some("one".into()), ..SessionFilter::default() }).await, 1);
}
