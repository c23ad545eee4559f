//! What of the rows stands in the index, and how it is kept there.

use super::query::{Marks, indexed};
use super::words::RULES;
use crate::StoreError;
use crate::sqlite::queries::search as rows;
use crate::sqlite::queries::search::{MessageText, TitleText};
use crate::sqlite::{Conn, search as engine};
use diesel::Connection;
use domain::{MessageId, SessionId, Title};

/// How many messages are read at once while the index is filled.
const CHUNK: i64 = 1_000;

/// A row that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unindexed {
    /// A message.
    Message(MessageId),
    /// A session's title.
    Title(SessionId),
}

/// Whether a message with this status is found. What is still to come is not, nor is a failure or an offline notice.
pub(crate) fn is_found(status: &str) -> bool {
    matches!(status, "complete" | "stopped" | "interrupted")
}

/// Brings the index up to date with these rows, whatever became of them.
pub(crate) fn follow(conn: &mut Conn, unindexed: &[Unindexed]) -> Result<(), StoreError> {
    for row in unindexed {
        match *row {
            Unindexed::Message(id) => {
                if let Some(message) = rows::message(conn, id)? {
                    follow_message(conn, &message)?;
                }
            }
            Unindexed::Title(id) => {
                if let Some(title) = rows::title(conn, id)? {
                    follow_title(conn, id, &title)?;
                }
            }
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
