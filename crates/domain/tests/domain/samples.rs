//! One of everything, the same in every run.
#![allow(clippy::unwrap_used, reason = "what stands here is well-formed")]

use domain::view::{BrainState, ProviderState};
use domain::{
    Absence, Agent, AgentStatus, AudioFormat, Closing, Connection, ConnectionHealth, ConnectionStatus,
    Council, CouncilMember, Debate, DebateStatus, Department, DepartmentStatus, Failure, FailureCode,
    Grantee, Import, ImportForm, ImportRemark, ImportReport, ImportStatus, ImportTally, LastMessage, Message,
    MessageState, Note, NoteStatus, Override, OverrideKey, Preview, Pull, PullStatus, Role, Routing, Scope,
    Seat, ServerInfo, Session, SessionCategory, Slug, Speaker, Synthesis, Task, TaskPriority, TaskRun,
    TaskStatus, Timestamp, Title, ToolAccess, ToolCallStatus, ToolUse, Transport, Usage, VoiceSample,
};

pub(crate) const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
pub(crate) const MESSAGE: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_767_323_045_000_000 + micros)
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// The least a session can be.
pub(crate) fn session() -> Session {
    Session {
        id: SESSION.parse().unwrap(),
        title: Title::untitled(),
        title_by_hand: false,
        category: SessionCategory::Executive,
        scope: Scope::Executive,
        pinned: false,
        archived: false,
        message_count: 0,
        set_aside: 0,
        tip: None,
        last_message: None,
        created_at: at(1),
        updated_at: at(2),
        deleted_at: None,
    }
}

/// A session with every field set.
pub(crate) fn full_session() -> Session {
    Session {
        title: Title::by_hand("Quarter \"two\" 漢").unwrap(),
        title_by_hand: true,
        category: SessionCategory::General,
        scope: Scope::Agent { agent: slug("engineering-atlas"), department: slug("engineering") },
        pinned: true,
        archived: true,
        message_count: 7,
        last_message: Some(LastMessage {
            role: Role::Assistant,
            speaker_name: "Atlas".into(),
            preview: Preview::of("It holds.\n\nMostly."),
            created_at: at(3),
        }),
        deleted_at: Some(at(678_901)),
        ..session()
    }
}

/// The least a message can be: a user's.
pub(crate) fn message() -> Message {
    Message {
        id: MESSAGE.parse().unwrap(),
        session_id: SESSION.parse().unwrap(),
        role: Role::User,
        speaker: Speaker::founder(),
        content: "2+2?".into(),
        state: MessageState::Complete,
        model: None,
        usage: None,
        response_time_ms: None,
        notes: Vec::new(),
        tool_calls: Vec::new(),
        parent_id: None,
        active: true,
        client_message_id: None,
        created_at: at(4),
        updated_at: at(5),
    }
}

/// A reply with every field set but the sender's id.
pub(crate) fn reply(state: MessageState) -> Message {
    Message {
        role: Role::Assistant,
        speaker: Speaker::agent(&slug("engineering-atlas"), "Atlas", "Chief Engineer"),
        content: "It is 4.\n🙂".into(),
        state,
        model: Some("qwen2.5:0.5b".into()),
        usage: Some(Usage { prompt_tokens: 12, completion_tokens: 5 }),
        response_time_ms: Some(321),
        notes: NoteStatus::ALL.iter().map(|status| note(*status)).collect(),
        parent_id: Some(SESSION.parse().unwrap()),
        ..message()
    }
}

pub(crate) fn failure() -> Failure {
    Failure { code: FailureCode::BrainTimeout, detail: "no token for 30 s".into() }
}

pub(crate) fn note(status: NoteStatus) -> Note {
    Note {
        agent_id: slug("engineering-nova"),
        agent_name: "Nova".into(),
        agent_role: "QA".into(),
        note: if status == NoteStatus::Complete { "Test it.".into() } else { String::new() },
        status,
    }
}

pub(crate) fn states() -> Vec<MessageState> {
    vec![
        MessageState::Complete,
        MessageState::Pending,
        MessageState::Streaming,
        MessageState::Deferred,
        MessageState::Stopped,
        MessageState::Interrupted,
        MessageState::Failed(failure()),
    ]
}

pub(crate) fn department() -> Department {
    Department {
        slug: slug("engineering"),
        name: "Engineering".into(),
        description: "Builds what is sold".into(),
        color: "#4169E1".into(),
        status: DepartmentStatus::Active,
        hidden: false,
        spokesperson_id: Some(slug("engineering-atlas")),
        position: 1,
        agent_count: 6,
        created_at: at(6),
        updated_at: at(7),
    }
}

