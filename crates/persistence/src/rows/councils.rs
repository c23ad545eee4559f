//! Councils, their members, and debates.

use super::{slug, word};
use crate::StoreError;
use crate::schema::{council_members, councils, debates};
use crate::types::Key;
use diesel::prelude::*;
use domain::{Council, CouncilMember, Debate, MemberId, SessionId, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = councils)]
pub(crate) struct CouncilRow {
    pub(crate) slug: String,
    name: String,
    description: String,
    color: String,
    position: i32,
    created_at: i64,
    updated_at: i64,
}

impl From<&Council> for CouncilRow {
    fn from(council: &Council) -> Self {
        Self {
            slug: council.slug.to_string(),
            name: council.name.clone(),
            description: council.description.clone(),
            color: council.color.clone(),
            position: council.position,
            created_at: council.created_at.as_micros(),
            updated_at: council.updated_at.as_micros(),
        }
    }
}

impl TryFrom<CouncilRow> for Council {
    type Error = StoreError;
    fn try_from(row: CouncilRow) -> Result<Self, StoreError> {
        Ok(Self {
            slug: slug(&row.slug)?,
            name: row.name,
            description: row.description,
            color: row.color,
            position: row.position,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = council_members)]
pub(crate) struct CouncilMemberRow {
    pub(crate) id: Key<MemberId>,
    council_id: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) persona: String,
    pub(crate) persona_source: String,
    pub(crate) enabled: bool,
    pub(crate) position: i32,
    pub(crate) model: Option<String>,
    seed_key: Option<String>,
    created_at: i64,
    pub(crate) updated_at: i64,
}

impl From<&CouncilMember> for CouncilMemberRow {
    fn from(member: &CouncilMember) -> Self {
        Self {
            id: Key(member.id),
            council_id: member.council_id.to_string(),
            name: member.name.clone(),
            role: member.role.clone(),
            persona: member.persona.clone(),
            persona_source: member.persona_source.clone(),
            enabled: member.enabled,
            position: member.position,
            model: member.model.clone(),
            seed_key: member.seed_key.clone(),
            created_at: member.created_at.as_micros(),
            updated_at: member.updated_at.as_micros(),
        }
    }
}

impl TryFrom<CouncilMemberRow> for CouncilMember {
    type Error = StoreError;
    fn try_from(row: CouncilMemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.0,
            council_id: slug(&row.council_id)?,
            name: row.name,
            role: row.role,
            persona: row.persona,
            persona_source: row.persona_source,
            enabled: row.enabled,
            position: row.position,
            model: row.model,
            seed_key: row.seed_key,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = debates)]
pub(crate) struct DebateRow {
    pub(crate) id: Key<SessionId>,
    council_id: String,
    topic: String,
    pub(crate) status: String,
    rounds: i32,
    pub(crate) round: i32,
    pub(crate) seat: i32,
    pub(crate) closing: Option<String>,
    panel: String,
    pub(crate) absences: String,
    deadline_s: i32,
    pub(crate) time_left_ms: i64,
    token_budget: i64,
    pub(crate) tokens_spent: i64,
    pub(crate) synthesis: Option<String>,
    client_message_id: Option<String>,
    created_at: i64,
    pub(crate) updated_at: i64,
}

impl TryFrom<&Debate> for DebateRow {
    type Error = StoreError;
    fn try_from(debate: &Debate) -> Result<Self, StoreError> {
        let synthesis = debate.synthesis.as_ref().map(serde_json::to_string);
        Ok(Self {
            id: Key(debate.id),
            council_id: debate.council_id.to_string(),
            topic: debate.topic.clone(),
            status: debate.status.as_str().to_owned(),
            rounds: debate.rounds,
            round: debate.round,
            seat: debate.seat,
            closing: debate.closing.map(|closing| closing.as_str().to_owned()),
            panel: serde_json::to_string(&debate.panel).map_err(unwritable)?,
            absences: serde_json::to_string(&debate.absences).map_err(unwritable)?,
            deadline_s: debate.deadline_s,
            time_left_ms: debate.time_left_ms,
            token_budget: debate.token_budget,
            tokens_spent: debate.tokens_spent,
            synthesis: synthesis.transpose().map_err(unwritable)?,
            client_message_id: debate.client_message_id.clone(),
            created_at: debate.created_at.as_micros(),
            updated_at: debate.updated_at.as_micros(),
        })
    }
}

impl TryFrom<DebateRow> for Debate {
    type Error = StoreError;
    fn try_from(row: DebateRow) -> Result<Self, StoreError> {
        let synthesis = row
            .synthesis
            .map(|text| serde_json::from_str(&text).map_err(|_| corrupt("debate's synthesis", text)));
        Ok(Self {
            id: row.id.0,
            council_id: slug(&row.council_id)?,
            topic: row.topic,
            status: word("debate status", &row.status)?,
            rounds: row.rounds,
            round: row.round,
            seat: row.seat,
            closing: row.closing.map(|text| word("debate's closing", &text)).transpose()?,
            panel: serde_json::from_str(&row.panel).map_err(|_| corrupt("debate's panel", row.panel))?,
            absences: serde_json::from_str(&row.absences)
                .map_err(|_| corrupt("debate's absences", row.absences))?,
            deadline_s: row.deadline_s,
            time_left_ms: row.time_left_ms,
            token_budget: row.token_budget,
            tokens_spent: row.tokens_spent,
            synthesis: synthesis.transpose()?,
            client_message_id: row.client_message_id,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Database(Box::new(error))
}

const fn corrupt(what: &'static str, value: String) -> StoreError {
    StoreError::Corrupt { what, value }
}
