//! What is refused leaves nothing behind: no row, no event.

use crate::house::{House, identified, slug_of, to_agent, to_daena, to_department};
use chat_service::domain::{AgentStatus, DepartmentStatus, SessionId};
use chat_service::{ChatError, Recipient, ScriptedModel, SendMessage, Within};

struct Before {
    head: i64,
    sessions: i64,
    messages: i64,
}

async fn count(house: &House) -> Before {
    let totals = house.chat.stats().await.unwrap().totals;
    Before { head: house.head().get(), sessions: totals.live + totals.deleted, messages: totals.messages }
}

/// Sends, and checks that nothing came of it.
async fn refused(house: &House, message: SendMessage) -> ChatError {
    let before = count(house).await;
    let error = house.chat.send(message).await.map(|turn| turn.reply).unwrap_err();
    let after = count(house).await;
    assert_eq!(after.head, before.head, "an event was left: {error}");
    assert_eq!(after.sessions, before.sessions, "a session was left: {error}");
    assert_eq!(after.messages, before.messages, "a message was left: {error}");
    assert_eq!(house.chat.brain().await.unwrap().running_replies, 0, "a reply was left: {error}");
    error
}

#[tokio::test]
async fn a_session_that_is_not_there_takes_no_turn() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let unknown = SessionId::new(house.chat.ids().next_id());
    let daena = house.turn(to_daena("Hello")).await.reply.session_id;
    let department = house.turn(to_department("engineering", "Hello")).await.reply.session_id;
    let agent = house.turn(to_agent("engineering-byte", "Hello")).await.reply.session_id;
    let deleted = house.turn(to_daena("Hello")).await.reply.session_id;
    house.chat.delete_session(deleted, Within::Anywhere).await.unwrap();
    for message in [
        to_daena("x").in_session(unknown),
        to_daena("x").in_session(deleted),
        to_daena("x").in_session(department),
        to_daena("x").in_session(agent),
        to_department("engineering", "x").in_session(unknown),
        to_department("engineering", "x").in_session(daena),
        to_department("engineering", "x").in_session(agent),
        to_department("sales", "x").in_session(department),
        to_agent("engineering-byte", "x").in_session(department),
        to_agent("engineering-atlas", "x").in_session(agent),
        SendMessage::new(Recipient::Session, "x").in_session(deleted),
        to_department("nowhere", "x"),
        to_agent("nobody", "x"),
        SendMessage::new(
            Recipient::DepartmentAgent { department: slug_of("sales"), agent: slug_of("engineering-byte") },
            "x",
        ),
    ] {
        let error = refused(&house, message.clone()).await;
        assert!(matches!(error, ChatError::NotFound { .. }), "{message:?}: {error}");
    }
    let error = refused(&house, SendMessage::new(Recipient::Session, "x")).await;
    assert!(matches!(error, ChatError::Invalid { field: "session_id", .. }), "{error}");
}

#[tokio::test]
async fn who_is_switched_off_takes_no_turn() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    for status in [AgentStatus::Paused, AgentStatus::Disabled] {
        house.change_agent("engineering-byte", |agent| agent.status = status).await;
        let error = refused(&house, to_agent("engineering-byte", "x")).await;
        assert!(matches!(error, ChatError::Forbidden { .. }), "{error}");
    }
    let (mut sales, change) = (house.department("sales").await, house.by_system());
    sales.status = DepartmentStatus::Disabled;
    house.chat.store().write(move |tx| tx.departments_mut().update(&sales, &change)).await.unwrap();
    for message in [to_department("sales", "x"), to_agent("sales-hunter", "x")] {
        let error = refused(&house, message).await;
        assert!(matches!(error, ChatError::Forbidden { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_department_speaks_through_the_next_agent_when_its_spokesperson_is_paused() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    house.change_agent("engineering-atlas", |agent| agent.status = AgentStatus::Paused).await;
    let reply = house.turn(to_department("engineering", "Hello")).await.reply;
    assert_eq!(reply.speaker.id, "engineering-nexus");
}

#[tokio::test]
async fn a_model_that_the_server_has_not_takes_no_turn() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let named = |model: &str| SendMessage { model: Some(model.into()), ..to_daena("x") };
    let error = refused(&house, named("gpt-unknown")).await;
    assert!(matches!(error, ChatError::Unprocessable { field: "model", .. }), "{error}");
    assert_eq!(house.turn(named("scripted")).await.reply.state.as_str(), "complete");
}

#[tokio::test]
async fn a_text_that_cannot_be_takes_no_turn() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    for text in ["", " \n\t\u{3000}", "a\0b"] {
        let error = refused(&house, to_daena(text)).await;
        assert!(matches!(error, ChatError::Invalid { field: "message", .. }), "{text:?}: {error}");
    }
    let error = refused(&house, to_daena(&"é".repeat(100_001))).await;
    assert!(matches!(error, ChatError::TooLarge { limit: 100_000, .. }), "{error}");
    assert_eq!(house.turn(to_daena(&"é".repeat(100_000))).await.reply.state.as_str(), "complete");
    for id in ["", "a\nb", &"x".repeat(201)] {
        let error = refused(&house, identified(id, to_daena("x"))).await;
        assert!(matches!(error, ChatError::Invalid { field: "client_message_id", .. }), "{error}");
    }
}

#[tokio::test]
async fn a_client_message_id_of_another_text_takes_no_turn() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    house.turn(identified("one", to_daena("x"))).await;
    let error = refused(&house, identified("one", to_daena("y"))).await;
    assert!(matches!(error, ChatError::Conflict { .. }), "{error}");
}
