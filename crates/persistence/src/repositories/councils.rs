//! Councils and their members.

use super::{Change, rows_for};
use crate::rows::{CouncilMemberRow, CouncilRow};
use crate::sqlite::queries::councils as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Council, CouncilDeleted, CouncilMember, Event, Limit, MemberDeleted, MemberId, Page, Slug, SlugCursor,
};

/// Councils, for reading.
#[derive(Debug)]
pub struct Councils<'t, 'c>(&'t mut ReadTx<'c>);

/// Councils, for changing.
#[derive(Debug)]
pub struct CouncilsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Councils.
    pub fn councils(&mut self) -> Councils<'_, 'c> {
        Councils(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Councils, for changing.
    pub fn councils_mut(&mut self) -> CouncilsMut<'_, 'c> {
        CouncilsMut(self)
    }
}

impl Councils<'_, '_> {
    /// The council.
    pub fn get(&mut self, slug: &Slug) -> Result<Option<Council>, StoreError> {
        queries::council(self.0.conn, slug.as_str())?.map(TryInto::try_into).transpose()
    }

    /// A page of councils in their order.
    pub fn list(
        &mut self,
        after: Option<&SlugCursor>,
        limit: Limit,
    ) -> Result<Page<Council, SlugCursor>, StoreError> {
        let rows = queries::councils(self.0.conn, after, rows_for(limit))?;
        let councils = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Council>, _>>()?;
        Ok(Page::from_rows(councils, limit, |last| SlugCursor {
            position: last.position.into(),
            slug: last.slug.clone(),
        }))
    }

    /// The place behind the last council.
    pub fn next_position(&mut self) -> Result<i32, StoreError> {
        Ok(queries::last_council(self.0.conn)?.map_or(0, |last| last.saturating_add(1)))
    }

    /// All members of a council, in their order.
    pub fn members(&mut self, council: &Slug) -> Result<Vec<CouncilMember>, StoreError> {
        let rows = queries::members(self.0.conn, council.as_str())?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

impl CouncilsMut<'_, '_> {
    /// Stores a new council.
    pub fn create(&mut self, council: &Council, change: &Change) -> Result<(), StoreError> {
        queries::insert_council(self.0.conn(), &CouncilRow::from(council))?;
        self.0.record(change.draft(Event::CouncilCreated(council.clone().into()), None));
        Ok(())
    }

    /// Stores a changed council; gives whether there is one.
    pub fn update(&mut self, council: &Council, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_council(self.0.conn(), &CouncilRow::from(council))?;
        if found {
            self.0.record(change.draft(Event::CouncilUpdated(council.clone().into()), None));
        }
        Ok(found)
    }

    /// Removes a council and its members; gives whether there was one. What it debated stays.
    pub fn delete(&mut self, slug: &Slug, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete_council(self.0.conn(), slug.as_str())?;
        if found {
            let deleted = CouncilDeleted { slug: slug.clone() };
            self.0.record(change.draft(Event::CouncilDeleted(deleted), None));
        }
        Ok(found)
    }

    /// Stores a new member of a council.
    pub fn create_member(&mut self, member: &CouncilMember, change: &Change) -> Result<(), StoreError> {
        queries::insert_member(self.0.conn(), &CouncilMemberRow::from(member))?;
        self.0.record(change.draft(Event::CouncilMemberCreated(member.clone().into()), None));
        Ok(())
    }

    /// Stores a changed member; gives whether there is one.
    pub fn update_member(&mut self, member: &CouncilMember, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_member(self.0.conn(), &CouncilMemberRow::from(member))?;
        if found {
            self.0.record(change.draft(Event::CouncilMemberUpdated(member.clone().into()), None));
        }
        Ok(found)
    }

    /// Removes a member; gives whether there was one.
    pub fn delete_member(
        &mut self,
        council: &Slug,
        id: MemberId,
        change: &Change,
    ) -> Result<bool, StoreError> {
        let found = queries::delete_member(self.0.conn(), id)?;
        if found {
            let deleted = MemberDeleted { id, council_id: council.clone() };
            self.0.record(change.draft(Event::CouncilMemberDeleted(deleted), None));
        }
        Ok(found)
    }
}