/// An agent with every field set.
pub(crate) fn agent() -> Agent {
    Agent {
        slug: slug("engineering-atlas"),
        name: "Atlas".into(),
        role: "Chief Engineer".into(),
        kind: "technical".into(),
        department_id: slug("engineering"),
        status: AgentStatus::Working,
        model: Some("qwen2.5:0.5b".into()),
        system_prompt: Some("Be brief.".into()),
        params: serde_json::from_str(r#"{"stop": ["\n"], "temperature": 0.2}"#).unwrap(),
        voice_id: Some("amber".into()),
        description: "Keeps it standing".into(),
        position: 0,
        last_seen: Some(at(8)),
        created_at: at(9),
        updated_at: at(10),
    }
}

pub(crate) const TASK: &str = "01890a5d-ac96-774b-bcce-b302099a8059";

/// The least a task can be.
pub(crate) fn task() -> Task {
    Task {
        id: TASK.parse().unwrap(),
        title: "Write the report".into(),
        description: String::new(),
        status: TaskStatus::Pending,
        priority: TaskPriority::Medium,
        department_id: None,
        agent_id: None,
        run: TaskRun::new(1),
        result: None,
        error: None,
        created_at: at(11),
        updated_at: at(11),
    }
}

/// A task with every field set.
pub(crate) fn full_task() -> Task {
    Task {
        description: "Two pages.\n漢".into(),
        status: TaskStatus::Failed,
        priority: TaskPriority::Urgent,
        department_id: Some(slug("engineering")),
        agent_id: Some(slug("engineering-atlas")),
        run: TaskRun {
            number: 2,
            session_id: Some(SESSION.parse().unwrap()),
            requested_at: Some(at(12)),
            turns_done: 3,
            turns: 5,
            started_at: Some(at(13)),
            finished_at: Some(at(14)),
        },
        result: Some("A page.".into()),
        error: Some("no token for 30 s".into()),
        ..task()
    }
}

/// A department that the Founder locked for a while.
pub(crate) fn locked() -> Override {
    Override {
        key: OverrideKey::DepartmentLocked(slug("hr")),
        value: serde_json::json!(true),
        reason: "until the audit is \"over\"".into(),
        expires_at: Some(at(600_000_000)),
        set_at: at(5),
    }
}

pub(crate) fn council() -> Council {
    Council {
        slug: slug("tech"),
        name: "Tech Council".into(),
        description: "what to build".into(),
        color: "#4169E1".into(),
        position: 1,
        created_at: at(11),
        updated_at: at(12),
    }
}

/// A member with every field set.
pub(crate) fn member() -> CouncilMember {
    CouncilMember {
        id: MESSAGE.parse().unwrap(),
        council_id: slug("tech"),
        name: "The Hacker".into(),
        role: "Security Expert".into(),
        persona: "You ask how you would break it.".into(),
        persona_source: "adversarial security".into(),
        enabled: true,
        position: 4,
        model: Some("qwen2.5:0.5b".into()),
        seed_key: Some("the-hacker".into()),
        created_at: at(13),
        updated_at: at(14),
    }
}

/// A debate with every field set.
pub(crate) fn debate() -> Debate {
    let member_id = MESSAGE.parse().unwrap();
    Debate {
        id: SESSION.parse().unwrap(),
        council_id: slug("tech"),
        topic: "Build or buy?".into(),
        status: DebateStatus::Synthesized,
        rounds: 2,
        round: 1,
        seat: 1,
        closing: Some(Closing::Founder),
        panel: vec![Seat { member_id, name: "The Hacker".into(), role: "Security Expert".into() }],
        absences: vec![Absence { member_id, round: 1, reason: "it said nothing".into() }],
        deadline_s: 600,
        time_left_ms: 1000,
        token_budget: 24_000,
        tokens_spent: 10,
        synthesis: Some(Synthesis {
            recommendation: "Buy.".into(),
            agreements: vec!["Time is short.".into()],
            disagreements: vec!["What it costs.".into()],
            caveats: vec!["The Hacker did not answer in round 1: it said nothing.".into()],
            absent: vec!["The Hacker".into()],
        }),
        client_message_id: Some("d1".into()),
        created_at: at(15),
        updated_at: at(16),
    }
}

/// A pull in this state.
pub(crate) fn pull(status: PullStatus) -> Pull {
    let over = status != PullStatus::Running;
    let failed = status == PullStatus::Failed;
    Pull {
        id: "01890a5d-ac96-774b-bcce-b302099a8059".parse().unwrap(),
        name: "hf.co/you/a model:Q4_K_M".into(),
        provider: "ollama".into(),
        status,
        completed_bytes: 300,
        total_bytes: Some(400),
        error: failed.then(|| "the model failed: pull model manifest: file does not exist".to_owned()),
        created_at: at(1),
        updated_at: at(2),
        finished_at: over.then(|| at(2)),
    }
}

/// A call in this state, with what it can have by then.
pub(crate) fn tool_use(status: ToolCallStatus) -> ToolUse {
    use ToolCallStatus as S;
    let began = matches!(status, S::Running | S::Complete | S::Failed);
    let failed = status == S::Failed;
    ToolUse {
        id: "01890a5d-ac96-774b-bcce-b302099a8060".parse().unwrap(),
        session_id: SESSION.parse().unwrap(),
        message_id: MESSAGE.parse().unwrap(),
        ordinal: 1,
        round: 1,
        said: "Let me see.".into(),
        offset: 11,
        name: "files__write".into(),
        given_id: Some("call_1".into()),
        connection_id: Some("01890a5d-ac96-774b-bcce-b302099a8061".parse().unwrap()),
        connection: "files".into(),
        tool: "write".into(),
        arguments: serde_json::json!({"path": "a.txt"}),
        access: Some(ToolAccess::Write),
        form: Some("0a1b write".into()),
        status,
        result: (status == S::Complete).then(|| "<b>done</b>".to_owned()),
        is_error: false,
        error: failed.then(|| "the server died".to_owned()),
        reason: (status == S::Refused).then(|| "not today".to_owned()),
        created_at: at(1),
        started_at: began.then(|| at(2_000)),
        ended_at: (!status.is_open()).then(|| at(5_000)),
        expires_at: Some(at(86_400_000_000)),
    }
}

/// The model side, with one provider there and one away.
pub(crate) fn brain() -> BrainState {
    let provider = |name: &str, connected| ProviderState { name: name.into(), connected };
    BrainState {
        connected: true,
        enabled: true,
        active_model: Some("llama3.2:3b".into()),
        routing: Routing::Hybrid,
        providers: vec![provider("ollama", true), provider("example", false)],
    }
}

/// An import that could not go on.
pub(crate) fn import() -> Import {
    let remark = ImportRemark { at: "line 17".into(), detail: "left out: it has no text".into() };
    Import {
        id: SESSION.parse().unwrap(),
        form: ImportForm::DaenaJsonl,
        status: ImportStatus::Failed,
        bytes: 1_000,
        done_bytes: 400,
        talks: 3,
        messages: 200,
        report: ImportReport {
            sessions: ImportTally { imported: 2, skipped: 1, left_out: 0 },
            messages: ImportTally { imported: 204, skipped: 7, left_out: 1 },
            remarks: vec![remark],
            remark_count: 1,
        },
        error: Some("the file cannot be read".into()),
        created_at: at(1),
        updated_at: at(2),
        finished_at: Some(at(2)),
    }
}

/// A connection to a program that works.
pub(crate) fn connection() -> Connection {
    Connection {
        id: "01890a5d-ac96-774b-bcce-b302099a805a".parse().unwrap(),
        name: "Files".into(),
        transport: Transport::Stdio {
            command: "npx".into(),
            args: vec!["-y".into(), "@modelcontextprotocol/server-filesystem".into(), "/srv/papers".into()],
            env: vec!["NPM_TOKEN".into()],
            directory: Some("/srv".into()),
        },
        enabled: true,
        grants: vec![Grantee::Daena, Grantee::Department(slug("hr")), Grantee::Agent(slug("hr-harmony"))],
        health: ConnectionHealth {
            status: ConnectionStatus::Connected,
            error: None,
            checked_at: Some(at(3)),
            latency_ms: Some(12),
            server: Some(ServerInfo { name: "secure-filesystem-server".into(), version: "0.2.0".into() }),
            tool_count: 14,
        },
        created_at: at(1),
        updated_at: at(2),
    }
}

/// A connection to a server that does not answer.
pub(crate) fn failed_connection() -> Connection {
    Connection {
        name: "Weather".into(),
        transport: Transport::Http {
            url: "https://weather.example/mcp".into(),
            headers: vec!["Authorization".into()],
            allow_private: false,
        },
        grants: Vec::new(),
        health: ConnectionHealth {
            status: ConnectionStatus::Failed,
            error: Some("no answer within 10 s".into()),
            ..ConnectionHealth::unasked(true)
        },
        ..connection()
    }
}

/// A sample of a voice with every field set.
pub(crate) fn voice_sample() -> VoiceSample {
    VoiceSample {
        id: "01890a5d-ac96-774b-bcce-b302099a8060".parse().unwrap(),
        name: "Calm".into(),
        format: AudioFormat::Wav,
        bytes: 48_044,
        duration_ms: Some(1500),
        created_at: at(1),
    }
}
