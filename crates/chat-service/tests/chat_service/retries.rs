//! Making a reply again, in place.

use crate::house::{House, ollama, read_to, soon, to_daena};
use chat_service::domain::MessageState;
use chat_service::{ChatError, ReplyUpdate, ScriptedModel, Within};
use testkit::{Fault, ModelServer, Script};

#[tokio::test]
async fn failed_and_stopped_replies_are_made_again_in_place() {
    let server = ModelServer::start(Script::fault(Fault::DropAfter(2))).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn(to_daena("Speak")).await.reply;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let again = house.chat.retry(failed.id).await.unwrap();
    assert_eq!((again.id, again.state.as_str(), again.content.as_str()), (failed.id, "pending", ""));
    let mut updates = house.chat.watch_reply(failed.id, 0).await.unwrap();
    assert_eq!(read_to(&mut updates, 5).await, "Hello");
    let stopped = house.chat.stop(failed.id).await.unwrap();
    assert_eq!((stopped.state.as_str(), stopped.content.as_str()), ("stopped", "Hello"));
    server.set(Script::default());
    house.chat.retry(failed.id).await.unwrap();
    let done = house.row_has(failed.id, MessageState::Complete).await;
    assert_eq!((done.content.as_str(), done.parent_id), ("Hello from the model.", failed.parent_id));
    assert_eq!(house.messages(failed.session_id).await.len(), 2);
    let ends = house.story(failed.session_id).await;
    assert_eq!(
        ends[2..],
        [
            "chat.reply.started",
            "chat.reply.failed",
            "chat.reply.started",
            "chat.reply.stopped",
            "chat.reply.started",
            "chat.message"
        ]
    );
    let prompt = &server.chats()[2].messages;
    assert_eq!(
        prompt[1..],
        [("user".to_owned(), "Speak".to_owned())],
        "its own text is no part of its prompt"
    );
}

#[tokio::test]
async fn an_interrupted_reply_is_made_again() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    read_to(&mut turn.updates(), 10).await;
    let house = house.restart(ScriptedModel::saying("Whole.")).await;
    assert_eq!(house.message(id).await.state, MessageState::Interrupted);
    house.chat.retry(id).await.unwrap();
    assert_eq!(house.row_has(id, MessageState::Complete).await.content, "Whole.");
}

#[tokio::test]
async fn what_did_not_go_wrong_is_not_made_again() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let done = house.turn(to_daena("Speak")).await.reply;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let running = house.send(to_daena("Speak")).await;
    let user = running.user_message.id;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let deleted = house.turn_that_fails(&server).await;
    house.chat.delete_session(deleted.session_id, Within::Anywhere).await.unwrap();
    for id in [done.id, running.reply.id, user] {
        let error = house.chat.retry(id).await.unwrap_err();
        assert!(matches!(error, ChatError::Conflict { .. }), "{error}");
    }
    let error = house.chat.retry(deleted.id).await.unwrap_err();
    assert!(matches!(error, ChatError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn of_two_retries_at_once_one_makes_the_reply() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn_that_fails(&server).await;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let asked = server.chats().len();
    let (one, two) = tokio::join!(house.chat.retry(failed.id), house.chat.retry(failed.id));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let error = one.err().or(two.err()).unwrap();
    assert!(matches!(error, ChatError::Conflict { .. }), "{error}");
    let mut updates = house.chat.watch_reply(failed.id, 0).await.unwrap();
    assert_eq!(read_to(&mut updates, 5).await, "Hello");
    server.release();
    house.row_has(failed.id, MessageState::Complete).await;
    assert_eq!(server.chats().len(), asked + 1);
}

#[tokio::test]
async fn a_retried_reply_can_be_watched_and_stopped_from_the_moment_it_is_pending() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    for _ in 0..10 {
        let failed = house.turn_that_fails(&server).await;
        server.set(Script { hold_after: Some(0), ..Script::default() });
        let retried = house.chat.retry(failed.id).await.unwrap();
        let mut updates = house.chat.watch_reply(retried.id, 0).await.unwrap();
        let stopped = soon(house.chat.stop(retried.id)).await.unwrap();
        assert_eq!(soon(updates.next()).await, Some(ReplyUpdate::Done(stopped.into())));
    }
}

#[tokio::test]
async fn a_retry_stands_in_the_line_of_its_session() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn_that_fails(&server).await;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let asked = server.chats().len();
    let next = house.send(to_daena("Next").in_session(failed.session_id)).await;
    server.wait_for("the next turn to be held", |stats| stats.held == 1).await;
    house.chat.retry(failed.id).await.unwrap();
    assert_eq!(house.message(failed.id).await.state, MessageState::Pending);
    assert_eq!(server.chats().len(), asked + 1);
    server.release();
    soon(next.finished()).await.unwrap();
    house.row_has(failed.id, MessageState::Complete).await;
}
