//! Agents, made and changed.

use crate::house::{ATLAS, House, is_conflict, is_not_found, refused_in, slug};
use chat_service::{Recipient, ScriptedModel, SendMessage};
use company_service::{AgentEdit, CompanyError, NewAgent, SetOverride};
use domain::{AgentStatus, MessageState};
use serde_json::json;
use testkit::{DEADLINE, wait_until};

fn tester() -> NewAgent {
    let edit = AgentEdit { name: Some("Probe".into()), role: Some("Tester".into()), ..AgentEdit::default() };
    NewAgent { slug: None, department_id: "engineering".into(), edit }
}

fn named(name: &str) -> AgentEdit {
    AgentEdit { name: Some(name.into()), ..AgentEdit::default() }
}

#[tokio::test]
async fn an_agent_is_made_changed_and_deleted_with_one_event_each() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let head = house.head();
    let made = house.company.create_agent(tester()).await.unwrap();
    assert_eq!((made.slug.as_str(), made.kind.as_str(), made.position), ("engineering-probe", "support", 6));
    let edit = AgentEdit {
        kind: Some("technical".into()),
        status: Some(AgentStatus::Disabled),
        model: Some(Some("scripted".into())),
        system_prompt: Some(Some("Be brief.\nAlways.".into())),
        params: Some(serde_json::from_str(r#"{"temperature": 0}"#).unwrap()),
        ..named("Renamed")
    };
    let changed = house.company.edit_agent(made.slug.clone(), edit.clone()).await.unwrap();
    assert_eq!((changed.slug.as_str(), changed.name.as_str()), ("engineering-probe", "Renamed"));
    assert_eq!(changed.model.as_deref(), Some("scripted"));
    assert_eq!(house.company.agent(made.slug.clone()).await.unwrap(), changed);
    assert_eq!(house.company.edit_agent(made.slug.clone(), edit).await.unwrap(), changed);
    let emptied = AgentEdit { model: Some(None), system_prompt: Some(None), ..AgentEdit::default() };
    let emptied = house.company.edit_agent(made.slug.clone(), emptied).await.unwrap();
    assert_eq!((emptied.model, emptied.system_prompt), (None, None));
    house.company.delete_agent(made.slug.clone()).await.unwrap();
    is_not_found(house.company.agent(made.slug).await);
    assert_eq!(
        house.told_after(head).await,
        ["agent.created", "agent.updated", "agent.updated", "agent.deleted"],
        "an edit that changes nothing tells nothing"
    );
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_field_and_writes_nothing() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let head = house.head();
    for (edit, field) in [
        (named("two\nlines"), "name"),
        (AgentEdit { role: Some(String::new()), ..AgentEdit::default() }, "role"),
        (AgentEdit { kind: Some("magical".into()), ..AgentEdit::default() }, "type"),
        (AgentEdit { status: Some(AgentStatus::Working), ..AgentEdit::default() }, "status"),
        (AgentEdit { model: Some(Some("no-such-model".into())), ..AgentEdit::default() }, "model"),
        (AgentEdit { model: Some(Some("x".repeat(201))), ..AgentEdit::default() }, "model"),
        (
            AgentEdit { system_prompt: Some(Some("x".repeat(20_001))), ..AgentEdit::default() },
            "system_prompt",
        ),
    ] {
        assert_eq!(refused_in(house.company.edit_agent(slug(ATLAS), edit.clone()).await), field);
        let new = NewAgent { edit: AgentEdit { role: edit.role.or(Some("r".into())), ..edit }, ..tester() };
        let new =
            NewAgent { edit: AgentEdit { name: new.edit.name.or(Some("n".into())), ..new.edit }, ..new };
        assert_eq!(refused_in(house.company.create_agent(new).await), field);
    }
    for reserved in ["activity", "daena"] {
        let reserved = NewAgent { slug: Some(reserved.into()), ..tester() };
        assert_eq!(refused_in(house.company.create_agent(reserved).await), "slug");
    }
    for taken in [ATLAS, "engineering"] {
        is_conflict(house.company.create_agent(NewAgent { slug: Some(taken.into()), ..tester() }).await);
    }
    is_not_found(house.company.create_agent(NewAgent { department_id: "magic".into(), ..tester() }).await);
    let to_nowhere = AgentEdit { department_id: Some("No slug".into()), ..AgentEdit::default() };
    is_not_found(house.company.edit_agent(slug(ATLAS), to_nowhere).await);
    is_not_found(house.company.edit_agent(slug("nobody"), named("x")).await);
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn while_the_brain_is_away_a_model_that_was_there_last_may_be_named() {
    let model = ScriptedModel::saying("Hello.");
    let house = House::new(&model).await;
    wait_until("what is there to be told", DEADLINE, async || {
        house.chat.store().read(|tx| tx.brain().known()).await.unwrap().filter(|known| known.state.connected)
    })
    .await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let named = |model: &str| AgentEdit { model: Some(Some(model.into())), ..AgentEdit::default() };
    wait_until("it to be known", DEADLINE, async || house.chat.check_model("scripted").await.ok()).await;
    house.company.edit_agent(slug(ATLAS), named("scripted")).await.unwrap();
    let refused = house.company.edit_agent(slug(ATLAS), named("not-yet-here")).await.unwrap_err();
    assert!(matches!(refused, CompanyError::Unprocessable { field: "model", .. }), "{refused:?}");
    house.end().await;
}

#[tokio::test]
async fn a_paused_agent_finishes_what_it_has_begun_and_begins_nothing() {
    let model = ScriptedModel::saying("Hello.");
    let house = House::new(&model).await;
    model.hold();
    let to_atlas = || SendMessage::new(Recipient::Agent(slug(ATLAS)), "Hi");
    let running = house.chat.send(to_atlas()).await.unwrap();
    model.asked_times(1).await;
    let head = house.head();
    assert_eq!(house.company.pause_agent(slug(ATLAS)).await.unwrap().status, AgentStatus::Paused);
    assert_eq!(house.company.pause_agent(slug(ATLAS)).await.unwrap().status, AgentStatus::Paused);
    let to_idle = AgentEdit { status: Some(AgentStatus::Idle), ..AgentEdit::default() };
    is_conflict(house.company.edit_agent(slug(ATLAS), to_idle).await);
    assert!(house.chat.send(to_atlas()).await.is_err());
    assert_eq!(house.told_after(head).await, ["agent.paused"]);
    model.release();
    assert_eq!(running.finished().await.unwrap().reply.state, MessageState::Complete);
    let head = house.head();
    assert_eq!(house.company.resume_agent(slug(ATLAS)).await.unwrap().status, AgentStatus::Idle);
    assert_eq!(house.told_after(head).await, ["agent.resumed"]);
    assert!(house.chat.send(to_atlas()).await.is_ok());
    let disabled = AgentEdit { status: Some(AgentStatus::Disabled), ..AgentEdit::default() };
    house.company.edit_agent(slug(ATLAS), disabled).await.unwrap();
    is_conflict(house.company.pause_agent(slug(ATLAS)).await);
    is_conflict(house.company.resume_agent(slug(ATLAS)).await);
    house.end().await;
}

#[tokio::test]
async fn a_reset_gives_an_agent_of_the_seed_its_first_values_back() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let before = house.company.agent(slug(ATLAS)).await.unwrap();
    let edit = AgentEdit {
        department_id: Some("legal".into()),
        system_prompt: Some(Some("Rhyme.".into())),
        status: Some(AgentStatus::Disabled),
        ..named("Hercules")
    };
    house.company.edit_agent(slug(ATLAS), edit).await.unwrap();
    let reset = house.company.reset_agent(slug(ATLAS)).await.unwrap();
    assert_eq!(domain::Agent { updated_at: before.updated_at, ..reset }, before);
    let head = house.head();
    house.company.reset_agent(slug(ATLAS)).await.unwrap();
    assert_eq!(house.head(), head, "nothing was left to reset");
    let own = house.company.create_agent(tester()).await.unwrap();
    is_conflict(house.company.reset_agent(own.slug).await);
    house.end().await;
}

#[tokio::test]
async fn a_deleted_agents_reply_is_stopped_and_its_session_stays() {
    let model = ScriptedModel::saying("Hello.");
    let house = House::new(&model).await;
    model.hold();
    let turn = house.chat.send(SendMessage::new(Recipient::Agent(slug(ATLAS)), "Hi")).await.unwrap();
    let session = turn.session.id;
    model.asked_times(1).await;
    house.company.delete_agent(slug(ATLAS)).await.unwrap();
    assert_eq!(turn.finished().await.unwrap().reply.state, MessageState::Stopped);
    assert_eq!(house.messages(session).await.len(), 2);
    house.end().await;
}

#[tokio::test]
async fn an_agent_made_under_the_name_of_one_that_was_locked_is_not() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let made = house.company.create_agent(tester()).await.unwrap();
    let to_it = || SendMessage::new(Recipient::Agent(made.slug.clone()), "Hi");
    let lock = SetOverride { value: json!(true), reason: "a review".into(), expires_at: None };
    house.company.set_override("agent.engineering-probe.locked", lock).await.unwrap();
    assert!(house.chat.send(to_it()).await.is_err());
    let head = house.head();
    house.company.delete_agent(made.slug.clone()).await.unwrap();
    assert_eq!(house.told_after(head).await, ["founder.override.cleared", "agent.deleted"]);
    house.company.create_agent(tester()).await.unwrap();
    house.chat.send(to_it()).await.unwrap().finished().await.unwrap();
    assert!(house.company.overrides().await.unwrap().page.items.is_empty());
    house.end().await;
}
