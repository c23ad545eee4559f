//! Rows of imports.

use super::word;
use crate::StoreError;
use crate::schema::imports;
use crate::types::Key;
use diesel::prelude::*;
use domain::{Import, ImportId, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = imports, treat_none_as_null = true)]
pub(crate) struct ImportRow {
    pub(crate) id: Key<ImportId>,
    form: String,
    status: String,
    bytes: i64,
    done_bytes: i64,
    talks: i64,
    messages: i64,
    report: String,
    error: Option<String>,
    created_at: i64,
    updated_at: i64,
    finished_at: Option<i64>,
}

impl TryFrom<&Import> for ImportRow {
    type Error = StoreError;
    fn try_from(import: &Import) -> Result<Self, StoreError> {
        let report = serde_json::to_string(&import.report)
            .map_err(|error| StoreError::Corrupt { what: "report", value: error.to_string() })?;
        Ok(Self {
            id: Key(import.id),
            form: import.form.as_str().to_owned(),
            status: import.status.as_str().to_owned(),
            bytes: import.bytes,
            done_bytes: import.done_bytes,
            talks: import.talks,
            messages: import.messages,
            report,
            error: import.error.clone(),
            created_at: import.created_at.as_micros(),
            updated_at: import.updated_at.as_micros(),
            finished_at: import.finished_at.map(Timestamp::as_micros),
        })
    }
}

impl TryFrom<ImportRow> for Import {
    type Error = StoreError;
    fn try_from(row: ImportRow) -> Result<Self, StoreError> {
        let report = serde_json::from_str(&row.report)
            .map_err(|_| StoreError::Corrupt { what: "report", value: row.id.0.to_string() })?;
        Ok(Self {
            id: row.id.0,
            form: word("form of an import", &row.form)?,
            status: word("status of an import", &row.status)?,
            bytes: row.bytes,
            done_bytes: row.done_bytes,
            talks: row.talks,
            messages: row.messages,
            report,
            error: row.error,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            finished_at: row.finished_at.map(Timestamp::from_micros),
        })
    }
}
