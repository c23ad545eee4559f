//! Councils and debates on the wire.

use crate::{Council, CouncilMember, Debate, DebateStatus, MemberId, SessionId, Slug, Synthesis, Timestamp};
use serde::{Deserialize, Serialize};

/// A council on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Council))]
pub struct CouncilView {
    /// Its stable name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// What it is asked about.
    pub description: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// Its place among the councils.
    pub position: i32,
}

/// A member of a council on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CouncilMember))]
pub struct CouncilMemberView {
    /// Its id.
    pub id: MemberId,
    /// Its council.
    pub council_id: Slug,
    /// The name people see.
    pub name: String,
    /// Its expertise.
    pub role: String,
    /// How it thinks and speaks.
    pub persona: String,
    /// The school of thought the persona comes from.
    pub persona_source: String,
    /// Whether it takes part in debates.
    pub enabled: bool,
    /// Its place in the council.
    pub position: i32,
    /// A model of its own; none means the active one.
    pub model: Option<String>,
}

/// A debate on the wire; its messages are its session's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Debate))]
pub struct DebateView {
    /// Its id.
    pub debate_id: SessionId,
    /// Its session: the same id.
    pub session_id: SessionId,
    /// Its council.
    pub council_id: Slug,
    /// What it is about.
    pub topic: String,
    /// Where in its life it is.
    pub status: DebateStatus,
    /// How many rounds are planned.
    pub rounds: i32,
    /// The round it is in; 0 until it begins.
    pub round: i32,
    /// How long it may take, in seconds.
    pub deadline_s: i32,
    /// What it came to.
    pub synthesis: Option<Synthesis>,
    /// The sender's own id of the request.
    pub client_message_id: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<Council> for CouncilView {
    fn from(council: Council) -> Self {
        let Council { slug, name, description, color, position, .. } = council;
        Self { slug, name, description, color, position }
    }
}

impl From<CouncilMember> for CouncilMemberView {
    fn from(member: CouncilMember) -> Self {
        Self {
            id: member.id,
            council_id: member.council_id,
            name: member.name,
            role: member.role,
            persona: member.persona,
            persona_source: member.persona_source,
            enabled: member.enabled,
            position: member.position,
            model: member.model,
        }
    }
}

impl From<Debate> for DebateView {
    fn from(debate: Debate) -> Self {
        Self {
            debate_id: debate.id,
            session_id: debate.id,
            council_id: debate.council_id,
            topic: debate.topic,
            status: debate.status,
            rounds: debate.rounds,
            round: debate.round,
            deadline_s: debate.deadline_s,
            synthesis: debate.synthesis,
            client_message_id: debate.client_message_id,
            created_at: debate.created_at,
            updated_at: debate.updated_at,
        }
    }
}
