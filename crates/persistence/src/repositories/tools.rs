//! Calls of tools.

use super::{Change, rows_for};
use crate::rows::{MessageRow, PutRow, ToolCallRow};
use crate::sqlite::Conn;
use crate::sqlite::queries::tools as queries;
use crate::types::Key;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Event, Limit, Message, MessageId, Page, Slug, Speaker, Timestamp, ToolCallCursor, ToolCallId,
    ToolCallStatus, ToolUse,
};
use std::collections::HashMap;

/// A call that was put to the Founder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutCall {
    /// The call.
    pub call: ToolUse,
    /// Who asks.
    pub speaker: Speaker,
    /// What the session is called.
    pub session_title: String,
}

/// Calls of tools, for reading.
#[derive(Debug)]
pub struct Tools<'t, 'c>(&'t mut ReadTx<'c>);

/// Calls of tools, for changing.
#[derive(Debug)]
pub struct ToolsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Calls of tools.
    pub fn tools(&mut self) -> Tools<'_, 'c> {
        Tools(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Calls of tools, for changing.
    pub fn tools_mut(&mut self) -> ToolsMut<'_, 'c> {
        ToolsMut(self)
    }
}

/// The message with its calls. Only one that has some is asked for them.
pub(super) fn whole(conn: &mut Conn, row: MessageRow) -> Result<Message, StoreError> {
    let asked = row.tool_calls > 0;
    let mut message = Message::try_from(row)?;
    if asked {
        message.tool_calls = all(queries::of(conn, message.id)?)?;
    }
    Ok(message)
}

/// The same for several, with one question for all calls.
pub(super) fn whole_of_all(conn: &mut Conn, rows: Vec<MessageRow>) -> Result<Vec<Message>, StoreError> {
    let with_calls: Vec<Key<MessageId>> =
        rows.iter().filter(|row| row.tool_calls > 0).map(|row| row.id).collect();
    let mut messages: Vec<Message> =
        rows.into_iter().map(TryInto::try_into).collect::<Result<_, StoreError>>()?;
    if with_calls.is_empty() {
        return Ok(messages);
    }
    let mut calls: HashMap<MessageId, Vec<ToolUse>> = HashMap::new();
    for row in queries::of_all(conn, &with_calls)? {
        calls.entry(row.message_id.0).or_default().push(row.try_into()?);
    }
    for message in &mut messages {
        message.tool_calls = calls.remove(&message.id).unwrap_or_default();
    }
    Ok(messages)
}

fn all(rows: Vec<ToolCallRow>) -> Result<Vec<ToolUse>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

fn put((row, put): (ToolCallRow, PutRow)) -> Result<PutCall, StoreError> {
    let session_title = put.title.clone();
    Ok(PutCall { call: row.try_into()?, speaker: put.speaker()?, session_title })
}

impl Tools<'_, '_> {
    /// The call.
    pub fn get(&mut self, id: ToolCallId) -> Result<Option<ToolUse>, StoreError> {
        queries::get(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// The calls of a reply, in the order in which they were asked for.
    pub fn of(&mut self, message: MessageId) -> Result<Vec<ToolUse>, StoreError> {
        all(queries::of(self.0.conn, message)?)
    }

    /// How many calls were begun from one moment on and before another, as far as their sessions are still there.
    pub fn begun(&mut self, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
        Ok(queries::begun(self.0.conn, from.as_micros(), to.as_micros())?)
    }

    /// The calls that were put to the Founder, in sessions outside the trash, newest first.
    pub fn put(
        &mut self,
        status: Option<ToolCallStatus>,
        after: Option<ToolCallCursor>,
        limit: Limit,
    ) -> Result<Page<PutCall, ToolCallCursor>, StoreError> {
        let rows = queries::put(self.0.conn, status, after, rows_for(limit))?;
        let calls = rows.into_iter().map(put).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(calls, limit, |last: &PutCall| ToolCallCursor(last.call.id)))
    }

    /// The call, if it was put to the Founder and its session is outside the trash.
    pub fn put_one(&mut self, id: ToolCallId) -> Result<Option<PutCall>, StoreError> {
        queries::put_one(self.0.conn, id)?.map(put).transpose()
    }
}

impl ToolsMut<'_, '_> {
    /// Adds calls to a reply that is being made. One that waits records `chat.tool.requested`, one that failed at once
    /// `chat.tool.called`; one that can be made needs no event before its end. Gives `false`, and does nothing, when there
    /// is no such reply.
    pub fn ask(
        &mut self,
        message: MessageId,
        calls: &[ToolUse],
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<bool, StoreError> {
        if !self.0.messages().get(message)?.is_some_and(|message| message.state.is_open()) {
            return Ok(false);
        }
        let rows: Vec<ToolCallRow> = calls.iter().map(Into::into).collect();
        queries::insert(self.0.conn(), &rows)?;
        queries::counted(self.0.conn(), message, calls.len())?;
        for call in calls {
            self.record(call, department, change);
        }
        Ok(true)
    }

    /// Stores the calls of a message that comes in with them.
    pub(super) fn take_in(&mut self, message: MessageId, calls: &[ToolUse]) -> Result<(), StoreError> {
        let rows: Vec<ToolCallRow> = calls.iter().map(Into::into).collect();
        let taken_in = queries::take_in(self.0.conn(), &rows)?;
        Ok(queries::counted(self.0.conn(), message, taken_in)?)
    }

    /// Takes a call from a state to the one it has in `call`. A yes, a no and a late one record `chat.tool.decided`, an end
    /// `chat.tool.called`; that it is being made is told by no event, as the text of a reply in the making is not. Gives
    /// `false`, and does nothing, when it is in another state, or cannot take that step.
    pub fn advance(
        &mut self,
        call: &ToolUse,
        from: ToolCallStatus,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<bool, StoreError> {
        if !from.can_become(call.status) || !queries::update(self.0.conn(), &call.into(), from)? {
            return Ok(false);
        }
        self.record(call, department, change);
        Ok(true)
    }

    /// Ends the calls of a reply of which something was still to become, because the reply is over.
    pub(super) fn cancel(
        &mut self,
        message: MessageId,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<(), StoreError> {
        for call in self.0.tools().of(message)?.into_iter().filter(|call| call.status.is_open()) {
            let from = call.status;
            let cancelled = ToolUse { status: ToolCallStatus::Cancelled, ended_at: Some(change.at), ..call };
            self.advance(&cancelled, from, department, change)?;
        }
        Ok(())
    }

    fn record(&mut self, call: &ToolUse, department: Option<&Slug>, change: &Change) {
        use ToolCallStatus as S;
        let view = || call.clone().into();
        let event = match (call.status, call.expires_at) {
            (S::Running, _) | (S::Approved, None) => return,
            (S::Waiting, _) => Event::ChatToolRequested(view()),
            (S::Approved | S::Refused | S::Expired, _) => Event::ChatToolDecided(view()),
            (S::Complete | S::Failed | S::Cancelled, _) => Event::ChatToolCalled(view()),
        };
        self.0.record(change.draft(event, department.cloned()));
    }
}
