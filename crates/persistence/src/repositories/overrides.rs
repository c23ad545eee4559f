//! The Founder's overrides, and what is done in an emergency.

use super::Change;
use crate::rows::OverrideRow;
use crate::sqlite::queries::overrides as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::view::{Emergency, Maintenance, OverrideCleared};
use domain::{Cleared, Event, Override, OverrideKey};

/// Overrides, for reading.
#[derive(Debug)]
pub struct Overrides<'t, 'c>(&'t mut ReadTx<'c>);

/// Overrides, for changing.
#[derive(Debug)]
pub struct OverridesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// The Founder's overrides.
    pub fn overrides(&mut self) -> Overrides<'_, 'c> {
        Overrides(self)
    }
}

impl<'c> WriteTx<'c> {
    /// The Founder's overrides, for changing.
    pub fn overrides_mut(&mut self) -> OverridesMut<'_, 'c> {
        OverridesMut(self)
    }
}

impl Overrides<'_, '_> {
    /// The override of a key, expired or not.
    pub fn get(&mut self, key: &OverrideKey) -> Result<Option<Override>, StoreError> {
        queries::get(self.0.conn, &key.to_string())?.map(TryInto::try_into).transpose()
    }

    /// All that are stored, by key; those that have expired and are not cleared yet are among them.
    pub fn all(&mut self) -> Result<Vec<Override>, StoreError> {
        queries::all(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }
}

impl OverridesMut<'_, '_> {
    /// Sets an override; one of the same key is replaced.
    pub fn set(&mut self, it: &Override, change: &Change) -> Result<(), StoreError> {
        queries::put(self.0.conn(), &OverrideRow::from(it))?;
        self.0.record(change.draft(Event::FounderOverrideSet(it.clone().into()), None));
        Ok(())
    }

    /// Removes an override. Gives whether there was one.
    pub fn clear(&mut self, it: &Override, why: Cleared, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete(self.0.conn(), &it.key.to_string())?;
        if found {
            let cleared = OverrideCleared { why, was: it.clone().into() };
            self.0.record(change.draft(Event::FounderOverrideCleared(cleared), None));
        }
        Ok(found)
    }

    /// Removes the override of what is being deleted, if there is one.
    pub(super) fn end(&mut self, key: &OverrideKey, change: &Change) -> Result<(), StoreError> {
        let Some(it) = self.0.overrides().get(key)? else { return Ok(()) };
        let why = if it.is_in_force(change.at) { Cleared::Deleted } else { Cleared::Expired };
        self.clear(&it, why, change).map(drop)
    }

    /// Records what the Founder did in an emergency. What it changed are other rows, with events of their own.
    pub fn emergency(&mut self, emergency: Emergency, change: &Change) {
        self.0.record(change.draft(Event::SystemEmergency(emergency), None));
    }

    /// Records that maintenance began or ended, beside the event of its override.
    pub fn maintenance(&mut self, maintenance: Maintenance, change: &Change) {
        self.0.record(change.draft(Event::SystemMaintenance(maintenance), None));
    }
}
