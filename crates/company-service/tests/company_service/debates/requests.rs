//! Asking for debates: once, and not in vain.

use super::house::{House, civil, civil_server, debate};
use crate::house::slug;
use company_service::{CompanyError, NewCouncil, NewDebate};
use domain::Limit;
use testkit::{ModelServer, Script};

fn identified(topic: &str) -> NewDebate {
    NewDebate { client_message_id: Some("d1".into()), ..debate(topic) }
}

#[tokio::test]
async fn one_request_begins_one_debate_however_often_it_is_sent() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let start = |topic: &'static str, council: &'static str| {
        house.company.start_debate(slug(council), identified(topic))
    };
    let sent = futures_util::future::join_all((0..8).map(|_| start("Sell?", "finance"))).await;
    let ids: Vec<_> = sent.into_iter().map(|made| made.unwrap().debate.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    house.synthesized(ids[0]).await;
    assert_eq!(start("Sell?", "finance").await.unwrap().debate.id, ids[0], "also when it is over");
    for (topic, council) in [("Buy?", "finance"), ("Sell?", "tech")] {
        assert!(
            matches!(start(topic, council).await, Err(CompanyError::Conflict { .. })),
            "{topic} {council}"
        );
    }
    let listed = house.company.debates_of(slug("finance"), None, Limit::default()).await.unwrap().page.items;
    assert_eq!(listed.len(), 1);
    assert_eq!(server.chats().len(), 6);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn the_id_of_a_chat_message_is_not_taken_for_a_debate() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let mut message = chat_service::SendMessage::new(chat_service::Recipient::Daena, "Sell?");
    message.client_message_id = Some("d1".into());
    house.chat.send(message).await.unwrap().finished().await.unwrap();
    let refused = house.company.start_debate(slug("finance"), identified("Sell?")).await.unwrap_err();
    assert!(matches!(refused, CompanyError::Conflict { .. }));
    house.chat.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_debated_is_refused_and_leaves_nothing() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let empty = house.company.create_council(NewCouncil { name: "Empty".into(), ..NewCouncil::default() });
    empty.await.unwrap();
    let head = house.chat.store().head();
    let refused =
        async |council: &str, new| house.company.start_debate(slug(council), new).await.unwrap_err();
    for (rounds, deadline_s, field) in [
        (Some(0), None, "rounds"),
        (Some(6), None, "rounds"),
        (None, Some(9), "deadline_s"),
        (None, Some(3601), "deadline_s"),
    ] {
        let error = refused("finance", NewDebate { rounds, deadline_s, ..debate("Sell?") }).await;
        assert!(matches!(error, CompanyError::Unprocessable { field: at, .. } if at == field), "{error}");
    }
    assert!(matches!(refused("finance", debate(" \n")).await, CompanyError::Invalid { field: "topic", .. }));
    assert!(matches!(refused("finance", debate("a\0b")).await, CompanyError::Invalid { field: "topic", .. }));
    assert!(matches!(refused("finance", debate(&"x".repeat(10_001))).await, CompanyError::Chat(_)));
    assert!(matches!(refused("nowhere", debate("Sell?")).await, CompanyError::NotFound { .. }));
    assert!(matches!(refused("empty", debate("Sell?")).await, CompanyError::Conflict { .. }));
    assert_eq!(house.chat.store().head(), head);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn debates_are_listed_page_by_page_the_newest_first() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::by(civil) }).await;
    let house = House::new(&server).await;
    let mut ids = Vec::new();
    for topic in ["One?", "Two?", "Three?"] {
        ids.insert(0, house.start(debate(topic)).await);
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page =
            house.company.debates_of(slug("finance"), after, Limit::new(2).unwrap()).await.unwrap().page;
        listed.extend(page.items.into_iter().map(|record| record.debate.id));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(listed, ids);
    house.chat.shutdown().await;
}
