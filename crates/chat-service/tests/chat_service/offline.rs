//! Offline is a normal state.

use crate::house::{House, Plan, ollama, soon, to_agent, to_daena, to_department};
use chat_service::domain::{Event, MessageId, MessageState, Position};
use chat_service::{GatewaySettings, ReplyUpdate, ScriptedModel, Within};
use std::time::Duration;
use testkit::{Fault, ModelServer, Script};

async fn away(model: &ScriptedModel, house: &House) {
    model.set_online(false);
    assert!(!house.chat.probe_brain().await.unwrap().status.connected);
}

async fn back(model: &ScriptedModel, house: &House) {
    model.set_online(true);
    assert!(house.chat.probe_brain().await.unwrap().status.connected);
}

/// Which replies were completed, in the order of their events.
async fn completed(house: &House) -> Vec<MessageId> {
    let events = house.events_after(Position::START).await;
    let completed = events.iter().filter_map(|event| match event.decode().unwrap() {
        Event::ChatMessage(message) if message.role == chat_service::domain::Role::Assistant => {
            Some(message.message_id)
        }
        _ => None,
    });
    completed.collect()
}

#[tokio::test]
async fn with_the_brain_known_to_be_away_a_turn_is_deferred_in_one_write() {
    let model = ScriptedModel::saying("Never.");
    let house = House::staffed(model.clone()).await;
    away(&model, &house).await;
    for (message, speaker) in [
        (to_daena("Hello"), "Daena"),
        (to_department("engineering", "Hello"), "Atlas"),
        (to_agent("sales-hunter", "Hello"), "Hunter"),
    ] {
        let turn = house.send(message).await;
        let reply = turn.reply.clone();
        assert_eq!((reply.state.as_str(), reply.model.as_deref()), ("deferred", Some("offline")));
        for part in [speaker, "offline", "is kept", "answer"] {
            assert!(reply.content.contains(part), "{part:?} is missing in {:?}", reply.content);
        }
        assert_eq!(turn.session.last_message.clone().unwrap().speaker_name, speaker);
        let story = house.story(turn.session.id).await;
        assert_eq!(story, ["chat.session.created", "chat.message", "chat.reply.deferred"]);
        let mut updates = turn.updates();
        assert_eq!(updates.next().await, Some(ReplyUpdate::Done(reply.into())));
        assert_eq!(updates.next().await, None);
    }
    assert_eq!(model.requests(), []);
    let brain = house.chat.brain().await.unwrap();
    assert_eq!((brain.deferred_replies, brain.running_replies), (3, 0));
}

#[tokio::test]
async fn an_offline_answer_waits_for_no_probe() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = GatewaySettings { probe_timeout: Duration::from_secs(60), ..Plan::default().gateway };
    let house = House::planned(ollama(&server), Plan { gateway, ..Plan::default() }).await;
    server.stop().await;
    house.chat.probe_brain().await.unwrap();
    server.set(Script { fault_everywhere: true, ..Script::fault(Fault::BlackHole) });
    server.restart().await;
    let asked = server.stats().requests;
    let chat = house.chat.clone();
    let probe = tokio::spawn(async move { chat.probe_brain().await.map(drop) });
    server.wait_for("the probe to hang", |stats| stats.requests > asked).await;
    let turn = tokio::time::timeout(Duration::from_secs(2), house.chat.send(to_daena("Hello")));
    assert_eq!(turn.await.expect("it waited for the probe").unwrap().reply.state, MessageState::Deferred);
    probe.abort();
}

