//! Settings.

use super::Change;
use crate::sqlite::queries::settings as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::view::ModelSelected;
use domain::{ConfigChanged, Event, Routing};
use serde_json::Value;

/// What the Founder set, for reading.
#[derive(Debug)]
pub struct Settings<'t, 'c>(&'t mut ReadTx<'c>);

/// What the Founder set, for changing.
#[derive(Debug)]
pub struct SettingsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// What the Founder set.
    pub fn settings(&mut self) -> Settings<'_, 'c> {
        Settings(self)
    }
}

impl<'c> WriteTx<'c> {
    /// What the Founder set, for changing.
    pub fn settings_mut(&mut self) -> SettingsMut<'_, 'c> {
        SettingsMut(self)
    }
}

fn parse(key: &str, text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what: "setting", value: key.to_owned() })
}

impl Settings<'_, '_> {
    /// The value of a key.
    pub fn get(&mut self, key: &str) -> Result<Option<Value>, StoreError> {
        queries::get(self.0.conn, key)?.map(|text| parse(key, &text)).transpose()
    }

    /// All keys and values, by key.
    pub fn all(&mut self) -> Result<Vec<(String, Value)>, StoreError> {
        let rows = queries::all(self.0.conn)?;
        rows.into_iter().map(|(key, text)| parse(&key, &text).map(|value| (key, value))).collect()
    }
}

/// The key of the model the Founder selected.
const MODEL: &str = "brain.model";

impl Settings<'_, '_> {
    /// The model the Founder selected.
    pub fn selected_model(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.get(MODEL)?.and_then(|model| model.as_str().map(str::to_owned)))
    }

    /// Which providers the Founder prefers.
    pub fn routing(&mut self) -> Result<Option<Routing>, StoreError> {
        Ok(self.get("brain.routing")?.and_then(|word| Routing::from_word(word.as_str()?)))
    }
}

impl SettingsMut<'_, '_> {
    /// Selects the model that is used where none is named.
    pub fn select_model(&mut self, name: &str, change: &Change) -> Result<(), StoreError> {
        let previous = self.0.settings().selected_model()?;
        let value = Value::from(name).to_string();
        queries::put(self.0.conn(), MODEL, &value, change.at.as_micros())?;
        let selected = ModelSelected { name: name.to_owned(), previous };
        self.0.record(change.draft(Event::BrainModelSelected(selected), None));
        Ok(())
    }

    /// Sets a key.
    pub fn set(&mut self, key: &str, value: &Value, change: &Change) -> Result<(), StoreError> {
        queries::put(self.0.conn(), key, &value.to_string(), change.at.as_micros())?;
        let event = ConfigChanged { key: key.to_owned(), value: value.clone() };
        self.0.record(change.draft(Event::SystemConfig(event), None));
        Ok(())
    }
}
