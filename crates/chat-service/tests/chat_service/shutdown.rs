//! Ending the service.

use crate::house::{House, ollama, read_all, read_to, soon, to_daena};
use chat_service::domain::MessageState;
use chat_service::{ChatError, ScriptedModel};
use testkit::{ModelServer, Script};

#[tokio::test]
async fn a_running_reply_is_interrupted_with_its_text_and_a_waiting_one_is_made_at_the_next_start() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let running = house.send(to_daena("Speak")).await;
    let (first, session) = (running.reply.id, running.session.id);
    let mut updates = house.chat.watch_reply(first, 0).await.unwrap();
    read_to(&mut updates, "Hello from".len()).await;
    let waiting = house.send(to_daena("And then?").in_session(session)).await;
    let second = waiting.reply.id;
    let mut waited = house.chat.watch_reply(second, 0).await.unwrap();

    let (running, waiting, ()) =
        soon(async { tokio::join!(running.finished(), waiting.finished(), house.chat.shutdown()) }).await;
    let running = running.unwrap().reply;
    assert_eq!((running.state.as_str(), running.content.as_str()), ("interrupted", "Hello from"));
    assert!(matches!(waiting, Err(ChatError::ShuttingDown)), "{waiting:?}");
    assert_eq!(read_all(&mut updates, "Hello from".len()).await.1.unwrap(), running);
    assert_eq!(read_all(&mut waited, 0).await, (String::new(), None), "a watcher is not left waiting");
    server.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;

    let model = ScriptedModel::saying("Then this.");
    let house = house.restart(model.clone()).await;
    assert_eq!(house.row(first).await.unwrap(), *running);
    assert_eq!(house.row_has(second, MessageState::Complete).await.content, "Then this.");
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test]
async fn a_reply_without_text_yet_is_made_at_the_next_start() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let (finished, ()) = soon(async { tokio::join!(turn.finished(), house.chat.shutdown()) }).await;
    assert!(matches!(finished, Err(ChatError::ShuttingDown)), "{finished:?}");
    let house = house.restart(ScriptedModel::saying("Here.")).await;
    assert_eq!(house.row_has(id, MessageState::Complete).await.content, "Here.");
}

#[tokio::test]
async fn after_a_shutdown_everything_is_refused() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let reply = house.turn(to_daena("Hello")).await.reply;
    house.chat.shutdown().await;
    house.chat.shutdown().await;
    let refused = [
        house.chat.send(to_daena("Hello")).await.map(drop),
        house.chat.message(reply.id).await.map(drop),
        house.chat.watch_reply(reply.id, 0).await.map(drop),
        house.chat.stop(reply.id).await.map(drop),
        house.chat.retry(reply.id).await.map(drop),
        house.chat.start_session(None).await.map(drop),
        house.chat.brain().await.map(drop),
        house.chat.health().await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(ChatError::ShuttingDown)), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_in_a_storm_of_sends_loses_no_turn_that_was_acknowledged() {
    let house = House::new(ScriptedModel::new(|_| vec!["a".into(); 10])).await;
    let sends: Vec<_> = (0..64)
        .map(|number| {
            let (chat, message) = (house.chat.clone(), to_daena(&format!("n{number}")));
            tokio::spawn(
                async move { chat.send(message).await.map(|turn| (turn.user_message.id, turn.reply.id)) },
            )
        })
        .collect();
    tokio::task::yield_now().await;
    soon(house.chat.shutdown()).await;
    let mut acknowledged = Vec::new();
    for send in sends {
        match soon(send).await.unwrap() {
            Ok(ids) => acknowledged.push(ids),
            Err(ChatError::ShuttingDown) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let house = house.restart(ScriptedModel::saying("Yes.")).await;
    for (user, reply) in acknowledged {
        assert!(house.row(user).await.is_some());
        house
            .row_is(reply, "an end", |row| {
                matches!(row.state, MessageState::Complete | MessageState::Interrupted)
            })
            .await;
    }
}

#[tokio::test]
async fn the_file_is_free_after_a_shutdown() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let file = house.file();
    house.chat.shutdown().await;
    assert!(!file.with_extension("db-wal").exists(), "all is in the one file");
    house.restart(ScriptedModel::saying("Yes.")).await;
}
