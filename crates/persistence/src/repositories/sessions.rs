//! Sessions.

use super::{Change, rows_for};
use crate::rows::SessionRow;
use crate::search::Unindexed;
use crate::sqlite::queries::sessions as queries;
use crate::sqlite::search;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Event, Limit, Page, Scope, ScopeType, Session, SessionCategory, SessionCursor, SessionDeleted, SessionId,
};

/// Which sessions a list holds; what is not named admits all. Without `deleted`, those outside the trash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// In this drawer.
    pub category: Option<SessionCategory>,
    /// With this kind of counterpart.
    pub scope_type: Option<ScopeType>,
    /// With this department, agent or council.
    pub scope_id: Option<String>,
    /// In this department's view: with it, or with one of its agents.
    pub department_id: Option<String>,
    /// Pinned, or not.
    pub pinned: Option<bool>,
    /// Put away, or not.
    pub archived: Option<bool>,
    /// In the trash instead of outside.
    pub deleted: bool,
    /// With this text in the title.
    pub title: Option<String>,
}

/// How many sessions outside the trash have one drawer and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTally {
    /// The drawer.
    pub category: String,
    /// The kind of counterpart.
    pub scope_type: String,
    /// The counterpart's slug; empty for none.
    pub scope_id: String,
    /// The department whose view shows them.
    pub department_id: Option<String>,
    /// How many.
    pub live: i64,
}

/// Counts over all sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTotals {
    /// Outside the trash.
    pub live: i64,
    /// In the trash.
    pub deleted: i64,
    /// Pinned, outside the trash.
    pub pinned: i64,
    /// Put away, outside the trash.
    pub archived: i64,
    /// The messages of those outside the trash.
    pub messages: i64,
}

/// Sessions, for reading.
#[derive(Debug)]
pub struct Sessions<'t, 'c>(&'t mut ReadTx<'c>);

