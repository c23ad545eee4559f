//! Stopping a reply, wherever in its life it is.

use crate::house::{House, Plan, ollama, openai, read_all, read_to, soon, to_daena};
use chat_service::domain::{Event, MessageId, MessageState, Position};
use chat_service::{ChatError, ChatModel, GatewaySettings, ScriptedModel, Within};
use std::time::Duration;
use testkit::{ModelServer, Script};

fn is_conflict<T: std::fmt::Debug>(result: Result<T, ChatError>) -> bool {
    matches!(result, Err(ChatError::Conflict { .. }))
}

async fn stops(server: &ModelServer, model: impl ChatModel) {
    let house = House::new(model).await;
    let turn = house.send(to_daena("Speak")).await;
    let (id, session) = (turn.reply.id, turn.session.id);
    let mut updates = turn.updates();
    read_to(&mut updates, "Hello from".len()).await;
    let stopped = soon(house.chat.stop(id)).await.unwrap();
    assert_eq!((stopped.state.clone(), stopped.content.as_str()), (MessageState::Stopped, "Hello from"));
    server.wait_for("the generation to end at the server", |stats| stats.streams_cancelled == 1).await;
    assert_eq!(house.row(id).await.unwrap(), stopped);
    assert_eq!(*read_all(&mut updates, "Hello from".len()).await.1.unwrap(), stopped);
    assert_eq!(house.story(session).await.last().unwrap(), "chat.reply.stopped");
    assert!(is_conflict(soon(house.chat.stop(id)).await), "a second stop finds nothing");
    assert_eq!(house.story(session).await.len(), 4);
}

#[tokio::test]
async fn a_stopped_reply_ends_at_the_model_server_and_keeps_its_text() {
    let script = Script { hold_after: Some(2), ..Script::default() };
    let server = ModelServer::start(script.clone()).await;
    stops(&server, ollama(&server)).await;
    let server = ModelServer::start(script).await;
    stops(&server, openai(&server)).await;
}

#[tokio::test]
async fn a_reply_without_a_token_yet_can_be_stopped_and_who_waits_is_told() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let (stopped, finished) = tokio::join!(house.chat.stop(id), turn.finished());
    assert_eq!(stopped.unwrap(), *finished.unwrap().reply);
    server.wait_for("the generation to end at the server", |stats| stats.streams_cancelled == 1).await;
}

#[tokio::test]
async fn a_session_that_goes_into_the_trash_takes_its_reply_along_when_nobody_waits_for_it() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let delete = house.chat.delete_session(turn.session.id, Within::Anywhere);
    assert!(tokio::time::timeout(Duration::ZERO, delete).await.is_err(), "it was not waited for");
    assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Stopped);
}

#[tokio::test]
async fn a_deferred_reply_that_is_stopped_is_never_answered() {
    let model = ScriptedModel::saying("Too late.");
    let house = House::new(model.clone()).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let (one, two) = (house.send(to_daena("one")).await, house.send(to_daena("two")).await);
    let stopped = house.chat.stop(one.reply.id).await.unwrap();
    assert_eq!((stopped.state.as_str(), stopped.content.as_str(), stopped.model), ("stopped", "", None));
    assert!(is_conflict(house.chat.stop(one.reply.id).await));
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    house.row_has(two.reply.id, MessageState::Complete).await;
    assert_eq!(house.row(one.reply.id).await.unwrap().state, MessageState::Stopped);
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test]
async fn a_deferred_reply_that_is_stopped_while_an_older_one_is_answered_is_never_answered() {
    let model = ScriptedModel::saying("Here.");
    let gateway = GatewaySettings { concurrency: 1, ..Plan::default().gateway };
    let house = House::planned(model.clone(), Plan { gateway, ..Plan::default() }).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(house.send(to_daena(text)).await.reply.id);
    }
    model.set_online(true);
    model.hold();
    house.chat.probe_brain().await.unwrap();
    model.asked_times(1).await;
    let stopped = house.chat.stop(ids[1]).await.unwrap();
    model.release();
    house.row_has(ids[2], MessageState::Complete).await;
    assert_eq!(house.row(ids[1]).await.unwrap(), stopped);
    assert_eq!(model.requests().len(), 2);
}

