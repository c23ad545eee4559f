//! Rows of the model side.

use super::word;
use crate::StoreError;
use crate::schema::pulls;
use crate::types::Key;
use diesel::prelude::*;
use domain::{Pull, PullId, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = pulls, treat_none_as_null = true)]
pub(crate) struct PullRow {
    pub(crate) id: Key<PullId>,
    name: String,
    provider: String,
    status: String,
    completed_bytes: i64,
    total_bytes: Option<i64>,
    error: Option<String>,
    created_at: i64,
    updated_at: i64,
    finished_at: Option<i64>,
}

impl From<&Pull> for PullRow {
    fn from(pull: &Pull) -> Self {
        Self {
            id: Key(pull.id),
            name: pull.name.clone(),
            provider: pull.provider.clone(),
            status: pull.status.as_str().to_owned(),
            completed_bytes: pull.completed_bytes,
            total_bytes: pull.total_bytes,
            error: pull.error.clone(),
            created_at: pull.created_at.as_micros(),
            updated_at: pull.updated_at.as_micros(),
            finished_at: pull.finished_at.map(Timestamp::as_micros),
        }
    }
}

impl TryFrom<PullRow> for Pull {
    type Error = StoreError;
    fn try_from(row: PullRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.0,
            name: row.name,
            provider: row.provider,
            status: word("pull status", &row.status)?,
            completed_bytes: row.completed_bytes,
            total_bytes: row.total_bytes,
            error: row.error,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            finished_at: row.finished_at.map(Timestamp::from_micros),
        })
    }
}
