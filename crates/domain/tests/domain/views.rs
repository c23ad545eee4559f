//! The wire form of every object, to the letter and in the order of its fields.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::samples::{
    agent, at, connection, council, debate, department, failed_connection, failure, full_session, full_task,
    import, locked, member, message, note, reply, session, slug, states, task, tool_use, voice_sample,
};
use domain::view::{
    ActivityMetrics, ActivityView, AgentView, ApprovalView, ConnectionView, CouncilMemberView, CouncilView,
    CurrentTaskView, DebateView, DepartmentView, ExportHead, ExportLine, ImportView, MessageRecord,
    MessageView, OverrideView, SearchHitView, SessionDocument, SessionRecord, SessionView, TaskView,
    VoiceSampleView, VoiceStateView,
};
use domain::{
    Actor, Agent, AgentStatus, Debate, DebateStatus, Department, DepartmentStatus, Epoch, Message, MessageId,
    NoteStatus, Override, OverrideKind, Position, Scope, SessionId, Speaker, ToolCallStatus, Usage,
    VoiceOwner, VoiceState,
};
use insta::assert_snapshot;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// The text of a value that also reads back to the same value.
fn wire<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let text = pretty(value);
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    text
}

#[test]
fn a_new_session_has_its_wire_form() {
    assert_snapshot!("session_new", wire(&SessionView::from(session())));
}

#[test]
fn a_session_with_everything_set_has_its_wire_form() {
    assert_snapshot!("session_full", wire(&SessionView::from(full_session())));
}

#[test]
fn each_scope_gives_a_session_its_counterpart_department_and_drawer() {
    let scopes = [
        Scope::Executive,
        Scope::Department(slug("hr")),
        Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") },
        Scope::Council(slug("tech")),
        Scope::General,
    ];
    let lines = scopes.map(|scope| {
        let view = SessionView::from(domain::Session { category: scope.category(), scope, ..session() });
        format!("{} {:?} {:?} {}", view.scope_type, view.scope_id, view.department_id, view.category)
    });
    assert_snapshot!("session_scopes", lines.join("\n"));
}

#[test]
fn a_users_message_has_its_wire_form() {
    let message = Message { client_message_id: Some("c-1".into()), ..message() };
    assert_snapshot!("message_user", wire(&MessageView::from(message)));
}

#[test]
fn a_reply_has_its_wire_form_in_each_state_of_its_life() {
    for state in states() {
        let name = format!("message_{}", state.as_str());
        assert_snapshot!(name, wire(&MessageView::from(reply(state))));
    }
}

#[test]
fn only_a_failed_reply_carries_an_error() {
    for state in states() {
        let failed = state.as_str() == "failed";
        assert_eq!(MessageView::from(reply(state)).error, failed.then(failure));
    }
}

#[test]
fn a_department_has_its_wire_form() {
    assert_snapshot!("department", wire(&DepartmentView::from(department())));
    let hidden = Department {
        hidden: true,
        status: DepartmentStatus::Disabled,
        spokesperson_id: None,
        agent_count: 0,
        ..department()
    };
    assert_snapshot!("department_hidden", wire(&DepartmentView::from(hidden)));
}

#[test]
fn an_agent_has_its_wire_form() {
    assert_snapshot!("agent", wire(&AgentView::from(agent())));
    let bare = Agent {
        model: None,
        system_prompt: None,
        params: serde_json::Map::new(),
        voice_id: None,
        last_seen: None,
        ..agent()
    };
    assert_snapshot!("agent_bare", wire(&AgentView::from(bare)));
}

#[test]
fn a_council_its_members_and_its_debates_have_their_wire_form() {
    assert_snapshot!("council", wire(&CouncilView::from(council())));
    assert_snapshot!("council_member", wire(&CouncilMemberView::from(member())));
    assert_snapshot!("debate", wire(&DebateView::from(debate())));
    let waiting = Debate {
        status: DebateStatus::Running,
        round: 0,
        synthesis: None,
        client_message_id: None,
        ..debate()
    };
    assert_snapshot!("debate_waiting", wire(&DebateView::from(waiting)));
    let hacker = Speaker::council_member(member().id, "The Hacker", "Security Expert");
    assert_snapshot!("speaker_council_member", wire(&hacker));
}

