//! Rows as they stand in the tables, and their way to domain types and back. They name no engine.

mod brain;
mod branches;
mod chats;
mod company;
mod connections;
mod councils;
mod founder;
mod imports;
mod tasks;
mod tools;
mod usage;
mod voice;

pub(crate) use brain::PullRow;
pub(crate) use branches::BranchRow;
pub(crate) use chats::{MessageRow, SessionRow, TallyRow, bare_state, notes_json};
pub(crate) use company::{AgentRow, CategoryRow, DepartmentRow};
pub(crate) use connections::{ConnectionRow, SecretRow, ToolMarkRow};
pub(crate) use councils::{CouncilMemberRow, CouncilRow, DebateRow};
pub(crate) use founder::OverrideRow;
pub(crate) use imports::ImportRow;
pub(crate) use tasks::{TaskRow, priority, rank};
pub(crate) use tools::{PutRow, ToolCallRow};
pub(crate) use usage::UsageRow;
pub(crate) use voice::{VoiceSampleRow, VoiceStateRow};

use crate::StoreError;
use crate::chain::{Link, LogHash};
use crate::schema::{events, idempotency_keys, log_chain, log_gaps, log_identity};
use diesel::prelude::*;
use domain::{Position, RecordedEvent, Slug, Timestamp};
use serde_json::value::RawValue;

/// A word of the database as the value it stands for.
pub(crate) fn word<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt { what, value: text.to_owned() })
}

fn slug(text: &str) -> Result<Slug, StoreError> {
    word("slug", text)
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub(crate) struct EventRow {
    position: i64,
    event_type: String,
    entity_type: String,
    entity_id: String,
    department_id: Option<String>,
    actor: String,
    at: i64,
    payload: String,
}

impl TryFrom<EventRow> for RecordedEvent {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let payload = RawValue::from_string(row.payload)
            .map_err(|error| StoreError::Corrupt { what: "event payload", value: error.to_string() })?;
        Ok(Self {
            position: Position::new(row.position),
            event_type: row.event_type.into(),
            entity_type: row.entity_type.into(),
            entity_id: row.entity_id.into(),
            payload: payload.into(),
            created_by: row.actor.into(),
            timestamp: Timestamp::from_micros(row.at),
            department_id: row.department_id.map(Into::into),
        })
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = log_identity)]
pub(crate) struct LogIdentityRow {
    pub(crate) epoch: String,
    pub(crate) floor: i64,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_keys)]
pub(crate) struct IdempotencyRow {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) status: Option<i32>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) created_at: i64,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = log_chain)]
pub(crate) struct ChainRow {
    pub(crate) first: i64,
    pub(crate) below: Vec<u8>,
    pub(crate) noted: i64,
    pub(crate) noted_hash: Vec<u8>,
    pub(crate) removed: i64,
    pub(crate) seal: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = log_gaps)]
pub(crate) struct GapRow {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) hash: Vec<u8>,
}

impl GapRow {
    /// What the range adds to the seal.
    pub(crate) fn seal(&self) -> Result<LogHash, StoreError> {
        Ok(LogHash::of_gap(self.first, self.last, &LogHash::from_bytes(&self.hash)?))
    }
}

/// An event as it stands in the table, to the letter, with its hash.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub(crate) struct ChainedRow {
    pub(crate) position: i64,
    event_type: String,
    entity_type: String,
    entity_id: String,
    department_id: Option<String>,
    actor: String,
    at: i64,
    payload: String,
    pub(crate) hash: Option<Vec<u8>>,
}

impl ChainedRow {
    /// The hash this event would have at a position behind an event with a hash.
    pub(crate) fn hash_at(&self, position: i64, behind: &LogHash) -> LogHash {
        behind.then(Link {
            position,
            at: self.at,
            department_id: self.department_id.as_deref(),
            texts: [&self.event_type, &self.entity_type, &self.entity_id, &self.actor, &self.payload],
        })
    }
}
