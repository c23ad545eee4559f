//! Debates. What is said in them are messages of their session.

use super::{Change, rows_for};
use crate::rows::DebateRow;
use crate::sqlite::queries::councils as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Debate, DebateMessage, DebateStatus, Event, Limit, Message, Page, SessionId, Slug};

/// Debates, for reading.
#[derive(Debug)]
pub struct Debates<'t, 'c>(&'t mut ReadTx<'c>);

/// Debates, for changing.
#[derive(Debug)]
pub struct DebatesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Debates.
    pub fn debates(&mut self) -> Debates<'_, 'c> {
        Debates(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Debates, for changing.
    pub fn debates_mut(&mut self) -> DebatesMut<'_, 'c> {
        DebatesMut(self)
    }
}

impl Debates<'_, '_> {
    /// The debate, its session in the trash or not.
    pub fn get(&mut self, id: SessionId) -> Result<Option<Debate>, StoreError> {
        queries::debate(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// The debate whose request carried this id of its sender.
    pub fn by_client_id(&mut self, client_message_id: &str) -> Result<Option<Debate>, StoreError> {
        let row = queries::debate_by_client_id(self.0.conn, client_message_id)?;
        row.map(TryInto::try_into).transpose()
    }

    /// A page of a council's debates, the newest first. The cursor is the last one's id.
    pub fn list(
        &mut self,
        council: &Slug,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<Debate, SessionId>, StoreError> {
        let rows = queries::debates_of(self.0.conn, council.as_str(), after, rows_for(limit))?;
        let debates = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Debate>, _>>()?;
        Ok(Page::from_rows(debates, limit, |last| last.id))
    }

    /// The debates that go on, oldest first.
    pub fn open(&mut self) -> Result<Vec<Debate>, StoreError> {
        queries::open_debates(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }

    /// Whether a debate of the council goes on.
    pub fn any_open(&mut self, council: &Slug) -> Result<bool, StoreError> {
        Ok(queries::count_open_debates(self.0.conn, council.as_str())? > 0)
    }
}

impl DebatesMut<'_, '_> {
    /// Stores a new debate. Its session is there already.
    pub fn create(&mut self, debate: &Debate, change: &Change) -> Result<(), StoreError> {
        queries::insert_debate(self.0.conn(), &DebateRow::try_from(debate)?)?;
        self.0.record(change.draft(Event::DebateStarted(debate.clone().into()), None));
        Ok(())
    }

    /// Stores a changed debate, and tells of it by what it has become.
    pub fn update(&mut self, debate: &Debate, change: &Change) -> Result<(), StoreError> {
        self.write(debate)?;
        let view = debate.clone().into();
        let event = match debate.status {
            DebateStatus::Running | DebateStatus::Deferred => Event::DebateUpdated(view),
            DebateStatus::Synthesized => Event::DebateSynthesized(view),
            DebateStatus::Cancelled => Event::DebateCancelled(view),
        };
        self.0.record(change.draft(event, None));
        Ok(())
    }

    /// Stores a debate that goes on because of something that was said in it, in the round it was said in.
    pub fn heard(
        &mut self,
        debate: &Debate,
        round: i32,
        message: &Message,
        change: &Change,
    ) -> Result<(), StoreError> {
        self.write(debate)?;
        let said = DebateMessage {
            debate_id: debate.id,
            council_id: debate.council_id.clone(),
            round,
            message: message.clone().into(),
        };
        self.0.record(change.draft(Event::DebateMessage(said), None));
        Ok(())
    }

    /// Ends the debate of a session that is being deleted, if it goes on.
    pub(crate) fn cancel(&mut self, session: SessionId, change: &Change) -> Result<(), StoreError> {
        let Some(debate) = self.0.debates().get(session)? else { return Ok(()) };
        if !debate.status.is_open() {
            return Ok(());
        }
        self.update(&Debate { status: DebateStatus::Cancelled, updated_at: change.at, ..debate }, change)
    }

    fn write(&mut self, debate: &Debate) -> Result<(), StoreError> {
        if queries::update_debate(self.0.conn(), &DebateRow::try_from(debate)?)? {
            return Ok(());
        }
        Err(StoreError::Database("there is no such debate to change".into()))
    }
}
