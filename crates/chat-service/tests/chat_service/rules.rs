//! What the Founder overrides has its effect on every turn, and only while it is in force.

use crate::house::{House, Plan, ollama, slug_of, soon, to_agent, to_daena, to_department};
use chat_service::domain::{Clock, Event, Limit, MessageState, Position, ScopeType, SessionId, Timestamp};
use chat_service::{ChatError, ChatService, NewSession, Recipient, ScriptedModel, SendMessage};
use company_service::{Company, CompanyError, SetOverride};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::{ModelServer, Script};

fn set(value: Value) -> SetOverride {
    SetOverride { value, reason: "a quiet day".to_owned(), expires_at: None }
}

impl House {
    fn company(&self) -> Company {
        Company::new(self.chat.clone())
    }

    pub(crate) async fn rule(&self, key: &str, value: Value) {
        self.company().set_override(key, set(value)).await.unwrap();
    }

    pub(crate) async fn unrule(&self, key: &str) {
        self.company().clear_override(key).await.unwrap();
    }

    /// Sends what must be refused as forbidden, with the reason, and that nothing of it is stored.
    pub(crate) async fn is_forbidden(&self, message: SendMessage) {
        let head = self.head();
        match self.chat.send(message).await {
            Err(ChatError::Forbidden { detail }) => assert!(detail.contains("a quiet day"), "{detail}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.head(), head);
    }

    async fn empty_session(&self, scope_type: ScopeType) -> SessionId {
        let new = NewSession { title: None, scope_type, scope_id: None };
        self.chat.create_session(new).await.unwrap().id
    }
}

/// A turn through each door.
fn doors() -> [SendMessage; 3] {
    [
        to_daena("Are you there?"),
        to_department("hr", "Are you there?"),
        to_agent("sales-hunter", "Are you there?"),
    ]
}

#[tokio::test]
async fn switched_off_the_brain_is_not_asked_anything_and_what_waited_is_answered_when_it_is_on_again() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::staffed(ollama(&server)).await;
    house.rule("brain.enabled", json!(false)).await;
    let asked = server.stats().requests;
    let mut ids = Vec::new();
    for message in doors() {
        let turn = house.send(message).await;
        assert_eq!((turn.reply.state.as_str(), turn.reply.model.as_deref()), ("deferred", Some("offline")));
        for part in ["switched off by the Founder (a quiet day)", "is kept", &turn.reply.speaker.name] {
            assert!(turn.reply.content.contains(part), "{part:?} is missing in {:?}", turn.reply.content);
        }
        ids.push(turn.reply.id);
    }
    let brain = house.chat.probe_brain().await.unwrap();
    assert!(brain.refusal.unwrap().contains("a quiet day"));
    assert_eq!((brain.deferred_replies, server.stats().requests), (3, asked));
    house.unrule("brain.enabled").await;
    for id in ids {
        house.row_has(id, MessageState::Complete).await;
    }
    assert_eq!(house.chat.brain().await.unwrap().refusal, None);
}

#[tokio::test]
async fn a_brain_that_is_switched_off_stays_so_after_a_restart_and_is_not_even_probed() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::staffed(ollama(&server)).await;
    house.rule("brain.enabled", json!(false)).await;
    let asked = server.stats().requests;
    let house = house.restart(ollama(&server)).await;
    let id = house.send(to_daena("Hello")).await.reply.id;
    house.row_has(id, MessageState::Deferred).await;
    house.chat.probe_brain().await.unwrap();
    assert_eq!(server.stats().requests, asked);
    house.unrule("brain.enabled").await;
    house.row_has(id, MessageState::Complete).await;
}

#[tokio::test]
async fn the_founders_model_wins_over_the_active_one_and_not_over_one_that_is_named() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::staffed(model.clone()).await;
    house.change_agent("sales-hunter", |agent| agent.model = Some("hunters-own".into())).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    // While nobody knows which models there are, any may be named.
    house.rule("brain.model", json!("founders-own")).await;
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let refused = house.company().set_override("brain.model", set(json!("unheard-of"))).await.unwrap_err();
    assert!(matches!(refused, CompanyError::Unprocessable { field: "value", .. }), "{refused:?}");
    assert_eq!(house.chat.brain().await.unwrap().active_model.as_deref(), Some("founders-own"));
    house.turn(to_daena("One")).await;
    house.turn(to_agent("sales-hunter", "Two")).await;
    house.turn(SendMessage { model: Some("scripted".into()), ..to_daena("Three") }).await;
    house.unrule("brain.model").await;
    house.turn(to_daena("Four")).await;
    let asked: Vec<_> = model.requests().into_iter().map(|it| it.model).collect();
    assert_eq!(asked, ["founders-own", "hunters-own", "scripted", "scripted"]);
}

