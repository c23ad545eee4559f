//! What a crash leaves is taken up by the next start.

use crate::house::{House, Plan, ollama, soon, to_daena};
use chat_service::domain::{MessageState, Position};
use chat_service::{ScriptedModel, Within};
use testkit::{ModelServer, Script};

#[tokio::test]
async fn a_crash_in_the_middle_leaves_nothing_open() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let streaming = house.send(to_daena("Speak")).await;
    let session = streaming.session.id;
    house.row_is(streaming.reply.id, "a checkpoint", |row| row.content == "Hello from").await;
    let waiting = house.send(to_daena("And then?").in_session(session)).await;
    server.stop().await;
    let failed = soon(streaming.finished()).await.unwrap().reply;
    assert_eq!(failed.state.as_str(), "failed");
    // The line is to be: one streaming, one deferred, one pending behind it.
    house.row_has(waiting.reply.id, MessageState::Deferred).await;
    house.chat.retry(failed.id).await.unwrap();
    house.row_has(failed.id, MessageState::Deferred).await;
    server.restart().await;
    house.chat.probe_brain().await.unwrap();
    house.row_is(failed.id, "a checkpoint", |row| row.content == "Hello from").await;
    let pending = house.send(to_daena("Three").in_session(session)).await;

    let wreck = house.wreck();
    drop(house);
    let model = ScriptedModel::saying("Made after all.");
    let house = House::open(wreck, model.clone(), Plan::default()).await;
    let interrupted = house.row(failed.id).await.unwrap();
    assert_eq!((interrupted.state.as_str(), interrupted.content.as_str()), ("interrupted", "Hello from"));
    for id in [pending.reply.id, waiting.reply.id] {
        assert_eq!(house.row_has(id, MessageState::Complete).await.content, "Made after all.");
    }
    assert_eq!(model.requests().len(), 2);
    let story = house.story(session).await;
    assert_eq!(story.iter().filter(|name| *name == "chat.reply.interrupted").count(), 1);
    assert_eq!(story.iter().filter(|name| *name == "chat.message").count(), 5);
    assert_eq!(house.chat.brain().await.unwrap().deferred_replies, 0);
}

#[tokio::test]
async fn replies_left_pending_are_made_in_their_order() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::new(model.clone()).await;
    model.hold();
    let first = house.send(to_daena("one")).await;
    let session = first.session.id;
    model.asked_times(1).await;
    let mut ids = vec![first.reply.id];
    for text in ["two", "three"] {
        ids.push(house.send(to_daena(text).in_session(session)).await.reply.id);
    }
    let since = house.head();
    let next = ScriptedModel::saying("Yes.");
    let house = House::open(house.wreck(), next.clone(), Plan::default()).await;
    house.row_has(ids[2], MessageState::Complete).await;
    let asked: Vec<_> =
        next.requests().iter().map(|it| it.messages.last().unwrap().content.clone()).collect();
    assert_eq!(asked, ["one", "two", "three"]);
    let told: Vec<_> = house.events_after(since).await.iter().map(|it| it.event_type.to_string()).collect();
    assert_eq!(told, ["chat.message"; 3]);
}

#[tokio::test]
async fn what_a_crash_leaves_in_the_trash_can_be_retried_after_a_restore() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let (id, session) = (turn.reply.id, turn.session.id);
    house.row_has(id, MessageState::Streaming).await;
    // The crash comes when the deletion is on disk and the reply's end is not.
    let (before, by) = (house.session(session).await, house.by_system());
    house.chat.store().write(move |tx| tx.sessions_mut().delete(&before, &by)).await.unwrap();
    let house = House::open(house.wreck(), ScriptedModel::saying("Whole."), Plan::default()).await;
    assert!(house.chat.session(session, Within::Anywhere).await.is_err());
    house.chat.restore_session(session).await.unwrap();
    let left = house.message(id).await;
    assert_eq!((left.state.as_str(), left.content.as_str()), ("interrupted", "Hello from"));
    house.chat.retry(id).await.unwrap();
    house.row_has(id, MessageState::Complete).await;
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_crash() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::new(model.clone()).await;
    let mut sessions = Vec::new();
    for number in 0..20 {
        sessions.push(house.turn(to_daena(&format!("n{number}"))).await.reply.session_id);
    }
    let head = house.head();
    let house = House::open(house.wreck(), model.clone(), Plan::default()).await;
    for (number, session) in sessions.into_iter().enumerate() {
        let messages = house.messages(session).await;
        assert_eq!(messages[0].content, format!("n{number}"));
        assert_eq!(messages[1].content, "Yes.");
    }
    assert_eq!(house.events_after(Position::START).await.last().unwrap().position, head);
    assert_eq!(model.requests().len(), 20);
}
