//! Lists and counts of sessions.

use super::Within;
use crate::ChatError;
use crate::service::ChatService;
use domain::{
    Alternatives, Category, Limit, Message, MessageCursor, MessageId, Page, Position, Session,
    SessionCategory, SessionCursor, SessionId,
};
use persistence::{SessionFilter, SessionTally, SessionTotals, ShownPage};
use std::collections::HashMap;

/// A page of sessions.
#[derive(Debug, Clone)]
pub struct SessionList {
    /// The sessions, the last changed first.
    pub page: Page<Session, SessionCursor>,
    /// How many the drawer or scope holds in all.
    pub total: i64,
    /// Nothing up to this position is missing from the page.
    pub as_of: Position,
}

/// A session and its newest messages.
#[derive(Debug, Clone)]
pub struct OpenedSession {
    /// The session.
    pub session: Session,
    /// A page of its branch shown, oldest first.
    pub messages: Page<Message, MessageCursor>,
    /// Those of them that have alternatives.
    pub alternatives: HashMap<MessageId, Alternatives>,
    /// Nothing up to this position is missing.
    pub as_of: Position,
}

/// A drawer and how many sessions lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryCount {
    /// The drawer.
    pub category: Category,
    /// How many sessions outside the trash.
    pub count: i64,
}

/// Counts over the whole history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatStats {
    /// Sessions and messages in all.
    pub totals: SessionTotals,
    /// Sessions outside the trash by drawer, all drawers named.
    pub by_category: Vec<(SessionCategory, i64)>,
}

impl ChatService {
    /// A page of sessions.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(
        &self,
        filter: SessionFilter,
        after: Option<SessionCursor>,
        limit: Limit,
    ) -> Result<SessionList, ChatError> {
        let as_of = self.inner.store.head();
        let read = move |tx: &mut persistence::ReadTx<'_>| {
            let total = match is_tallied(&filter) {
                true => {
                    let tallies = tx.sessions().tallies()?;
                    tallies.iter().filter(|tally| counts(&filter, tally)).map(|tally| tally.live).sum()
                }
                false => tx.sessions().count(&filter)?,
            };
            let page = tx.sessions().list(&filter, after, limit)?;
            Ok(SessionList { page, total, as_of })
        };
        self.inner.store.read(read).await
    }

    /// A session and the page of its branch shown that ends before the cursor; without one, its newest.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also when the view does not show it.
    pub async fn open_session(
        &self,
        id: SessionId,
        within: Within,
        before: Option<MessageCursor>,
        limit: Limit,
    ) -> Result<OpenedSession, ChatError> {
        let as_of = self.inner.store.head();
        let read = move |tx: &mut persistence::ReadTx<'_>| {
            let session = within.find(tx, id)?;
            let page = tx.branches().page(&session, before, limit)?;
            Ok::<_, ChatError>((session, page))
        };
        let (session, ShownPage { messages, alternatives }) = self.inner.store.read(read).await?;
        let messages = messages.map(|message| self.inner.with_live_text(message));
        Ok(OpenedSession { session, messages, alternatives, as_of })
    }

    /// The drawers with their counts. `department:<slug>` counts what that department's view shows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn categories(&self) -> Result<Vec<CategoryCount>, ChatError> {
        let read = |tx: &mut persistence::ReadTx<'_>| {
            Ok::<_, ChatError>((tx.categories().all()?, tx.sessions().tallies()?))
        };
        let (categories, tallies) = self.inner.store.read(read).await?;
        let count = |name: &str| {
            let of = |tally: &&SessionTally| match name.strip_prefix("department:") {
                Some(slug) => tally.department_id.as_deref() == Some(slug),
                None => tally.category == name,
            };
            tallies.iter().filter(of).map(|tally| tally.live).sum()
        };
        Ok(categories
            .into_iter()
            .map(|category| CategoryCount { count: count(&category.name), category })
            .collect())
    }

    /// Counts over the whole history.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stats(&self) -> Result<ChatStats, ChatError> {
        let read = |tx: &mut persistence::ReadTx<'_>| {
            Ok::<_, ChatError>((tx.sessions().totals()?, tx.sessions().tallies()?))
        };
        let (totals, tallies) = self.inner.store.read(read).await?;
        let count = |category: &SessionCategory| {
            let of = |tally: &&SessionTally| tally.category == category.as_str();
            (*category, tallies.iter().filter(of).map(|tally| tally.live).sum())
        };
        Ok(ChatStats { totals, by_category: SessionCategory::ALL.iter().map(count).collect() })
    }
}

/// Whether the tallies know how many a filter lists: they are of what lies outside the trash, whatever its marks and titles.
const fn is_tallied(filter: &SessionFilter) -> bool {
    !filter.deleted && filter.pinned.is_none() && filter.archived.is_none() && filter.title.is_none()
}

/// Whether a tally is part of a list's total.
fn counts(filter: &SessionFilter, tally: &SessionTally) -> bool {
    filter.category.is_none_or(|category| category.as_str() == tally.category)
        && filter.scope_type.is_none_or(|kind| kind.as_str() == tally.scope_type)
        && filter.scope_id.as_deref().is_none_or(|id| id == tally.scope_id)
        && filter.department_id.as_deref().is_none_or(|slug| tally.department_id.as_deref() == Some(slug))
}
