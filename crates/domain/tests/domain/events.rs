//! Events on the wire and back.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::samples::{
    agent, at, brain, council, debate, department, failure, full_session, full_task, import, locked, member,
    message, pull, reply, session, slug, task, voice_sample,
};
use domain::view::{
    Emergency, Maintenance, ModelDeleted, ModelSelected, OverrideCleared, RoutingChanged, VoiceStateView,
};
use domain::{
    AgentDeleted, BackupTaken, BranchSelected, Cleared, CompanyReset, ConfigChanged, CouncilDeleted,
    DebateMessage, DepartmentDeleted, EmergencyAction, Event, LogCompacted, MemberDeleted, MessageEdited,
    MessageState, Position, PullStatus, RecordedEvent, Routing, SessionDeleted, TaskDeleted, VoiceOwner,
    VoiceSampleDeleted, VoiceState,
};
use serde_json::json;
use serde_json::value::RawValue;
use std::sync::Arc;

/// One event of each type.
fn every() -> Vec<Event> {
    let in_state = |state| reply(state).into();
    vec![
        Event::ChatSessionCreated(session().into()),
        Event::ChatSessionUpdated(full_session().into()),
        Event::ChatSessionDeleted(SessionDeleted { session_id: session().id, permanent: true }),
        Event::ChatSessionRestored(session().into()),
        Event::ChatMessage(message().into()),
        Event::ChatMessageEdited(MessageEdited { instead_of: message().id, message: message().into() }),
        Event::ChatBranchSelected(BranchSelected {
            session_id: session().id,
            selected: message().id,
            follows: None,
            tip: message().id,
        }),
        Event::ChatReplyStarted(in_state(MessageState::Pending)),
        Event::ChatReplyDeferred(in_state(MessageState::Deferred)),
        Event::ChatReplyStopped(in_state(MessageState::Stopped)),
        Event::ChatReplyInterrupted(in_state(MessageState::Interrupted)),
        Event::ChatReplyFailed(in_state(MessageState::Failed(failure()))),
        Event::DepartmentCreated(department().into()),
        Event::DepartmentUpdated(department().into()),
        Event::DepartmentDeleted(DepartmentDeleted { slug: slug("hr") }),
        Event::AgentCreated(agent().into()),
        Event::AgentUpdated(agent().into()),
        Event::AgentPaused(agent().into()),
        Event::AgentResumed(agent().into()),
        Event::AgentDeleted(AgentDeleted { slug: slug("hr-harmony") }),
        Event::TaskCreated(task().into()),
        Event::TaskUpdated(task().into()),
        Event::TaskProgress(full_task().into()),
        Event::TaskCompleted(full_task().into()),
        Event::TaskFailed(full_task().into()),
        Event::TaskCancelled(full_task().into()),
        Event::TaskDeleted(TaskDeleted { task_id: task().id }),
        Event::CouncilCreated(council().into()),
        Event::CouncilUpdated(council().into()),
        Event::CouncilDeleted(CouncilDeleted { slug: slug("tech") }),
        Event::CouncilMemberCreated(member().into()),
        Event::CouncilMemberUpdated(member().into()),
        Event::CouncilMemberDeleted(MemberDeleted { id: member().id, council_id: slug("tech") }),
        Event::DebateStarted(debate().into()),
        Event::DebateUpdated(debate().into()),
        Event::DebateMessage(DebateMessage {
            debate_id: session().id,
            council_id: slug("tech"),
            round: 1,
            message: message().into(),
        }),
        Event::DebateSynthesized(debate().into()),
        Event::DebateCancelled(debate().into()),
        Event::SystemConfig(ConfigChanged { key: "routing".into(), value: json!("local_only") }),
        Event::FounderOverrideSet(locked().into()),
        Event::FounderOverrideCleared(OverrideCleared { why: Cleared::Undone, was: locked().into() }),
        Event::SystemEmergency(Emergency {
            action: EmergencyAction::StopAll,
            reason: None,
            stopped: Some(3),
        }),
        Event::SystemMaintenance(Maintenance { enabled: true, reason: "a new disk".into() }),
        Event::SystemBackup(BackupTaken {
            name: "daena-20260102T030405Z.db".into(),
            bytes: 1_200_000,
            created_at: at(1),
            events: 40,
            head: Position::new(42),
            checksum: "ab".repeat(32),
        }),
        Event::SystemReset(CompanyReset {
            backup: "daena-20260102T030405Z.db".into(),
            removed: [("messages".to_owned(), 7), ("sessions".to_owned(), 3)].into(),
        }),
        Event::SystemImportStarted(import().into()),
        Event::SystemImportCompleted(import().into()),
        Event::SystemImportFailed(import().into()),
        Event::SystemCompaction(LogCompacted {
            floor: Position::new(30),
            first: Position::new(1),
            last: Position::new(30),
            removed: 29,
            seal: "cd".repeat(32),
        }),
        Event::BrainStatus(brain()),
        Event::BrainRoutingChanged(RoutingChanged { routing: Routing::Hybrid, previous: Routing::LocalOnly }),
        Event::BrainModelSelected(ModelSelected { name: "llama3.2:3b".into(), previous: None }),
        Event::BrainModelPulled(pull(PullStatus::Completed).into()),
        Event::BrainModelDeleted(ModelDeleted { name: "llama3.2:3b".into(), provider: "ollama".into() }),
        Event::BrainPullStarted(pull(PullStatus::Running).into()),
        Event::BrainPullFailed(pull(PullStatus::Failed).into()),
        Event::BrainPullCancelled(pull(PullStatus::Cancelled).into()),
        Event::VoiceState(VoiceStateView::new(
            &VoiceOwner::Agent(slug("hr-harmony")),
            VoiceState::default(),
            false,
        )),
        Event::VoiceSampleCreated(voice_sample().into()),
        Event::VoiceSampleDeleted(VoiceSampleDeleted { sample_id: voice_sample().id }),
    ]
}

