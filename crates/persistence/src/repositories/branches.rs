//! Branches of sessions.
//!
//! The messages of a session are a tree: each names the one before it. Of the tree one path is shown, from a first message
//! to the session's tip; all else is aside. Places rise along every path, because a message is appended after the one it
//! follows.

use super::tools::whole_of_all;
use super::{Change, rows_for};
use crate::rows::{BranchRow, MessageRow};
use crate::sqlite::queries::{branches as queries, messages, sessions};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Alternatives, BranchSelected, Event, Limit, Message, MessageCursor, MessageEdited, MessageId, Page,
    Session, SessionId,
};
use std::collections::{HashMap, HashSet};

/// A page of the branch shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPage {
    /// The messages, oldest first.
    pub messages: Page<Message, MessageCursor>,
    /// Those of them that have alternatives.
    pub alternatives: HashMap<MessageId, Alternatives>,
}

/// Branches, for reading.
#[derive(Debug)]
pub struct Branches<'t, 'c>(&'t mut ReadTx<'c>);

/// Branches, for changing.
#[derive(Debug)]
pub struct BranchesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Branches.
    pub fn branches(&mut self) -> Branches<'_, 'c> {
        Branches(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Branches, for changing.
    pub fn branches_mut(&mut self) -> BranchesMut<'_, 'c> {
        BranchesMut(self)
    }
}

impl Branches<'_, '_> {
    /// The page of a session's branch shown that ends before the cursor (at its tip without one), and which of its messages
    /// have alternatives. A session with one branch costs no more than [`Messages::page`](super::Messages::page).
    pub fn page(
        &mut self,
        session: &Session,
        before: Option<MessageCursor>,
        limit: Limit,
    ) -> Result<ShownPage, StoreError> {
        let before = before.map_or(i64::MAX, |before| before.0);
        let rows = messages::before(self.0.conn, session.id, before, rows_for(limit))?;
        let mut page = Page::from_rows(rows, limit, |last| MessageCursor(last.ordinal));
        page.items.reverse();
        let alternatives = match session.set_aside {
            0 => HashMap::new(),
            _ => self.of_shown(&page.items)?,
        };
        let items = whole_of_all(self.0.conn, page.items)?;
        Ok(ShownPage { messages: Page { items, next: page.next }, alternatives })
    }

    /// The alternatives of messages of the branch shown, in one query for what is aside.
    fn of_shown(&mut self, shown: &[MessageRow]) -> Result<HashMap<MessageId, Alternatives>, StoreError> {
        let Some(first) = shown.first() else { return Ok(HashMap::new()) };
        let parents = shown.iter().filter_map(|message| message.parent_id).collect();
        let mut aside = queries::aside_after(self.0.conn, first.session_id, parents)?;
        if first.parent_id.is_none() {
            aside.extend(queries::aside_beginnings(self.0.conn, first.session_id)?);
        }
        let mut places: HashMap<_, Vec<i64>> = HashMap::new();
        for row in aside {
            places.entry(row.parent_id).or_default().push(row.ordinal);
        }
        let of = |message: &MessageRow| Some((message.id.0, among(places.get(&message.parent_id)?, message)));
        Ok(shown.iter().filter_map(of).collect())
    }

    /// The place of a message among its alternatives; none when it has none, or there is no such message.
    pub fn alternatives_of(&mut self, id: MessageId) -> Result<Option<Alternatives>, StoreError> {
        let Some(message) = messages::get(self.0.conn, id)? else { return Ok(None) };
        let places: Vec<i64> = self.siblings(&message)?.iter().map(|row| row.ordinal).collect();
        Ok((places.len() > 1).then(|| {
            let others: Vec<i64> = places.into_iter().filter(|place| *place != message.ordinal).collect();
            among(&others, &message)
        }))
    }

    /// A page of a message's alternatives, the message included, in the order in which they were written.
    pub fn alternatives(
        &mut self,
        id: MessageId,
        after: Option<MessageCursor>,
        limit: Limit,
    ) -> Result<Page<Message, MessageCursor>, StoreError> {
        let Some(message) = messages::get(self.0.conn, id)? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let after = after.map_or(0, |after| after.0);
        let places = self.siblings(&message)?.into_iter().map(|row| row.ordinal);
        let places = places.filter(|place| *place > after).take(limit.get() + 1).collect();
        let rows = queries::at_places(self.0.conn, message.session_id, places)?;
        let page = Page::from_rows(rows, limit, |last| MessageCursor(last.ordinal));
        let items = whole_of_all(self.0.conn, page.items)?;
        Ok(Page { items, next: page.next })
    }

    /// Those that follow the same message, the message itself included, by place.
    fn siblings(&mut self, message: &MessageRow) -> Result<Vec<BranchRow>, StoreError> {
        let session = message.session_id;
        let mut siblings = match message.parent_id {
            Some(parent) => queries::aside_after(self.0.conn, session, vec![parent])?,
            None => queries::aside_beginnings(self.0.conn, session)?,
        };
        if message.active {
            siblings.push(message.into());
        } else {
            siblings.extend(self.shown_after(message)?);
        }
        siblings.sort_unstable_by_key(|row| row.ordinal);
        Ok(siblings)
    }

    /// The message of the branch shown that follows the same one as a message that is aside.
    fn shown_after(&mut self, aside: &MessageRow) -> Result<Option<BranchRow>, StoreError> {
        let place = match aside.parent_id {
            None => 0,
            Some(parent) => match messages::status(self.0.conn, parent.0)? {
                Some((_, place, _)) => place,
                None => return Ok(None),
            },
        };
        let next = queries::next_shown(self.0.conn, aside.session_id, place)?;
        Ok(next.filter(|next| next.parent_id == aside.parent_id))
    }

    /// The place of the newest message that stays shown when a branch with this message is: what is shown behind it is put
    /// aside then. 0 for none.
    pub fn fork(&mut self, session: SessionId, message: Option<MessageId>) -> Result<i64, StoreError> {
        Ok(Aside::read(self.0, session)?.way_to(self.0, message)?.fork)
    }
}

/// A message among others, which are at these places.
fn among(others: &[i64], message: &MessageRow) -> Alternatives {
    let before = others.iter().filter(|place| **place < message.ordinal).count();
    let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    Alternatives { position: count(before) + 1, count: count(others.len()) + 1 }
}

impl BranchesMut<'_, '_> {
    /// Makes the branch that ends with a message the one shown; with none, nothing is shown. What else was shown is put
    /// aside. Gives the session as it is then.
    ///
    /// A change records `chat.session.updated`: with a smaller `message_count`, the newest messages are aside. If messages
    /// came back, `chat.branch.selected` tells of it. Replies that go aside are to be ended before: what is aside never
    /// changes.
    ///
    /// # Errors
    /// When there is no such message.
    pub fn show(
        &mut self,
        session: &Session,
        end: Option<MessageId>,
        change: &Change,
    ) -> Result<Session, StoreError> {
        let aside = Aside::read(self.0, session.id)?;
        self.show_of(&aside, session, end, end, change)
    }

    fn show_of(
        &mut self,
        aside: &Aside,
        session: &Session,
        selected: Option<MessageId>,
        end: Option<MessageId>,
        change: &Change,
    ) -> Result<Session, StoreError> {
        let way = aside.way_to(self.0, end)?;
        let put_aside = queries::put_aside(self.0.conn(), session.id, way.fork)?;
        if put_aside == 0 && way.back.is_empty() {
            return Ok(session.clone());
        }
        queries::bring_back(self.0.conn(), session.id, &way.back)?;
        let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
        queries::shown(self.0.conn(), session.id, count(way.back.len()) - count(put_aside), end)?;
        let said = messages::newest_said(self.0.conn(), session.id)?.map(Message::try_from).transpose()?;
        sessions::retold(self.0.conn(), session.id, said.as_ref(), change.at)?;
        let session: Session = sessions::get(self.0.conn(), session.id)?.ok_or_else(missing)?.try_into()?;
        self.record(&session, change, Event::ChatSessionUpdated(session.clone().into()));
        if let (Some(selected), Some(tip), false) = (selected, end, way.back.is_empty()) {
            let selected = BranchSelected { session_id: session.id, selected, follows: way.follows, tip };
            self.record(&session, change, Event::ChatBranchSelected(selected));
        }
        Ok(session)
    }

    /// Makes way for a user's message that is written anew: shows the branch up to the message before it, and records
    /// `chat.message.edited`. The new one is to be appended next.
    ///
    /// # Errors
    /// When the database fails.
    pub fn edit(
        &mut self,
        session: &Session,
        old: &Message,
        new: &Message,
        change: &Change,
    ) -> Result<Session, StoreError> {
        let session = self.show(session, old.parent_id, change)?;
        let edited = MessageEdited { instead_of: old.id, message: new.clone().into() };
        self.record(&session, change, Event::ChatMessageEdited(edited));
        Ok(session)
    }

    /// Shows the branch with a message that is aside, down to the newest message that goes on from it, as
    /// [`BranchesMut::show`] does. Changes nothing when the message is shown already.
    ///
    /// # Errors
    /// When the database fails.
    pub fn select(
        &mut self,
        session: &Session,
        message: MessageId,
        change: &Change,
    ) -> Result<Session, StoreError> {
        let aside = Aside::read(self.0, session.id)?;
        let Some(tip) = aside.newest_from(message) else { return Ok(session.clone()) };
        self.show_of(&aside, session, Some(message), Some(tip), change)
    }

    fn record(&mut self, session: &Session, change: &Change, event: Event) {
        self.0.record(change.draft(event, session.scope.department().cloned()));
    }
}

/// What is aside in a session, in the order in which it was written.
struct Aside(Vec<BranchRow>);

/// The way from the branch shown to a message.
struct Way {
    /// The newest message that both have.
    follows: Option<MessageId>,
    /// Its place; 0 for none.
    fork: i64,
    /// The places from there to the message.
    back: Vec<i64>,
}

impl Aside {
    fn read(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Self, StoreError> {
        Ok(Self(queries::aside(tx.conn, session)?))
    }

    fn way_to(&self, tx: &mut ReadTx<'_>, message: Option<MessageId>) -> Result<Way, StoreError> {
        let aside: HashMap<MessageId, &BranchRow> = self.0.iter().map(|row| (row.id.0, row)).collect();
        let (mut follows, mut back) = (message, Vec::new());
        while let Some(row) = follows.and_then(|id| aside.get(&id)) {
            back.push(row.ordinal);
            follows = row.parent_id.map(|parent| parent.0);
        }
        let fork = match follows {
            None => 0,
            Some(id) => messages::status(tx.conn, id)?.ok_or_else(missing)?.1,
        };
        Ok(Way { follows, fork, back })
    }

    /// The newest message that goes on from one that is aside, or that one itself; none when it is not aside.
    fn newest_from(&self, message: MessageId) -> Option<MessageId> {
        let mut from = HashSet::new();
        let mut newest = None;
        for row in &self.0 {
            if row.id.0 == message || row.parent_id.is_some_and(|parent| from.contains(&parent.0)) {
                from.insert(row.id.0);
                newest = Some(row.id.0);
            }
        }
        newest
    }
}

/// A branch that is not there must not be shown, so this fails the job.
fn missing() -> StoreError {
    StoreError::Database("there is no such message to show".into())
}
