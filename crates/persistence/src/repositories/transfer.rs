//! Whole sessions, on their way out and in.

use super::Change;
use super::tools::whole_of_all;
use crate::rows::SessionRow;
use crate::search::{Unindexed, is_found};
use crate::sqlite::queries::{sessions, transfer as queries};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Event, LastMessage, Message, MessageId, Preview, Session, SessionId};
use std::collections::HashSet;

/// A message as it stands in its session, with the model its request named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// The message.
    pub message: Message,
    /// The model the request named.
    pub asked_model: Option<String>,
}

/// Whole sessions, for reading.
#[derive(Debug)]
pub struct Transfer<'t, 'c>(&'t mut ReadTx<'c>);

/// Whole sessions, for taking in.
#[derive(Debug)]
pub struct TransferMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Whole sessions.
    pub fn transfer(&mut self) -> Transfer<'_, 'c> {
        Transfer(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Whole sessions, for taking in.
    pub fn transfer_mut(&mut self) -> TransferMut<'_, 'c> {
        TransferMut(self)
    }
}

impl Transfer<'_, '_> {
    /// The next sessions by id, those in the trash included.
    pub fn sessions(&mut self, after: Option<SessionId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let rows = queries::sessions_after(self.0.conn, after, count(limit))?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The next messages of a session behind a place, of all branches, in the order in which they were written; and the
    /// place of the last one.
    pub fn messages(
        &mut self,
        session: SessionId,
        place: i64,
        limit: usize,
    ) -> Result<(Vec<Transferred>, i64), StoreError> {
        let rows = queries::messages_after(self.0.conn, session, place, count(limit))?;
        let place = rows.last().map_or(place, |row| row.ordinal);
        let asked_models: Vec<_> = rows.iter().map(|row| row.asked_model.clone()).collect();
        let messages = whole_of_all(self.0.conn, rows)?.into_iter().zip(asked_models);
        let messages = messages.map(|(message, asked_model)| Transferred { message, asked_model });
        Ok((messages.collect(), place))
    }

    /// Which of these ids messages of other sessions have already.
    pub fn taken_ids(
        &mut self,
        session: SessionId,
        ids: &[MessageId],
    ) -> Result<HashSet<MessageId>, StoreError> {
        Ok(queries::taken_ids(self.0.conn, session, ids)?.into_iter().map(|key| key.0).collect())
    }

    /// Which of these ids of senders messages of other sessions have already.
    pub fn taken_client_ids(
        &mut self,
        session: SessionId,
        ids: &[&str],
    ) -> Result<HashSet<String>, StoreError> {
        Ok(queries::taken_client_ids(self.0.conn, session, ids)?.into_iter().collect())
    }
}

impl TransferMut<'_, '_> {
    /// Stores a session from elsewhere with its first messages: as they are, with their ids, times and branches. Its
    /// counts, tip and last message follow from them. Records `chat.session.created`, and no event for each message.
    pub fn begin(
        &mut self,
        session: &Session,
        messages: &[Transferred],
        change: &Change,
    ) -> Result<(), StoreError> {
        let empty =
            Session { message_count: 0, set_aside: 0, tip: None, last_message: None, ..session.clone() };
        let session = with(empty, messages);
        let row = SessionRow::from(&session);
        sessions::insert(self.0.conn(), &row)?;
        if session.deleted_at.is_none() {
            sessions::tally(self.0.conn(), &row, 1)?;
        }
        self.0.reindex(Unindexed::Title(session.id));
        self.insert(messages, 1)?;
        self.record(&session, change, Event::ChatSessionCreated(session.clone().into()));
        Ok(())
    }

    /// Adds the next messages to a session that was begun so, behind those that are there. Records `chat.session.updated`.
    /// Gives `false`, and does nothing, when the session is gone.
    pub fn go_on(
        &mut self,
        session: SessionId,
        messages: &[Transferred],
        change: &Change,
    ) -> Result<bool, StoreError> {
        let Some(row) = sessions::get(self.0.conn(), session)? else { return Ok(false) };
        let held = row.message_count + row.set_aside;
        let session = with(row.try_into()?, messages);
        queries::grown(self.0.conn(), &SessionRow::from(&session))?;
        self.insert(messages, held + 1)?;
        self.record(&session, change, Event::ChatSessionUpdated(session.clone().into()));
        Ok(true)
    }

    fn insert(&mut self, messages: &[Transferred], place: i64) -> Result<(), StoreError> {
        for (transferred, ordinal) in messages.iter().zip(place..) {
            let asked_model = transferred.asked_model.as_deref();
            let message = &transferred.message;
            self.0.messages_mut().insert(message, ordinal, asked_model)?;
            if is_found(message.state.as_str()) {
                self.0.reindex(Unindexed::Message(message.id));
            }
        }
        Ok(())
    }

    fn record(&mut self, session: &Session, change: &Change, event: Event) {
        self.0.record(change.draft(event, session.scope.department().cloned()));
    }
}

/// The session with these messages behind its own.
fn with(mut session: Session, messages: &[Transferred]) -> Session {
    for message in messages.iter().map(|transferred| &transferred.message) {
        if !message.active {
            session.set_aside += 1;
            continue;
        }
        session.message_count += 1;
        session.tip = Some(message.id);
        if !message.content.is_empty() {
            session.last_message = Some(LastMessage {
                role: message.role,
                speaker_name: message.speaker.name.clone(),
                preview: Preview::of(&message.content),
                created_at: message.created_at,
            });
        }
    }
    session
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
