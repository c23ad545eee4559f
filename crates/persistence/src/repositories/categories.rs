//! Categories.

use super::Change;
use crate::rows::CategoryRow;
use crate::sqlite::queries::directory as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Category, ConfigChanged, Event};

/// The drawers of the chat history, for reading.
#[derive(Debug)]
pub struct Categories<'t, 'c>(&'t mut ReadTx<'c>);

/// The drawers of the chat history, for changing.
#[derive(Debug)]
pub struct CategoriesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// The drawers of the chat history.
    pub fn categories(&mut self) -> Categories<'_, 'c> {
        Categories(self)
    }
}

impl<'c> WriteTx<'c> {
    /// The drawers of the chat history, for changing.
    pub fn categories_mut(&mut self) -> CategoriesMut<'_, 'c> {
        CategoriesMut(self)
    }
}

impl Categories<'_, '_> {
    /// All of them, in their order.
    pub fn all(&mut self) -> Result<Vec<Category>, StoreError> {
        Ok(queries::categories(self.0.conn)?.into_iter().map(Into::into).collect())
    }
}

impl CategoriesMut<'_, '_> {
    /// Stores a new drawer. It is part of the configuration, so its event is `system.config`.
    pub fn create(&mut self, category: &Category, change: &Change) -> Result<(), StoreError> {
        queries::insert_category(self.0.conn(), &CategoryRow::from(category))?;
        let value = serde_json::json!({
            "title": category.title, "color": category.color, "position": category.position,
        });
        let key = format!("chat.category.{}", category.name);
        self.0.record(change.draft(Event::SystemConfig(ConfigChanged { key, value }), None));
        Ok(())
    }
}