#[tokio::test]
async fn when_the_brain_returns_deferred_replies_are_completed_in_place_oldest_first_and_once() {
    let model = ScriptedModel::new(|asked| vec![format!("re: {}", asked.messages.last().unwrap().content)]);
    let house = House::one_at_a_time(model.clone()).await;
    away(&model, &house).await;
    let mut turns = Vec::new();
    for text in ["one", "two", "three", "four"] {
        turns.push(house.send(to_daena(text)).await);
    }
    let session = turns[1].session.id;
    turns.push(house.send(to_daena("five").in_session(session)).await);
    let ids: Vec<MessageId> = turns.iter().map(|turn| turn.reply.id).collect();
    back(&model, &house).await;
    for (turn, text) in turns.iter().zip(["one", "two", "three", "four", "five"]) {
        let row = house.row_has(turn.reply.id, MessageState::Complete).await;
        assert_eq!((row.content, row.model.as_deref()), (format!("re: {text}"), Some("scripted")));
        assert_eq!((row.id, row.created_at), (turn.reply.id, turn.reply.created_at), "in place");
    }
    assert_eq!(completed(&house).await, ids);
    let asked: Vec<_> =
        model.requests().iter().map(|it| it.messages.last().unwrap().content.clone()).collect();
    assert_eq!(asked, ["one", "two", "three", "four", "five"]);
    let fifth: Vec<_> = model.requests()[4].messages.iter().skip(1).map(|it| it.content.clone()).collect();
    assert_eq!(fifth, ["two", "re: two", "five"], "a notice is no part of the talk");
    house.chat.probe_brain().await.unwrap();
    assert_eq!(model.requests().len(), 5);
    assert_eq!(house.messages(session).await.len(), 4);
}

#[tokio::test]
async fn a_restart_in_between_loses_and_doubles_nothing() {
    let model = ScriptedModel::saying("At last.");
    let house = House::new(model.clone()).await;
    away(&model, &house).await;
    let ids = [house.send(to_daena("one")).await.reply.id, house.send(to_daena("two")).await.reply.id];
    let house = house.restart(model.clone()).await;
    assert!(house.chat.brain().await.unwrap().deferred_replies == 2);
    back(&model, &house).await;
    for id in ids {
        house.row_has(id, MessageState::Complete).await;
    }
    let mut completed = completed(&house).await;
    completed.sort_by_key(|done| ids.iter().position(|id| id == done));
    assert_eq!(completed, ids);
    let house = house.restart(model.clone()).await;
    house.chat.probe_brain().await.unwrap();
    assert_eq!(house.turn(to_daena("three")).await.reply.state, MessageState::Complete);
    assert_eq!(model.requests().len(), 3);
}

#[tokio::test]
async fn a_brain_that_flaps_while_replies_are_answered_completes_each_once() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::one_at_a_time(ollama(&server)).await;
    server.stop().await;
    house.chat.probe_brain().await.unwrap();
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(house.send(to_daena(text)).await.reply.id);
    }
    server.restart().await;
    house.chat.probe_brain().await.unwrap();
    server.wait_for("the first to be asked", |stats| stats.held == 1).await;
    server.stop().await;
    house.row_is(ids[0], "the first to wait again", |row| row.state == MessageState::Deferred).await;
    server.set(Script::default());
    server.restart().await;
    house.chat.probe_brain().await.unwrap();
    for id in &ids {
        house.row_has(*id, MessageState::Complete).await;
    }
    assert_eq!(completed(&house).await, ids);
}