#[test]
fn parts_of_messages_have_their_wire_form() {
    assert_snapshot!("note", wire(&note(NoteStatus::Complete)));
    assert_snapshot!("failure", wire(&failure()));
    assert_snapshot!("usage", wire(&Usage { prompt_tokens: 12, completion_tokens: 5 }));
    let atlas = Speaker::agent(&slug("engineering-atlas"), "Atlas", "Chief Engineer");
    assert_snapshot!("speakers", wire(&vec![Speaker::founder(), Speaker::daena(), atlas]));
}

#[test]
fn small_values_are_bare_words_and_numbers() {
    assert_eq!(wire(&Position::new(42)), "42");
    assert_eq!(wire(&Position::START), "0");
    assert_eq!(wire(&Epoch::new("9f3a")), r#""9f3a""#);
    assert_eq!(wire(&slug("hr-harmony")), r#""hr-harmony""#);
    assert_eq!(wire(&at(678_901)), r#""2026-01-02T03:04:05.678901Z""#);
    let session: SessionId = crate::samples::SESSION.parse().unwrap();
    assert_eq!(wire(&session), format!("\"{}\"", crate::samples::SESSION));
    let message: MessageId = crate::samples::MESSAGE.parse().unwrap();
    assert_eq!(wire(&message), format!("\"{}\"", crate::samples::MESSAGE));
}

#[test]
fn an_actor_is_one_word_and_an_unknown_one_is_kept() {
    let actors = [
        (Actor::Founder, "founder"),
        (Actor::Daena, "daena"),
        (Actor::System, "system"),
        (Actor::Agent(slug("hr-harmony")), "agent:hr-harmony"),
        (Actor::CouncilMember(member().id), "council_member:01890a5d-ac96-774b-bcce-b302099a8058"),
        (Actor::Named("agent:Not A Slug".into()), "agent:Not A Slug"),
        (Actor::Named("connection:github".into()), "connection:github"),
    ];
    for (actor, word) in actors {
        assert_eq!(wire(&actor), format!("\"{word}\""));
        assert_eq!(actor.to_string(), word);
    }
}

#[test]
fn what_is_no_slug_time_or_id_is_refused_on_the_way_in() {
    assert!(serde_json::from_str::<domain::Slug>(r#""Not A Slug""#).is_err());
    assert!(serde_json::from_str::<domain::Timestamp>(r#""yesterday""#).is_err());
    assert!(serde_json::from_str::<SessionId>(r#""1""#).is_err());
    for other_form in ["{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5dac96774bbcceb302099a8057", ""] {
        assert!(other_form.parse::<SessionId>().is_err(), "{other_form}");
    }
}

#[test]
fn a_new_task_has_its_wire_form() {
    assert_snapshot!("task_new", wire(&TaskView::from(task())));
}

#[test]
fn a_task_with_everything_set_has_its_wire_form() {
    assert_snapshot!("task_full", wire(&TaskView::from(full_task())));
}

#[test]
fn an_agents_activity_has_its_wire_form() {
    let metrics =
        ActivityMetrics { tasks_completed: 3, tasks_failed: 1, success_rate: Some(0.75), replies: 9 };
    let current =
        CurrentTaskView { task_id: task().id, title: task().title, progress: 0.5, started_at: Some(at(13)) };
    let busy = ActivityView {
        agent_id: slug("engineering-atlas"),
        agent_name: "Atlas".into(),
        department_id: slug("engineering"),
        status: AgentStatus::Working,
        current_task: Some(current),
        last_activity: Some(at(14)),
        metrics,
    };
    let nothing = ActivityMetrics { tasks_completed: 0, tasks_failed: 0, success_rate: None, replies: 0 };
    let new = ActivityView { current_task: None, last_activity: None, metrics: nothing, ..busy.clone() };
    assert_snapshot!("activity", [wire(&busy), wire(&new)].join("\n"));
}

#[test]
fn an_override_and_what_can_be_overridden_have_their_wire_forms() {
    assert_snapshot!("override", wire(&OverrideView::from(locked())));
    let bare = Override { expires_at: None, ..locked() };
    assert_snapshot!("override_bare", wire(&OverrideView::from(bare)));
    let kinds: Vec<String> = OverrideKind::all().iter().map(pretty).collect();
    assert_snapshot!("override_kinds", kinds.join("\n"));
}

#[test]
fn a_search_hit_has_its_wire_form() {
    let hit = |message: Option<Message>| SearchHitView {
        session: session().into(),
        message: message.map(Into::into),
        snippet: "…a <mark>plan</mark> &amp; more".into(),
    };
    assert_snapshot!("search_hit_message", wire(&hit(Some(message()))));
    assert_snapshot!("search_hit_title", wire(&hit(None)));
}

#[test]
fn an_import_has_its_wire_form() {
    assert_snapshot!("import", wire(&ImportView::from(import())));
}

#[test]
fn the_lines_of_an_export_have_their_form() {
    let session = SessionRecord { session: full_session().into(), title_by_hand: true };
    let message = MessageRecord { message: message().into(), asked_model: Some("llama".into()) };
    let head = ExportLine::Head(ExportHead { version: 1, exported_at: at(0) });
    assert_snapshot!("export_head", wire(&head));
    assert_snapshot!("export_session", wire(&ExportLine::Session(session.clone())));
    assert_snapshot!("export_message", wire(&ExportLine::Message(message.clone())));
    assert_snapshot!("export_document", wire(&SessionDocument { session, messages: vec![message] }));
}

#[test]
fn a_reply_that_used_a_tool_has_its_wire_form() {
    let call = tool_use(ToolCallStatus::Complete);
    let reply = Message { tool_calls: vec![call.clone()], ..reply(domain::MessageState::Complete) };
    assert_snapshot!("message_with_tool_call", wire(&MessageView::from(reply)));
    let view = domain::view::ToolCallView::from(call.clone());
    let back = domain::ToolUse {
        said: call.said.clone(),
        name: call.name.clone(),
        given_id: call.given_id.clone(),
        form: call.form.clone(),
        ..view.into_use(1)
    };
    assert_eq!(back, call, "all but what only its making needs is told");
}

#[test]
fn an_approval_has_its_wire_form() {
    let approval = ApprovalView {
        call: tool_use(ToolCallStatus::Waiting).into(),
        speaker: Speaker::daena(),
        session_title: "Write it down".into(),
    };
    assert_snapshot!("approval", wire(&approval));
}

#[test]
fn a_connection_has_its_wire_form_over_each_transport() {
    assert_snapshot!("connection_stdio", wire(&ConnectionView::from(connection())));
    assert_snapshot!("connection_http", wire(&ConnectionView::from(failed_connection())));
}

#[test]
fn voices_have_their_wire_form() {
    let state = VoiceState { voice_id: Some("alloy".into()), rate: 1.07, ..VoiceState::default() };
    assert_snapshot!("voice_state", wire(&VoiceStateView::new(&VoiceOwner::Daena, state, false)));
    let department = VoiceOwner::Department(slug("hr"));
    let view = VoiceStateView::new(&department, VoiceState::default(), true);
    assert_snapshot!("voice_state_department", wire(&view));
    assert_eq!((view.owner(), department.to_string()), ("department:hr".into(), "department:hr".into()));
    assert_eq!("department:hr".parse(), Ok(department));
    assert!("department:Hr!".parse::<VoiceOwner>().is_err() && "hr".parse::<VoiceOwner>().is_err());
    assert_snapshot!("voice_sample", wire(&VoiceSampleView::from(voice_sample())));
}