/// Sessions, for changing.
#[derive(Debug)]
pub struct SessionsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Sessions.
    pub fn sessions(&mut self) -> Sessions<'_, 'c> {
        Sessions(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Sessions, for changing.
    pub fn sessions_mut(&mut self) -> SessionsMut<'_, 'c> {
        SessionsMut(self)
    }
}

impl Sessions<'_, '_> {
    /// The session, in the trash or not.
    pub fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        queries::get(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// A page of sessions, the last changed first.
    pub fn list(
        &mut self,
        filter: &SessionFilter,
        after: Option<SessionCursor>,
        limit: Limit,
    ) -> Result<Page<Session, SessionCursor>, StoreError> {
        let rows = queries::list(self.0.conn, filter, after, rows_for(limit))?;
        let sessions = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Session>, _>>()?;
        Ok(Page::from_rows(sessions, limit, |last| SessionCursor {
            updated_at: last.updated_at,
            id: last.id,
        }))
    }

    /// How many sessions a filter lists. Looks at many of them: where a tally says it, ask that.
    pub fn count(&mut self, filter: &SessionFilter) -> Result<i64, StoreError> {
        Ok(queries::count(self.0.conn, filter)?)
    }

    /// How many sessions lie outside the trash, by drawer and scope.
    pub fn tallies(&mut self) -> Result<Vec<SessionTally>, StoreError> {
        let rows = queries::tallies(self.0.conn)?;
        Ok(rows
            .into_iter()
            .map(|row| SessionTally {
                category: row.category,
                scope_type: row.scope_type,
                scope_id: row.scope_id,
                department_id: Some(row.department_id).filter(|slug| !slug.is_empty()),
                live: row.live,
            })
            .collect())
    }

    /// Counts over all sessions.
    pub fn totals(&mut self) -> Result<SessionTotals, StoreError> {
        let (live, deleted, pinned, archived, messages) = queries::totals(self.0.conn)?;
        Ok(SessionTotals { live, deleted, pinned, archived, messages })
    }
}

impl SessionsMut<'_, '_> {
    /// Stores a new session.
    pub fn create(&mut self, session: &Session, change: &Change) -> Result<(), StoreError> {
        let row = SessionRow::from(session);
        queries::insert(self.0.conn(), &row)?;
        queries::tally(self.0.conn(), &row, 1)?;
        self.0.reindex(Unindexed::Title(session.id));
        self.record(session, change, Event::ChatSessionCreated(session.clone().into()));
        Ok(())
    }

    /// Stores what was changed by hand: title, drawer, pin, archive, time of change.
    ///
    /// # Errors
    /// When there is no such session.
    pub fn update(&mut self, session: &Session, change: &Change) -> Result<(), StoreError> {
        let before = self.stored(session)?;
        let row = by_hand(&before, session);
        if before.category != row.category && before.deleted_at.is_none() {
            queries::tally(self.0.conn(), &before, -1)?;
            queries::tally(self.0.conn(), &row, 1)?;
        }
        if (&before.title, before.title_by_hand) != (&row.title, row.title_by_hand) {
            self.0.reindex(Unindexed::Title(session.id));
        }
        let session = self.write(row)?;
        self.record(&session, change, Event::ChatSessionUpdated(session.clone().into()));
        Ok(())
    }

    /// Puts the session into the trash.
    ///
    /// # Errors
    /// When it is there already, or there is no such session.
    pub fn delete(&mut self, session: &Session, change: &Change) -> Result<(), StoreError> {
        let before = self.stored(session)?;
        if before.deleted_at.is_some() {
            return Err(missing());
        }
        queries::tally(self.0.conn(), &before, -1)?;
        self.end_debate(session, change)?;
        let deleted_at = Some(change.at.as_micros());
        let session = self.write(SessionRow { deleted_at, ..by_hand(&before, session) })?;
        let deleted = SessionDeleted { session_id: session.id, permanent: false };
        self.record(&session, change, Event::ChatSessionDeleted(deleted));
        Ok(())
    }

    /// Takes the session out of the trash.
    ///
    /// # Errors
    /// When it is not there.
    pub fn restore(&mut self, session: &Session, change: &Change) -> Result<Session, StoreError> {
        let before = self.stored(session)?;
        if before.deleted_at.is_none() {
            return Err(missing());
        }
        let row = SessionRow { deleted_at: None, ..by_hand(&before, session) };
        queries::tally(self.0.conn(), &row, 1)?;
        let session = self.write(row)?;
        self.record(&session, change, Event::ChatSessionRestored(session.clone().into()));
        Ok(session)
    }

    /// Removes the session and its messages for good.
    ///
    /// # Errors
    /// When there is no such session.
    pub fn purge(&mut self, session: &Session, change: &Change) -> Result<(), StoreError> {
        let before = self.stored(session)?;
        if before.deleted_at.is_none() {
            queries::tally(self.0.conn(), &before, -1)?;
        }
        self.end_debate(session, change)?;
        search::forget_session(self.0.conn(), session.id)?;
        queries::remove(self.0.conn(), session.id)?;
        let deleted = SessionDeleted { session_id: session.id, permanent: true };
        self.record(session, change, Event::ChatSessionDeleted(deleted));
        Ok(())
    }

    /// What is debated in a session ends with it.
    fn end_debate(&mut self, session: &Session, change: &Change) -> Result<(), StoreError> {
        match session.scope {
            Scope::Council(_) => self.0.debates_mut().cancel(session.id, change),
            _ => Ok(()),
        }
    }

    fn stored(&mut self, session: &Session) -> Result<SessionRow, StoreError> {
        queries::get(self.0.conn(), session.id)?.ok_or_else(missing)
    }

    /// Writes the row, and gives the session as it stands there: that is what events tell of.
    fn write(&mut self, row: SessionRow) -> Result<Session, StoreError> {
        queries::update(self.0.conn(), &row)?;
        row.try_into()
    }

    fn record(&mut self, session: &Session, change: &Change, event: Event) {
        self.0.record(change.draft(event, session.scope.department().cloned()));
    }
}

/// The stored row with what a caller may change.
fn by_hand(before: &SessionRow, session: &Session) -> SessionRow {
    let row = SessionRow::from(session);
    SessionRow {
        title: row.title,
        title_by_hand: row.title_by_hand,
        category: row.category,
        pinned: row.pinned,
        archived: row.archived,
        updated_at: row.updated_at,
        ..before.clone()
    }
}

/// A change of what is not there must leave nothing behind, so it fails its job.
fn missing() -> StoreError {
    StoreError::Database("there is no such session to change".into())
}