fn payload(event: &Event) -> String {
    let mut out = Vec::new();
    event.write_payload(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn recorded(event_type: &str, payload: &str) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(42),
        event_type: event_type.into(),
        entity_type: "chat".into(),
        entity_id: crate::samples::SESSION.into(),
        payload: Arc::from(RawValue::from_string(payload.to_owned()).unwrap()),
        created_by: "founder".into(),
        timestamp: at(678_901),
        department_id: Some("hr".into()),
    }
}

#[test]
fn each_event_has_its_name_entity_and_payload() {
    let lines = every().into_iter().map(|event| {
        let (kind, id) = event.entity();
        format!("{} {kind} {id}\n  {}", event.event_type(), payload(&event))
    });
    insta::assert_snapshot!("events", lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn each_type_this_program_knows_decodes_to_what_was_encoded() {
    let events = every();
    let names: Vec<&str> = events.iter().map(Event::event_type).collect();
    assert_eq!(names, Event::TYPES, "one sample of each type");
    for event in &events {
        let back = Event::decode(event.event_type(), &payload(event)).unwrap();
        assert_eq!(&back, event);
        assert!(!matches!(back, Event::Unknown { .. }));
    }
}

#[test]
fn an_event_of_a_newer_program_is_kept_and_written_again_as_it_was() {
    let text = r#"{"a":[1,{"b":null}],"z":"漢"}"#;
    let event = Event::decode("moon.landed", text).unwrap();
    assert_eq!(event.event_type(), "moon.landed");
    assert_eq!(payload(&event), text);
    assert_eq!(Event::decode("moon.landed", &payload(&event)).unwrap(), event);
}

#[test]
fn a_known_name_with_a_payload_that_does_not_fit_is_an_error() {
    assert!(Event::decode("chat.message", "{}").is_err());
    assert!(Event::decode("chat.session.deleted", r#"{"session_id":"x","permanent":true}"#).is_err());
    assert!(Event::decode("moon.landed", "{").is_err());
}

#[test]
fn a_field_that_a_newer_program_added_does_not_stop_an_old_one() {
    let event = Event::decode("department.deleted", r#"{"slug":"hr","by":"vote"}"#).unwrap();
    assert_eq!(event, Event::DepartmentDeleted(DepartmentDeleted { slug: slug("hr") }));
}

#[test]
fn a_recorded_event_has_its_wire_form() {
    let event = recorded("chat.session.deleted", &payload(&every().remove(2)));
    insta::assert_snapshot!("recorded_event", serde_json::to_string(&event).unwrap());
}

#[test]
fn a_recorded_payload_goes_out_byte_for_byte() {
    let text = r#"{"z": 1,  "a": 12345678901234567890123, "t": "\u00e9"}"#;
    let wire = serde_json::to_string(&recorded("moon.landed", text)).unwrap();
    assert!(wire.contains(&format!("\"payload\":{text},")), "{wire}");
}

#[test]
fn a_recorded_event_decodes_to_the_fact() {
    let event = every().remove(4);
    assert_eq!(recorded("chat.message", &payload(&event)).decode().unwrap(), event);
}

#[test]
fn a_message_of_a_log_from_before_there_were_branches_is_on_the_one_shown() {
    let event = Event::ChatMessage(message().into());
    let old = payload(&event).replace(r#""active":true,"#, "");
    assert_ne!(old, payload(&event));
    assert_eq!(Event::decode("chat.message", &old).unwrap(), event);
}
