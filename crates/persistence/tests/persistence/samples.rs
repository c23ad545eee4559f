//! Ids, times and things, the same in every run.
#![allow(clippy::unwrap_used, reason = "what stands here is well-formed")]

use domain::{
    Actor, Agent, AgentStatus, Department, DepartmentStatus, Message, MessageId, MessageState, Role, Scope,
    Session, SessionId, Slug, Speaker, Task, TaskId, TaskPriority, TaskRun, TaskStatus, Timestamp, Title,
};
use persistence::Change;

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_767_323_045_000_000 + micros)
}

/// A change by the Founder.
pub(crate) fn change(micros: i64) -> Change {
    Change::new(Actor::Founder, at(micros))
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

pub(crate) fn session_id(number: u128) -> SessionId {
    SessionId::new(uuid::Uuid::from_u128(number))
}

pub(crate) fn message_id(number: u128) -> MessageId {
    MessageId::new(uuid::Uuid::from_u128(1 << 64 | number))
}

/// A session with Daena, made and changed at the same time.
pub(crate) fn session(number: u128, micros: i64) -> Session {
    Session {
        id: session_id(number),
        title: Title::untitled(),
        title_by_hand: false,
        category: Scope::Executive.category(),
        scope: Scope::Executive,
        pinned: false,
        archived: false,
        message_count: 0,
        set_aside: 0,
        tip: None,
        last_message: None,
        created_at: at(micros),
        updated_at: at(micros),
        deleted_at: None,
    }
}

/// What the Founder says in a session.
pub(crate) fn said(number: u128, session: SessionId, text: &str, micros: i64) -> Message {
    Message {
        id: message_id(number),
        session_id: session,
        role: Role::User,
        speaker: Speaker::founder(),
        content: text.to_owned(),
        state: MessageState::Complete,
        model: None,
        usage: None,
        response_time_ms: None,
        notes: Vec::new(),
        tool_calls: Vec::new(),
        parent_id: None,
        active: true,
        client_message_id: None,
        created_at: at(micros),
        updated_at: at(micros),
    }
}

/// Daena's reply to a message, in a state of its life.
pub(crate) fn reply(number: u128, to: &Message, state: MessageState) -> Message {
    Message {
        id: message_id(number),
        role: Role::Assistant,
        speaker: Speaker::daena(),
        content: String::new(),
        state,
        parent_id: Some(to.id),
        client_message_id: None,
        ..to.clone()
    }
}

pub(crate) fn department(name: &str, position: i32) -> Department {
    Department {
        slug: slug(name),
        name: name.to_uppercase(),
        description: "d".into(),
        color: "#000000".into(),
        status: DepartmentStatus::Active,
        hidden: false,
        spokesperson_id: None,
        position,
        agent_count: 0,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn agent(name: &str, department: &str) -> Agent {
    Agent {
        slug: slug(name),
        name: name.to_uppercase(),
        role: "Clerk".into(),
        kind: "support".into(),
        department_id: slug(department),
        status: AgentStatus::Idle,
        model: None,
        system_prompt: None,
        params: serde_json::Map::new(),
        voice_id: None,
        description: String::new(),
        position: 0,
        last_seen: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A task of one of three agents, in one of four states; some are wanted.
pub(crate) fn task(number: u32) -> Task {
    let statuses = [TaskStatus::Pending, TaskStatus::Completed, TaskStatus::Failed, TaskStatus::Running];
    let agents = ["hr-harmony", "hr-talent", "legal-justus"];
    let pick = |of: usize| usize::try_from(number).unwrap() % of;
    let micros = i64::from(number);
    let run = TaskRun {
        requested_at: number.is_multiple_of(8).then(|| at(micros)),
        started_at: (!number.is_multiple_of(4)).then(|| at(micros)),
        finished_at: (number % 4 == 1).then(|| at(2 * micros)),
        ..TaskRun::new(1)
    };
    Task {
        id: TaskId::new(uuid::Uuid::from_u128(u128::from(number))),
        title: format!("Report {number}"),
        description: String::new(),
        status: statuses.get(pick(4)).copied().unwrap_or(TaskStatus::Pending),
        priority: TaskPriority::ALL.get(pick(4)).copied().unwrap_or(TaskPriority::Medium),
        department_id: Some(slug(if number % 3 == 2 { "legal" } else { "hr" })),
        agent_id: agents.get(pick(3)).map(|agent| slug(agent)),
        run,
        result: None,
        error: None,
        created_at: at(micros),
        updated_at: at(micros),
    }
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