#[tokio::test]
async fn a_deleted_sessions_reply_waits_until_the_session_is_restored() {
    let model = ScriptedModel::saying("At last.");
    let house = House::new(model.clone()).await;
    away(&model, &house).await;
    let (one, two) = (house.send(to_daena("one")).await, house.send(to_daena("two")).await);
    house.chat.delete_session(one.session.id, Within::Anywhere).await.unwrap();
    back(&model, &house).await;
    house.row_has(two.reply.id, MessageState::Complete).await;
    assert_eq!(house.row(one.reply.id).await.unwrap().state, MessageState::Deferred);
    assert_eq!(house.chat.brain().await.unwrap().deferred_replies, 0);
    house.chat.restore_session(one.session.id).await.unwrap();
    house.row_has(one.reply.id, MessageState::Complete).await;
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_session_deleted_while_older_replies_are_answered_is_left_alone() {
    let model = ScriptedModel::saying("At last.");
    let house = House::one_at_a_time(model.clone()).await;
    away(&model, &house).await;
    let mut turns = Vec::new();
    for text in ["one", "two", "three"] {
        turns.push(house.send(to_daena(text)).await);
    }
    model.hold();
    back(&model, &house).await;
    model.asked_times(1).await;
    house.chat.delete_session(turns[1].session.id, Within::Anywhere).await.unwrap();
    model.release();
    house.row_has(turns[2].reply.id, MessageState::Complete).await;
    assert_eq!(house.row(turns[1].reply.id).await.unwrap().state, MessageState::Deferred);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_new_turn_does_not_wait_for_deferred_ones_nor_double_them() {
    let model = ScriptedModel::new(|asked| vec![format!("re: {}", asked.messages.last().unwrap().content)]);
    let house = House::new(model.clone()).await;
    away(&model, &house).await;
    let old = house.send(to_daena("old")).await;
    let session = old.session.id;
    model.set_online(true);
    model.hold();
    house.chat.probe_brain().await.unwrap();
    let new = house.send(to_daena("new").in_session(session)).await;
    model.release();
    assert_eq!(soon(new.finished()).await.unwrap().reply.content, "re: new");
    assert_eq!(house.row_has(old.reply.id, MessageState::Complete).await.content, "re: old");
    assert_eq!(model.requests().len(), 2);
    let stored: Vec<_> = house.messages(session).await.into_iter().map(|it| it.content).collect();
    assert_eq!(stored, ["old", "re: old", "new", "re: new"]);
}

#[tokio::test]
async fn a_turn_deferred_while_the_brain_returns_is_answered_without_another_probe() {
    let model = ScriptedModel::saying("Here.");
    let house = House::new(model.clone()).await;
    away(&model, &house).await;
    let blocked = house.block_writer().await;
    let mut send = Box::pin(house.chat.send(to_daena("Hello")));
    assert!(futures_util::poll!(&mut send).is_pending());
    let queued = async || (house.chat.store().queue_depths().writes > 0).then_some(());
    testkit::wait_until("the turn to be queued", testkit::DEADLINE, queued).await;
    back(&model, &house).await;
    // The returned brain found nothing to do: this read comes after its own.
    house.chat.brain().await.unwrap();
    drop(blocked);
    let turn = send.await.unwrap();
    assert_eq!(turn.reply.state, MessageState::Deferred);
    house.row_has(turn.reply.id, MessageState::Complete).await;
}

#[tokio::test]
async fn a_deferred_agents_reply_is_made_by_the_agents_own_model() {
    let model = ScriptedModel::saying("At last.");
    let house = House::staffed(model.clone()).await;
    house.change_agent("sales-hunter", |agent| agent.model = Some("hunters-own".into())).await;
    assert_eq!(house.turn(to_agent("sales-hunter", "Leads?")).await.reply.state, MessageState::Complete);
    away(&model, &house).await;
    let id = house.send(to_agent("sales-hunter", "Leads?")).await.reply.id;
    back(&model, &house).await;
    house.row_has(id, MessageState::Complete).await;
    let asked: Vec<_> = model.requests().iter().map(|it| it.model.clone()).collect();
    assert_eq!(asked, ["hunters-own", "hunters-own"]);
}

#[tokio::test]
async fn without_a_model_server_sessions_work_all_the_same() {
    let model = ScriptedModel::saying("Never.");
    model.set_online(false);
    let house = House::new(model).await;
    let (begun, _) = house.chat.start_session(None).await.unwrap();
    house.send(to_daena("Hello").in_session(begun.id)).await;
    house.chat.delete_session(begun.id, Within::Anywhere).await.unwrap();
    house.chat.restore_session(begun.id).await.unwrap();
    assert_eq!(house.messages(begun.id).await.len(), 3);
    soon(house.chat.shutdown()).await;
}
