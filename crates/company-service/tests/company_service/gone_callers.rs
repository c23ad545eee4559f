//! Who asked goes away before it is answered, as when a connection breaks: what was asked for is done to its end.

use crate::house::{ATLAS, House, slug};
use chat_service::{Recipient, SendMessage, Within};
use company_service::{NewDebate, NewDepartment, SetOverride};
use domain::{DebateStatus, SessionId, TaskStatus};
use futures_util::FutureExt;
use serde_json::json;
use std::future::Future;
use testkit::{DEADLINE, ModelServer, Script, wait_until};

/// A server that stops after its first token, until it is let go on.
async fn holding() -> ModelServer {
    ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await
}

/// Begins it, and goes away.
#[track_caller]
fn begun<T>(asked: impl Future<Output = T>) {
    assert!(asked.now_or_never().is_none(), "it was answered at once");
}

impl House {
    async fn debate(&self) -> SessionId {
        let new = NewDebate { topic: "Shall we?".into(), rounds: Some(1), ..NewDebate::default() };
        self.company.start_debate(slug("finance"), new).await.unwrap().debate.id
    }
}

/// Waits for the first token of what is asked next.
async fn held(server: &ModelServer) {
    server.wait_for("somebody to speak", |stats| stats.held == 1).await;
}

#[tokio::test]
async fn a_cancelled_tasks_generation_ends() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    let task = house.begin("Report", ATLAS).await;
    held(&server).await;
    begun(house.company.cancel_task(task.id));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    house.until_status(task.id, TaskStatus::Cancelled).await;
    house.end().await;
}

#[tokio::test]
async fn a_stopped_debates_generation_ends() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    let id = house.debate().await;
    held(&server).await;
    begun(house.company.stop_debate(id));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    assert_eq!(house.company.debate_record(id).await.unwrap().debate.status, DebateStatus::Cancelled);
    house.end().await;
}

#[tokio::test]
async fn a_debate_that_is_to_be_summed_up_stops_who_speaks() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    let id = house.debate().await;
    held(&server).await;
    begun(house.company.synthesize_debate(id));
    server.wait_for("Daena to be asked", |stats| stats.chats == 2).await;
    server.release();
    house.end().await;
}

#[tokio::test]
async fn what_is_made_in_a_deleted_session_ends() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    let turn = house.chat.send(SendMessage::new(Recipient::Daena, "Hi")).await.unwrap();
    held(&server).await;
    begun(house.chat.delete_session(turn.session.id, Within::Anywhere));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    house.end().await;
}

#[tokio::test]
async fn the_lock_of_a_deleted_department_has_no_effect_any_more() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    let new = NewDepartment { name: "Labs".into(), ..NewDepartment::default() };
    house.company.create_department(new).await.unwrap();
    let lock = SetOverride { value: json!(true), reason: "a review".into(), expires_at: None };
    house.company.set_override("department.labs.locked", lock).await.unwrap();
    begun(house.company.delete_department(slug("labs")));
    wait_until("the rules to know", DEADLINE, async || {
        (house.chat.rules().in_force().count() == 0).then_some(())
    })
    .await;
    house.end().await;
}

#[tokio::test]
async fn a_deleted_agents_reply_ends_and_its_lock_has_no_effect_any_more() {
    let server = holding().await;
    let house = House::with_server(&server).await;
    house.chat.send(SendMessage::new(Recipient::Agent(slug(ATLAS)), "Hi")).await.unwrap();
    held(&server).await;
    let lock = SetOverride { value: json!(true), reason: "a review".into(), expires_at: None };
    house.company.set_override("agent.engineering-atlas.locked", lock).await.unwrap();
    begun(house.company.delete_agent(slug(ATLAS)));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    assert_eq!(house.chat.rules().in_force().count(), 0);
    house.end().await;
}
