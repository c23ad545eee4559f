//! Departments.

use super::{Change, rows_for};
use crate::rows::DepartmentRow;
use crate::sqlite::queries::{directory as queries, voice};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Department, DepartmentDeleted, Event, Limit, OverrideKey, Page, Slug, SlugCursor, VoiceOwner};
use std::collections::HashMap;

/// Departments, for reading.
#[derive(Debug)]
pub struct Departments<'t, 'c>(&'t mut ReadTx<'c>);

/// Departments, for changing.
#[derive(Debug)]
pub struct DepartmentsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Departments.
    pub fn departments(&mut self) -> Departments<'_, 'c> {
        Departments(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Departments, for changing.
    pub fn departments_mut(&mut self) -> DepartmentsMut<'_, 'c> {
        DepartmentsMut(self)
    }
}

impl Departments<'_, '_> {
    /// The department.
    pub fn get(&mut self, slug: &Slug) -> Result<Option<Department>, StoreError> {
        let Some(row) = queries::department(self.0.conn, slug.as_str())? else { return Ok(None) };
        let count = self.counts()?.remove(slug.as_str()).unwrap_or(0);
        row.into_department(count).map(Some)
    }

    /// A page of departments in their order.
    pub fn list(
        &mut self,
        include_hidden: bool,
        after: Option<&SlugCursor>,
        limit: Limit,
    ) -> Result<Page<Department, SlugCursor>, StoreError> {
        let mut counts = self.counts()?;
        let rows = queries::departments(self.0.conn, include_hidden, after, rows_for(limit))?;
        let into = |row: DepartmentRow| {
            let count = counts.remove(&row.slug).unwrap_or(0);
            row.into_department(count)
        };
        let departments = rows.into_iter().map(into).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(departments, limit, |last| SlugCursor {
            position: last.position.into(),
            slug: last.slug.clone(),
        }))
    }

    fn counts(&mut self) -> Result<HashMap<String, i64>, StoreError> {
        Ok(queries::agent_counts(self.0.conn)?.into_iter().collect())
    }
}

impl DepartmentsMut<'_, '_> {
    /// Stores a new department.
    pub fn create(&mut self, department: &Department, change: &Change) -> Result<(), StoreError> {
        queries::insert_department(self.0.conn(), &DepartmentRow::from(department))?;
        self.record(department, change, Event::DepartmentCreated(department.clone().into()));
        Ok(())
    }

    /// Stores a changed department; gives whether there is one.
    pub fn update(&mut self, department: &Department, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_department(self.0.conn(), &DepartmentRow::from(department))?;
        if found {
            self.record(department, change, Event::DepartmentUpdated(department.clone().into()));
        }
        Ok(found)
    }

    /// Removes a department, its voice and its lock; gives whether there was one. It must have no agents.
    pub fn delete(&mut self, slug: &Slug, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete_department(self.0.conn(), slug.as_str())?;
        if found {
            voice::delete_state(self.0.conn(), &VoiceOwner::Department(slug.clone()).to_string())?;
            self.0.overrides_mut().end(&OverrideKey::DepartmentLocked(slug.clone()), change)?;
            let event = Event::DepartmentDeleted(DepartmentDeleted { slug: slug.clone() });
            self.0.record(change.draft(event, Some(slug.clone())));
        }
        Ok(found)
    }

    fn record(&mut self, department: &Department, change: &Change, event: Event) {
        self.0.record(change.draft(event, Some(department.slug.clone())));
    }
}
