//! Rows of the Founder's overrides.

use super::word;
use crate::StoreError;
use crate::schema::overrides;
use diesel::prelude::*;
use domain::{Override, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = overrides, treat_none_as_null = true)]
pub(crate) struct OverrideRow {
    key: String,
    value: String,
    reason: String,
    expires_at: Option<i64>,
    set_at: i64,
}

impl From<&Override> for OverrideRow {
    fn from(it: &Override) -> Self {
        Self {
            key: it.key.to_string(),
            value: it.value.to_string(),
            reason: it.reason.clone(),
            expires_at: it.expires_at.map(Timestamp::as_micros),
            set_at: it.set_at.as_micros(),
        }
    }
}

impl TryFrom<OverrideRow> for Override {
    type Error = StoreError;
    fn try_from(row: OverrideRow) -> Result<Self, StoreError> {
        let value = serde_json::from_str(&row.value)
            .map_err(|_| StoreError::Corrupt { what: "override", value: row.key.clone() })?;
        Ok(Self {
            key: word("override key", &row.key)?,
            value,
            reason: row.reason,
            expires_at: row.expires_at.map(Timestamp::from_micros),
            set_at: Timestamp::from_micros(row.set_at),
        })
    }
}
