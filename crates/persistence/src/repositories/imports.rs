//! Imports.

use super::Change;
use crate::rows::ImportRow;
use crate::sqlite::queries::imports as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Event, Import, ImportId, ImportStatus};

/// Imports, for reading.
#[derive(Debug)]
pub struct Imports<'t, 'c>(&'t mut ReadTx<'c>);

/// Imports, for changing.
#[derive(Debug)]
pub struct ImportsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Imports.
    pub fn imports(&mut self) -> Imports<'_, 'c> {
        Imports(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Imports, for changing.
    pub fn imports_mut(&mut self) -> ImportsMut<'_, 'c> {
        ImportsMut(self)
    }
}

impl Imports<'_, '_> {
    /// The import.
    pub fn get(&mut self, id: ImportId) -> Result<Option<Import>, StoreError> {
        queries::get(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// Those that are at work, the oldest first.
    pub fn running(&mut self) -> Result<Vec<Import>, StoreError> {
        queries::running(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }
}

impl ImportsMut<'_, '_> {
    /// Stores a new import.
    pub fn create(&mut self, import: &Import, change: &Change) -> Result<(), StoreError> {
        queries::insert(self.0.conn(), &import.try_into()?)?;
        self.0.record(change.draft(Event::SystemImportStarted(import.clone().into()), None));
        Ok(())
    }

    /// Keeps how far an import has come. No event tells of it: the events of its sessions do, and the one of its end.
    /// Gives `false`, and does nothing, when it is not at work any more.
    pub fn progress(&mut self, import: &Import) -> Result<bool, StoreError> {
        Ok(queries::update(self.0.conn(), &import.try_into()?)?)
    }

    /// Ends an import: it is completed or failed. Gives `false`, and does nothing, when it is not at work any more.
    pub fn finish(&mut self, import: &Import, change: &Change) -> Result<bool, StoreError> {
        let row: ImportRow = import.try_into()?;
        if !queries::update(self.0.conn(), &row)? {
            return Ok(false);
        }
        let view = import.clone().into();
        let event = match import.status {
            ImportStatus::Failed => Event::SystemImportFailed(view),
            ImportStatus::Running | ImportStatus::Completed => Event::SystemImportCompleted(view),
        };
        self.0.record(change.draft(event, None));
        Ok(true)
    }
}
