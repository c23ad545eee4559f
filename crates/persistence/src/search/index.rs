//! What of the rows stands in the index, and how it is kept there.

use super::query::{Marks, indexed};
use super::words::RULES;
use crate::StoreError;
use crate::sqlite::queries::search as rows;
use crate::sqlite::queries::search::{MessageText, TitleText};
use crate::sqlite::{Conn, search as engine};
use diesel::Connection;
use domain::{MessageId, SessionId, Title};
use std::collections::{BTreeMap, BTreeSet};

/// How many messages are read at once while the index is filled.
const CHUNK: i64 = 1_000;

/// So many rows wait for the index before a commit takes them along.
const MANY: usize = 512;

/// A row that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unindexed {
    /// A message.
    Message(MessageId),
    /// A session's title.
    Title(SessionId),
}

/// What the index has still to follow. It follows not with every commit, for one large step costs a fraction of many small
/// ones: somebody who searches has it follow first, and much that waits goes along with a commit. Where it stands is
/// written down; what a crash took from here is found again in the log.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    rows: Vec<Unindexed>,
    is_due: bool,
    /// The rows are known from the log alone: the index could not follow them when it was to.
    is_lost: bool,
}

impl Backlog {
    pub(crate) fn push(&mut self, row: Unindexed) {
        self.rows.push(row);
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.is_lost
    }

    /// Takes back what a job left that was rolled back.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.rows.truncate(len);
    }

    /// Has the commit at hand bring the index up to date.
    pub(crate) const fn call(&mut self) {
        self.is_due = true;
    }

    /// Whether it is time for the index to follow.
    pub(crate) const fn is_due(&self) -> bool {
        !self.is_empty() && (self.is_due || self.rows.len() >= MANY)
    }

    /// Brings the index up to the end of the log, `head`, all of it or nothing. [`Backlog::clear`] is for after the commit.
    pub(crate) fn settle(&self, conn: &mut Conn, head: i64) -> Result<(), StoreError> {
        if self.is_lost {
            return catch_up(conn, head);
        }
        conn.transaction(|conn| {
            follow(conn, &self.rows)?;
            Ok(rows::set_reach(conn, head)?)
        })
    }

    /// The index could not follow: it is tried again when somebody searches, or many rows later, from the log.
    pub(crate) fn lose(&mut self) {
        *self = Self { is_lost: true, ..Self::default() };
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether a message with this status is found. What is still to come is not, nor is a failure or an offline notice.
pub(crate) fn is_found(status: &str) -> bool {
    matches!(status, "complete" | "stopped" | "interrupted")
}

/// Brings the index up to date with these rows, whatever became of them. Each once and in the order of their numbers: the
/// engine writes out what it holds whenever a number is not above the last one.
fn follow(conn: &mut Conn, unindexed: &[Unindexed]) -> Result<(), StoreError> {
    let mut messages = BTreeMap::new();
    let mut titles = BTreeSet::new();
    for row in unindexed {
        match *row {
            Unindexed::Message(id) => {
                messages.extend(rows::message(conn, id)?.map(|message| (message.0, message)))
            }
            Unindexed::Title(id) => drop(titles.insert(id)),
        }
    }
    messages.values().try_for_each(|message| follow_message(conn, message))?;
    for id in titles {
        if let Some(title) = rows::title(conn, id)? {
            follow_title(conn, id, &title)?;
        }
    }
    Ok(())
}

fn follow_message(conn: &mut Conn, message: &MessageText) -> Result<(), StoreError> {
    let (n, content, role, status, scope_type, scope_id) = message;
    if !is_found(status) || content.is_empty() {
        return Ok(engine::forget_message(conn, *n)?);
    }
    let words = indexed(content, &Marks::new(role, scope_type, scope_id));
    Ok(engine::index_message(conn, *n, &words)?)
}

fn follow_title(conn: &mut Conn, id: SessionId, title: &TitleText) -> Result<(), StoreError> {
    let (title, by_hand, scope_type, scope_id) = title;
    let n = rows::title_number(conn, id)?;
    if !by_hand && title == Title::untitled().as_str() {
        return Ok(engine::forget_title(conn, n)?);
    }
    let words = indexed(title, &Marks::new("", scope_type, scope_id));
    Ok(engine::index_title(conn, n, &words)?)
}

/// Brings the index up to the end of the log at the start: what a crash kept it from following.
pub(crate) fn catch_up(conn: &mut Conn, head: i64) -> Result<(), StoreError> {
    let reach = rows::reach(conn)?;
    if reach == head {
        return Ok(());
    }
    conn.transaction(|conn| {
        for id in rows::told_after(conn, reach)?.iter().filter_map(|id| id.parse().ok()) {
            follow(conn, &[Unindexed::Title(id)])?;
            rows::messages_of(conn, id)?.iter().try_for_each(|message| follow_message(conn, message))?;
        }
        Ok(rows::set_reach(conn, head)?)
    })
}

/// Fills the index anew when it was not made by this program's rules: after the migration that brings it, and when a newer
/// program splits or folds words in another way. All of it or nothing.
pub(crate) fn fill(conn: &mut Conn) -> Result<(), StoreError> {
    if rows::rules(conn)? == RULES {
        return Ok(());
    }
    conn.transaction(|conn| {
        engine::forget_all(conn)?;
        let mut after = i64::MIN;
        loop {
            let messages = rows::messages_after(conn, after, CHUNK)?;
            let Some((newest, ..)) = messages.last() else { break };
            if after == i64::MIN {
                tracing::info!("filling the search index");
            }
            after = *newest;
            messages.iter().try_for_each(|message| follow_message(conn, message))?;
        }
        for id in rows::sessions(conn)? {
            follow(conn, &[Unindexed::Title(id)])?;
        }
        Ok(rows::set_rules(conn, RULES)?)
    })
}
