//! Councils, their members, and debates.

use company_service::{CouncilEdit, DebateRecord, Listed, MemberEdit, NewCouncil, NewDebate, NewMember};
use domain::view::{CouncilMemberView, CouncilView, DebateView, MessageView};
use domain::{Council, CouncilMember, MemberCursor, Position, SessionId, SlugCursor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A council to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewCouncil)]
pub(crate) struct NewCouncilBody {
    /// Its stable name; without one the name gives it.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// The name people see, on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// What it is asked about.
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// `#RRGGBB`.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    /// Its place; without one it comes last.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i64>,
}

/// What is to change of a council; what is not named stays, and so does its slug.
#[derive(Deserialize, ToSchema)]
#[schema(as = CouncilEdit)]
pub(crate) struct EditCouncil {
    /// The name people see, on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// What it is asked about.
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// `#RRGGBB`.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i64>,
}

/// A member to take into a council.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewCouncilMember)]
pub(crate) struct NewMemberBody {
    /// The name people see, on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Its expertise, on one line.
    #[schema(min_length = 1, max_length = 80)]
    role: String,
    /// How it thinks and speaks.
    #[schema(max_length = 4000)]
    persona: Option<String>,
    /// The school of thought the persona comes from.
    #[schema(max_length = 200)]
    persona_source: Option<String>,
    /// Whether it takes part in debates; it does unless told otherwise.
    enabled: Option<bool>,
    /// Its place; without one it comes last.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i64>,
    /// A model of its own.
    #[schema(min_length = 1, max_length = 256)]
    model: Option<String>,
}

/// What is to change of a member; what is not named stays, and so does its id.
#[derive(Deserialize, ToSchema)]
#[schema(as = CouncilMemberEdit)]
pub(crate) struct EditMember {
    /// The name people see, on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// Its expertise, on one line.
    #[schema(min_length = 1, max_length = 80)]
    role: Option<String>,
    /// How it thinks and speaks.
    #[schema(max_length = 4000)]
    persona: Option<String>,
    /// The school of thought the persona comes from.
    #[schema(max_length = 200)]
    persona_source: Option<String>,
    /// Whether it takes part in debates.
    enabled: Option<bool>,
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i64>,
    /// A model of its own; null takes it away.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    model: Option<Option<String>>,
}

/// A field that is there, even if it is null.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A debate to ask for.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewDebate)]
pub(crate) struct NewDebateBody {
    /// What it is about, kept to the letter. It is not blank and holds no NUL.
    #[schema(min_length = 1, max_length = 10_000, pattern = r"^[^\x00]*\S[^\x00]*$")]
    topic: String,
    /// How often each member speaks; 2 unless told otherwise.
    #[schema(minimum = 1, maximum = 5)]
    rounds: Option<i64>,
    /// How many seconds it may take; 600 unless told otherwise.
    #[schema(minimum = 10, maximum = 3600)]
    deadline_s: Option<i64>,
    /// The sender's own id of the request: sending it again gives the same debate.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
}

/// What the Founder says in a debate.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DebateMessageBody {
    /// The text, kept to the letter. It is not blank and holds no NUL.
    #[schema(min_length = 1, pattern = r"^[^\x00]*\S[^\x00]*$")]
    pub(crate) message: String,
}

impl From<NewCouncilBody> for NewCouncil {
    fn from(body: NewCouncilBody) -> Self {
        let NewCouncilBody { slug, name, description, color, position } = body;
        Self { slug, name, description, color, position }
    }
}

impl From<EditCouncil> for CouncilEdit {
    fn from(body: EditCouncil) -> Self {
        let EditCouncil { name, description, color, position } = body;
        Self { name, description, color, position }
    }
}

impl From<NewMemberBody> for NewMember {
    fn from(body: NewMemberBody) -> Self {
        let NewMemberBody { name, role, persona, persona_source, enabled, position, model } = body;
        Self { name, role, persona, persona_source, enabled, position, model }
    }
}

impl From<EditMember> for MemberEdit {
    fn from(body: EditMember) -> Self {
        let EditMember { name, role, persona, persona_source, enabled, position, model } = body;
        Self { name, role, persona, persona_source, enabled, position, model }
    }
}

impl From<NewDebateBody> for NewDebate {
    fn from(body: NewDebateBody) -> Self {
        let NewDebateBody { topic, rounds, deadline_s, client_message_id } = body;
        Self { topic, rounds, deadline_s, client_message_id }
    }
}

/// A debate and what was said in it.
#[derive(Serialize, ToSchema)]
#[schema(as = DebateRecord)]
pub(crate) struct DebateRecordView {
    #[serde(flatten)]
    debate: DebateView,
    /// The newest messages of its session, at most 200, oldest first.
    messages: Vec<MessageView>,
}

impl From<DebateRecord> for DebateRecordView {
    fn from(record: DebateRecord) -> Self {
        let DebateRecord { debate, messages } = record;
        Self { debate: debate.into(), messages: messages.into_iter().map(Into::into).collect() }
    }
}

/// A page of councils.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouncilList {
    councils: Vec<CouncilView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<Council, SlugCursor>> for CouncilList {
    fn from(listed: Listed<Council, SlugCursor>) -> Self {
        Self {
            councils: listed.page.items.into_iter().map(Into::into).collect(),
            next_cursor: listed.page.next.map(|next| next.to_string()),
            as_of: listed.as_of,
        }
    }
}

/// A page of a council's members.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouncilMemberList {
    members: Vec<CouncilMemberView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<CouncilMember, MemberCursor>> for CouncilMemberList {
    fn from(listed: Listed<CouncilMember, MemberCursor>) -> Self {
        Self {
            members: listed.page.items.into_iter().map(Into::into).collect(),
            next_cursor: listed.page.next.map(|next| next.to_string()),
            as_of: listed.as_of,
        }
    }
}

/// A page of a council's debates, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DebateList {
    debates: Vec<DebateRecordView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<DebateRecord, SessionId>> for DebateList {
    fn from(listed: Listed<DebateRecord, SessionId>) -> Self {
        Self {
            debates: listed.page.items.into_iter().map(Into::into).collect(),
            next_cursor: listed.page.next.map(|next| next.to_string()),
            as_of: listed.as_of,
        }
    }
}
