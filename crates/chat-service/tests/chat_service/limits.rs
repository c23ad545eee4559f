//! What is too much.

use crate::house::{House, Plan, ollama, soon, to_daena};
use chat_service::domain::MessageState;
use chat_service::{ChatError, ChatLimits, ScriptedModel};
use testkit::{ModelServer, Script};

fn at_most(max_open_replies: usize) -> Plan {
    Plan { limits: ChatLimits { max_open_replies, ..Plan::default().limits }, ..Plan::default() }
}

#[tokio::test]
async fn more_open_replies_than_allowed_are_busy_and_leave_nothing() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::planned(model.clone(), at_most(2)).await;
    model.hold();
    let turns = [house.send(to_daena("one")).await, house.send(to_daena("two")).await];
    let head = house.head();
    let error = house.chat.send(to_daena("three")).await.unwrap_err();
    assert!(matches!(error, ChatError::Busy), "{error}");
    assert_eq!(house.head(), head);
    model.release();
    for turn in turns {
        soon(turn.finished()).await.unwrap();
    }
    assert_eq!(house.turn(to_daena("three")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn refused_deferred_and_repeated_turns_take_up_no_room() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::planned(model.clone(), at_most(1)).await;
    let again = || crate::house::identified("id", to_daena("Once"));
    house.turn(again()).await;
    for _ in 0..3 {
        house.turn(again()).await;
        let unknown = chat_service::domain::SessionId::new(house.chat.ids().next_id());
        house.chat.send(to_daena("x").in_session(unknown)).await.unwrap_err();
    }
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    for _ in 0..3 {
        assert_eq!(house.send(to_daena("x")).await.reply.state, MessageState::Deferred);
    }
}

#[tokio::test]
async fn a_retry_is_counted_too() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::planned(ollama(&server), at_most(1)).await;
    let failed = house.turn_that_fails(&server).await;
    server.set(Script { hold_after: Some(0), ..Script::default() });
    let running = house.send(to_daena("Speak")).await;
    let error = house.chat.retry(failed.id).await.unwrap_err();
    assert!(matches!(error, ChatError::Busy), "{error}");
    assert_eq!(house.row(failed.id).await.unwrap(), failed);
    server.release();
    soon(running.finished()).await.unwrap();
}

#[tokio::test]
async fn a_reply_whose_end_finds_the_database_busy_is_stored_when_it_is_not() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::planned(ollama(&server), Plan { queue: 16, ..Plan::default() }).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let jammed = house.jam_writer().await;
    server.release();
    server.wait_for("the answer to end", |stats| stats.streams_finished == 1).await;
    let text = async || (house.message(id).await.content == "Hello from the model.").then_some(());
    testkit::wait_until("the text to be there", testkit::DEADLINE, text).await;
    drop(jammed);
    let reply = soon(turn.finished()).await.unwrap().reply;
    assert_eq!(house.row(id).await.unwrap(), *reply);
    assert_eq!(reply.state, MessageState::Complete);
}
