//! Fresh state equals old state plus events, after every command.

use crate::house::{House, ollama, soon, to_agent, to_daena, to_department};
use crate::replica::Replica;
use chat_service::domain::{MessageState, ScopeType, SessionCategory, SessionId};
use chat_service::{NewSession, Recipient, ScriptedModel, SendMessage, SessionEdit, Within};
use testkit::{Fault, ModelServer, Script};

fn goes_on(session: SessionId, text: &str) -> SendMessage {
    SendMessage::new(Recipient::Session, text).in_session(session)
}

#[tokio::test]
async fn turns_of_every_kind_are_told_by_their_events() {
    let house = House::staffed(ScriptedModel::saying("Certainly.")).await;
    let mut replica = Replica::default();
    for message in
        [to_daena("First"), to_department("engineering", "Status?"), to_agent("sales-hunter", "Leads?")]
    {
        let turn = house.send(message).await;
        let session = turn.session.id;
        soon(turn.finished()).await.unwrap();
        replica.follows(&house).await;
        house.turn(goes_on(session, "And now?")).await;
        replica.follows(&house).await;
    }
}

#[tokio::test]
async fn sessions_made_changed_deleted_restored_and_purged_are_told_by_their_events() {
    let house = House::staffed(ScriptedModel::saying("Certainly.")).await;
    let (chat, mut replica) = (&house.chat, Replica::default());
    let (begun, welcome) = chat.start_session(None).await.unwrap();
    assert_eq!(begun.message_count, 1);
    assert_eq!(begun.last_message.unwrap().created_at, welcome.created_at);
    replica.follows(&house).await;
    house.turn(goes_on(begun.id, "It gives the title")).await;
    replica.follows(&house).await;
    let named = NewSession {
        title: Some("Named".into()),
        scope_type: ScopeType::Department,
        scope_id: Some("engineering".into()),
    };
    let named = chat.create_session(named).await.unwrap().id;
    replica.follows(&house).await;
    for edit in [
        SessionEdit { title: Some("Renamed".into()), ..SessionEdit::default() },
        SessionEdit { pinned: Some(true), archived: Some(true), ..SessionEdit::default() },
        SessionEdit { category: Some(SessionCategory::General), ..SessionEdit::default() },
        SessionEdit::default(),
    ] {
        chat.edit_session(named, edit).await.unwrap();
        replica.follows(&house).await;
    }
    house.turn(goes_on(named, "Hello")).await;
    chat.delete_session(begun.id, Within::Anywhere).await.unwrap();
    replica.follows(&house).await;
    chat.delete_session(named, Within::Anywhere).await.unwrap();
    replica.follows(&house).await;
    let restored = chat.restore_session(begun.id).await.unwrap();
    assert_eq!(restored, house.session(begun.id).await);
    replica.follows(&house).await;
    chat.purge_session(named).await.unwrap();
    replica.follows(&house).await;
    chat.purge_session(begun.id).await.unwrap();
    replica.follows(&house).await;
}

#[tokio::test]
async fn a_deferred_reply_that_is_answered_or_stopped_is_told_by_its_events() {
    let model = ScriptedModel::saying("At last.");
    let house = House::new(model.clone()).await;
    let mut replica = Replica::default();
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let first = house.send(to_daena("Are you there?")).await;
    replica.follows(&house).await;
    let second = house.send(goes_on(first.session.id, "Never mind")).await;
    replica.follows(&house).await;
    house.chat.stop(second.reply.id).await.unwrap();
    replica.follows(&house).await;
    assert_eq!(
        house.session(first.session.id).await.last_message.unwrap().preview.as_str(),
        "Never mind",
        "the notice is gone, and with it what the session shows of it"
    );
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    house.row_has(first.reply.id, MessageState::Complete).await;
    replica.follows(&house).await;
}

#[tokio::test]
async fn failed_stopped_and_retried_replies_are_told_by_their_events() {
    let server = ModelServer::start(Script::fault(Fault::DropAfter(2))).await;
    let house = House::new(ollama(&server)).await;
    let mut replica = Replica::default();
    let failed = house.turn(to_daena("Tell me")).await.reply;
    assert_eq!(failed.state.as_str(), "failed");
    replica.follows(&house).await;

    server.set(Script { hold_after: Some(0), ..Script::default() });
    house.chat.retry(failed.id).await.unwrap();
    server.wait_for("the retry to be held", |stats| stats.held == 1).await;
    replica.follows(&house).await;
    let waiting = house.send(goes_on(failed.session_id, "One more")).await;
    replica.follows(&house).await;
    house.chat.stop(waiting.reply.id).await.unwrap();
    replica.follows(&house).await;
    house.chat.stop(failed.id).await.unwrap();
    replica.follows(&house).await;

    server.set(Script::fault(Fault::Status(500)));
    house.chat.retry(failed.id).await.unwrap();
    house.row_is(failed.id, "the retry to fail", |row| matches!(row.state, MessageState::Failed(_))).await;
    replica.follows(&house).await;
}

#[tokio::test]
async fn deleting_a_session_in_the_middle_of_a_reply_is_told_by_its_events() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let mut replica = Replica::default();
    let turn = house.send(to_daena("A long story, please")).await;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    house.chat.delete_session(turn.session.id, Within::Anywhere).await.unwrap();
    replica.follows(&house).await;
    server.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;
    house.chat.restore_session(turn.session.id).await.unwrap();
    replica.follows(&house).await;
}

#[tokio::test]
async fn purging_a_session_in_the_middle_of_a_reply_leaves_nothing_of_it() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let mut replica = Replica::default();
    let turn = house.send(to_daena("A long story, please")).await;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    house.chat.purge_session(turn.session.id).await.unwrap();
    server.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;
    assert_eq!(house.row(turn.reply.id).await, None);
    replica.follows(&house).await;
    assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Stopped);
}

#[tokio::test]
async fn what_a_restart_takes_up_is_told_by_its_events() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let mut replica = Replica::default();
    let first = house.send(to_daena("Tell me")).await;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let second = house.send(goes_on(first.session.id, "And then?")).await;
    house.row_has(first.reply.id, MessageState::Streaming).await;
    let house = house.restart(ScriptedModel::saying("Then this.")).await;
    house.row_has(first.reply.id, MessageState::Interrupted).await;
    house.row_has(second.reply.id, MessageState::Complete).await;
    replica.follows(&house).await;
}