#[tokio::test]
async fn a_provider_that_the_routing_forbids_is_as_good_as_offline() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::staffed(ollama(&server)).await;
    house.rule("brain.routing", json!("api_only")).await;
    let asked = server.stats().requests;
    let reply = house.send(to_daena("Hello")).await.reply;
    assert_eq!(reply.state, MessageState::Deferred);
    assert!(reply.content.contains("only models elsewhere are allowed"), "{}", reply.content);
    assert_eq!(house.chat.brain().await.unwrap().routing.as_str(), "api_only");
    assert_eq!(server.stats().requests, asked);
    house.rule("brain.routing", json!("hybrid")).await;
    house.row_has(reply.id, MessageState::Complete).await;
    house.rule("brain.routing", json!("local_only")).await;
    assert_eq!(house.turn(to_daena("And now?")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn while_daena_is_paused_only_departments_and_agents_take_turns() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let (executive, general) =
        (house.empty_session(ScopeType::Executive).await, house.empty_session(ScopeType::General).await);
    house.rule("daena.paused", json!(true)).await;
    house.is_forbidden(to_daena("Hello")).await;
    for session in [executive, general] {
        house.is_forbidden(SendMessage::new(Recipient::Session, "Hello").in_session(session)).await;
    }
    assert!(matches!(house.chat.start_session(None).await, Err(ChatError::Forbidden { .. })));
    for message in [to_department("hr", "Hello"), to_agent("sales-hunter", "Hello")] {
        assert_eq!(house.turn(message).await.reply.state, MessageState::Complete);
    }
    house.rule("daena.paused", json!(false)).await;
    assert_eq!(house.turn(to_daena("Hello")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn the_founders_instructions_are_in_every_system_prompt() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::staffed(model.clone()).await;
    house.rule("daena.instructions", json!("Speak of the sea.")).await;
    house.turn(to_daena("Where to?")).await;
    house.turn(to_agent("sales-hunter", "Where to?")).await;
    house.turn(to_department("hr", "Where shall the company go this year?")).await;
    let told = |from: usize| {
        let requests = model.requests();
        let prompts = requests[from..].iter().map(|it| it.messages[0].content.contains("Speak of the sea."));
        prompts.collect::<Vec<_>>()
    };
    assert_eq!(told(0), [true; 2 + 6]);
    house.unrule("daena.instructions").await;
    house.turn(to_daena("And now?")).await;
    assert_eq!(told(8), [false]);
}

#[tokio::test]
async fn a_locked_department_locks_its_agents_and_no_others() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let session = house.turn(to_agent("hr-talent", "Before")).await.reply.session_id;
    house.rule("department.hr.locked", json!(true)).await;
    house.is_forbidden(to_department("hr", "Hello")).await;
    house.is_forbidden(to_agent("hr-talent", "Hello")).await;
    house.is_forbidden(SendMessage::new(Recipient::Session, "Hello").in_session(session)).await;
    let through = Recipient::DepartmentAgent { department: slug_of("hr"), agent: slug_of("hr-talent") };
    house.is_forbidden(SendMessage::new(through, "Hello")).await;
    house.turn(to_department("legal", "Hello")).await;
    house.unrule("department.hr.locked").await;
    assert_eq!(house.turn(to_agent("hr-talent", "Hello")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn a_locked_agent_gives_no_notes_and_the_next_one_speaks() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    house.rule("agent.hr-harmony.locked", json!(true)).await;
    house.rule("agent.hr-culture.locked", json!(true)).await;
    house.is_forbidden(to_agent("hr-harmony", "Hello")).await;
    let reply = house.turn(to_department("hr", "Whom shall we hire this year?")).await.reply;
    assert_eq!(reply.speaker.id, "hr-talent");
    let noted: Vec<_> = reply.notes.iter().map(|note| note.agent_id.as_str()).collect();
    assert_eq!(noted.len(), 3);
    assert!(!noted.contains(&"hr-culture") && !noted.contains(&"hr-harmony"), "{noted:?}");
    house.unrule("agent.hr-harmony.locked").await;
    let reply = house.turn(to_department("hr", "And whom next year?")).await.reply;
    assert_eq!((reply.speaker.id.as_str(), reply.notes.len()), ("hr-harmony", 4));
}

#[tokio::test]
async fn a_locked_agents_deferred_reply_waits_for_its_key_and_holds_nobody_back() {
    let model = ScriptedModel::saying("At last.");
    let house = House::staffed(model.clone()).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let locked = house.send(to_agent("hr-talent", "Hello")).await.reply.id;
    let free = house.send(to_agent("sales-hunter", "Hello")).await.reply.id;
    house.rule("agent.hr-talent.locked", json!(true)).await;
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    house.row_has(free, MessageState::Complete).await;
    assert_eq!(house.row(locked).await.unwrap().state, MessageState::Deferred);
    house.unrule("agent.hr-talent.locked").await;
    house.row_has(locked, MessageState::Complete).await;
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_reply_whose_speaker_is_locked_while_it_stands_in_line_is_put_off_with_the_reason() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::staffed(ollama(&server)).await;
    let first = house.send(to_agent("hr-talent", "One")).await;
    let session = first.session.id;
    let second = house.send(to_agent("hr-talent", "Two").in_session(session)).await.reply.id;
    server.wait_for("the first to be asked", |stats| stats.held == 1).await;
    house.rule("agent.hr-talent.locked", json!(true)).await;
    server.set(Script::default());
    server.release();
    assert_eq!(soon(first.finished()).await.unwrap().reply.state, MessageState::Complete);
    let held = house.row_has(second, MessageState::Deferred).await;
    assert!(held.content.contains("locked by the Founder: a quiet day"), "{}", held.content);
    assert!(matches!(house.chat.retry(second).await, Err(ChatError::Forbidden { .. })));
    assert_eq!(server.stats().chats, 1);
    house.unrule("agent.hr-talent.locked").await;
    house.row_has(second, MessageState::Complete).await;
}

/// A clock that is set by hand.
#[derive(Clone)]
struct HandClock(Arc<AtomicI64>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn an_override_has_no_effect_from_the_moment_it_expires_and_is_then_cleared_with_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let clock = HandClock(Arc::new(AtomicI64::new(1_000)));
    let chat = ChatService::builder()
        .database(folder.path().join("daena.db"))
        .model(Arc::new(ScriptedModel::saying("Yes.")))
        .gateway(Plan::default().gateway)
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .unwrap();
    let house = House::around(chat, folder);
    house.chat.probe_brain().await.unwrap();
    let company = house.company();
    let paused = SetOverride { expires_at: Some(Timestamp::from_micros(2_000)), ..set(json!(true)) };
    company.set_override("daena.paused", paused.clone()).await.unwrap();
    clock.0.store(1_999, Ordering::SeqCst);
    house.is_forbidden(to_daena("Hello")).await;
    assert_eq!(company.clear_expired().await.unwrap(), 0);
    clock.0.store(2_000, Ordering::SeqCst);
    assert_eq!(house.turn(to_daena("Hello")).await.reply.state, MessageState::Complete);
    assert!(company.overrides().await.unwrap().page.items.is_empty());
    let head = house.head();
    assert_eq!(company.clear_expired().await.unwrap(), 1);
    assert_eq!(company.clear_expired().await.unwrap(), 0);
    let events = house.events_after(head).await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let Event::FounderOverrideCleared(cleared) = event.decode().unwrap() else { panic!("{event:?}") };
    assert_eq!((cleared.why.as_str(), cleared.was.reason.as_str()), ("expired", "a quiet day"));
    assert_eq!(&*event.created_by, "system");
    let late = company.set_override("daena.paused", paused).await.unwrap_err();
    assert!(matches!(late, CompanyError::Unprocessable { field: "expires_at", .. }), "{late:?}");
}

#[tokio::test]
async fn each_change_of_an_override_is_one_event_with_the_reason_and_a_refusal_is_none() {
    let house = House::staffed(ScriptedModel::saying("Yes.")).await;
    let company = house.company();
    let head = house.head();
    for (key, value) in
        [("daena.paused", json!(1)), ("nothing", json!(true)), ("agent.nobody.locked", json!(true))]
    {
        company.set_override(key, set(value)).await.unwrap_err();
    }
    let wordy = SetOverride { reason: "x".repeat(501), ..set(json!(true)) };
    company.set_override("daena.paused", wordy).await.unwrap_err();
    company.clear_override("daena.paused").await.unwrap_err();
    assert_eq!(house.head(), head);
    house.rule("daena.paused", json!(true)).await;
    house.rule("daena.paused", json!(true)).await;
    house.unrule("daena.paused").await;
    company.clear_override("daena.paused").await.unwrap_err();
    let filter = chat_service::domain::EventFilter::default();
    let page = house.chat.events_after(head, filter, Limit::default()).await.unwrap();
    let told: Vec<_> = page
        .events
        .iter()
        .map(|event| (&*event.event_type, &*event.entity_type, &*event.entity_id, &*event.created_by))
        .collect();
    let set = ("founder.override.set", "founder", "daena.paused", "founder");
    assert_eq!(told, [set, set, ("founder.override.cleared", "founder", "daena.paused", "founder")]);
    for event in &page.events {
        assert!(event.payload.get().contains("a quiet day"), "{}", event.payload);
    }
    assert!(page.events[0].position > Position::START);
}