/// The states that a reply's events end it in, in order.
async fn ends(house: &House, id: MessageId) -> Vec<&'static str> {
    let events = house.events_after(Position::START).await;
    let ends = events.iter().filter_map(|event| match event.decode().unwrap() {
        Event::ChatMessage(message) if message.message_id == id => Some("complete"),
        Event::ChatReplyStopped(message) if message.message_id == id => Some("stopped"),
        _ => None,
    });
    ends.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_that_races_with_the_end_leaves_exactly_one() {
    let house = House::new(ScriptedModel::new(|_| vec!["a".into(); 20])).await;
    let mut seen = [0, 0];
    for round in 0..60 {
        let turn = house.send(to_daena("Speak")).await;
        let id = turn.reply.id;
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        let (stopped, finished) = tokio::join!(soon(house.chat.stop(id)), soon(turn.finished()));
        let finished = finished.unwrap().reply;
        let row = house.row(id).await.unwrap();
        assert_eq!(row, *finished);
        assert_eq!(ends(&house, id).await, [row.state.as_str()]);
        match stopped {
            Ok(stopped) => assert_eq!(stopped, row),
            Err(ChatError::Conflict { .. }) => assert_eq!(row.state, MessageState::Complete),
            Err(other) => panic!("{other}"),
        }
        seen[usize::from(row.state == MessageState::Stopped)] += 1;
    }
    assert_eq!(seen.iter().sum::<usize>(), 60);
}

#[tokio::test]
async fn a_stop_that_races_with_the_brains_return_leaves_exactly_one() {
    let model = ScriptedModel::saying("Here I am.");
    let house = House::new(model.clone()).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let id = house.send(to_daena("Are you there?")).await.reply.id;
    let blocked = house.block_writer().await;
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let queued = async || (house.chat.store().queue_depths().writes > 0).then_some(());
    testkit::wait_until("the reply to be taken up", testkit::DEADLINE, queued).await;
    let (chat, mut watched) = (house.chat.clone(), house.chat.watch_reply(id, 0).await.unwrap());
    let stop = tokio::spawn(async move { chat.stop(id).await });
    // The stop has looked at the reply when this read has come back too.
    house.message(id).await;
    drop(blocked);
    let stopped = soon(stop).await.unwrap().unwrap();
    let ended = read_all(&mut watched, 0).await.1.unwrap();
    assert_eq!((stopped.state.as_str(), &stopped), ("stopped", &*ended));
    assert_eq!(house.row(id).await.unwrap(), stopped);
    assert_eq!(ends(&house, id).await, ["stopped"]);
}

#[tokio::test]
async fn deleting_a_session_does_not_wait_for_a_send_that_it_refuses() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let session = house.turn(to_daena("Hello")).await.reply.session_id;
    for _ in 0..10 {
        let blocked = house.block_writer().await;
        let mut delete = Box::pin(house.chat.delete_session(session, Within::Anywhere));
        assert!(futures_util::poll!(&mut delete).is_pending());
        let send = house.chat.send(to_daena("Wait!").in_session(session));
        let release = async move { drop(blocked) };
        let (deleted, sent, ()) = soon(async { tokio::join!(delete, send, release) }).await;
        deleted.unwrap();
        assert!(matches!(sent, Err(ChatError::NotFound { .. })));
        house.chat.restore_session(session).await.unwrap();
    }
    assert_eq!(house.messages(session).await.len(), 2);
}

#[tokio::test]
async fn what_is_no_reply_in_the_making_cannot_be_stopped() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let turn = house.send(to_daena("Hello")).await;
    let (user, reply) = (turn.user_message.id, turn.reply.id);
    soon(turn.finished()).await.unwrap();
    assert!(is_conflict(house.chat.stop(user).await) && is_conflict(house.chat.stop(reply).await));
    let unknown = MessageId::new(house.chat.ids().next_id());
    assert!(matches!(house.chat.stop(unknown).await, Err(ChatError::NotFound { .. })));
}
