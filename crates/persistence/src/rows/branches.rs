//! What a branch is found by.

use super::MessageRow;
use crate::schema::messages;
use crate::types::Key;
use diesel::prelude::*;
use domain::MessageId;

/// A message without its text.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub(crate) struct BranchRow {
    pub(crate) id: Key<MessageId>,
    pub(crate) parent_id: Option<Key<MessageId>>,
    pub(crate) ordinal: i64,
}

impl From<&MessageRow> for BranchRow {
    fn from(message: &MessageRow) -> Self {
        Self { id: message.id, parent_id: message.parent_id, ordinal: message.ordinal }
    }
}
