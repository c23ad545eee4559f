//! Stopping everything, locking down, maintaining.

use crate::house::{House, Plan, ollama, read_to, soon, to_agent, to_daena};
use chat_service::domain::MessageState;
use chat_service::{ChatError, ChatService, GatewaySettings, ScriptedModel};
use company_service::Company;
use serde_json::json;
use testkit::{ModelServer, Script};

#[tokio::test]
async fn stopping_all_ends_what_is_made_and_what_waits_and_leaves_what_is_deferred() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let gateway = GatewaySettings { concurrency: 1, ..Plan::default().gateway };
    let house = House::planned(ollama(&server), Plan { gateway, ..Plan::default() }).await;
    house.seed().await;
    house.rule("brain.enabled", json!(false)).await;
    let deferred = house.send(to_agent("hr-talent", "Later")).await.reply.id;
    house.rule("agent.hr-talent.locked", json!(true)).await;
    house.unrule("brain.enabled").await;

    let speaking = house.send(to_daena("Speak")).await;
    let session = speaking.session.id;
    let ids = [
        speaking.reply.id,
        house.send(to_daena("In line").in_session(session)).await.reply.id,
        house.send(to_daena("Waiting for the model server")).await.reply.id,
    ];
    let mut updates = speaking.updates();
    read_to(&mut updates, "Hello from".len()).await;
    let halted = house.chat.halted();
    tokio::pin!(halted);
    assert!(futures_util::poll!(&mut halted).is_pending());
    assert_eq!(soon(house.chat.stop_all()).await, 3);
    soon(halted).await;
    server.wait_for("the generation to end at the server", |stats| stats.streams_cancelled == 1).await;
    for (id, text) in ids.into_iter().zip(["Hello from", "", ""]) {
        let row = house.row(id).await.unwrap();
        assert_eq!((row.state, row.content.as_str()), (MessageState::Stopped, text));
    }
    assert_eq!(house.row(deferred).await.unwrap().state, MessageState::Deferred);
    assert_eq!(house.chat.stop_all().await, 0);
    assert_eq!(server.stats().chats, 1);
    server.set(Script::default());
    assert_eq!(house.turn(to_daena("Go on")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn a_lockdown_stops_what_is_made_refuses_what_comes_and_keeps_what_is_deferred() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let house = House::staffed(ollama(&server)).await;
    let company = Company::new(house.chat.clone());
    house.rule("brain.enabled", json!(false)).await;
    let deferred = house.send(to_agent("hr-talent", "Later")).await.reply.id;
    house.rule("agent.hr-talent.locked", json!(true)).await;
    house.unrule("brain.enabled").await;
    let turn = house.send(to_daena("Speak")).await;
    let stopped = turn.reply.id;
    server.wait_for("it to be held", |stats| stats.held == 1).await;

    let locked = soon(company.lock_down("a quiet day")).await.unwrap();
    assert_eq!(locked.stopped, 1);
    assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Stopped);
    server.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;
    house.is_forbidden(to_daena("Hello")).await;
    assert!(matches!(house.chat.retry(stopped).await, Err(ChatError::Forbidden { .. })));
    assert!(house.chat.brain().await.unwrap().refusal.unwrap().contains("locked down"));
    house.unrule("agent.hr-talent.locked").await;
    let asked = server.stats().requests;
    let house = house.restart(ollama(&server)).await;
    house.is_forbidden(to_daena("Hello")).await;
    house.chat.probe_brain().await.unwrap();
    assert_eq!(server.stats().requests, asked, "no call to the model server");
    assert_eq!(house.row(deferred).await.unwrap().state, MessageState::Deferred);
    let company = Company::new(house.chat.clone());
    server.set(Script::default());
    assert_eq!(company.release().await.unwrap().len(), 1);
    house.chat.probe_brain().await.unwrap();
    house.row_has(deferred, MessageState::Complete).await;
    assert_eq!(house.turn(to_daena("Hello")).await.reply.state, MessageState::Complete);
    let head = house.head();
    assert!(company.release().await.unwrap().is_empty());
    assert_eq!(house.head(), head, "nothing to release is no event");
}

#[tokio::test]
async fn a_reply_that_was_stored_before_a_crash_is_not_made_in_a_lockdown() {
    let model = ScriptedModel::saying("Never.");
    let house = House::new(model.clone()).await;
    model.hold();
    let turn = house.send(to_daena("Hello")).await;
    model.asked_times(1).await;
    let wreck = {
        house.rule("system.read_only", json!(true)).await;
        house.wreck()
    };
    soon(house.chat.shutdown()).await;
    // The lockdown is written where only the file is.
    let idle = ScriptedModel::saying("Never.");
    let at_rest = ChatService::builder()
        .database(wreck.path().join("daena.db"))
        .model(std::sync::Arc::new(idle.clone()))
        .at_rest()
        .start()
        .await
        .unwrap();
    Company::new(at_rest.clone()).lock_down("a quiet day").await.unwrap();
    at_rest.shutdown().await;
    let house = House::open(wreck, idle.clone(), Plan::default()).await;
    let row = house.row_has(turn.reply.id, MessageState::Deferred).await;
    assert!(row.content.contains("locked down by the Founder (a quiet day)"), "{}", row.content);
    assert_eq!(idle.requests(), []);
}

#[tokio::test]
async fn maintenance_refuses_new_turns_and_lets_replies_finish() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let house = House::staffed(ollama(&server)).await;
    let company = Company::new(house.chat.clone());
    let turn = house.send(to_daena("Speak")).await;
    server.wait_for("it to be held", |stats| stats.held == 1).await;
    assert!(company.maintain("a new disk").await.unwrap().is_some());
    match house.chat.send(to_daena("Hello")).await {
        Err(ChatError::Maintenance { detail, seconds: None }) => assert!(detail.contains("a new disk")),
        other => panic!("{other:?}"),
    }
    server.release();
    assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Complete);
    let head = house.head();
    assert!(company.end_maintenance().await.unwrap().is_none());
    let told: Vec<_> =
        house.events_after(head).await.iter().map(|event| event.event_type.to_string()).collect();
    assert_eq!(told, ["founder.override.cleared", "system.maintenance"]);
    server.set(Script::default());
    house.turn(to_daena("Hello")).await;
    let head = house.head();
    assert!(company.end_maintenance().await.unwrap().is_none());
    assert_eq!(house.head(), head, "what has not begun does not end");
}
