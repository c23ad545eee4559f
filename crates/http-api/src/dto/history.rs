//! Sessions: made, opened, changed, counted.

use chat_service::{CategoryCount, ChatStats, NewSession, OpenedSession, SessionEdit};
use domain::view::{MessageView, SessionView};
use domain::{Message, Position, ScopeType, Session, SessionCategory, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::MessageList;

/// A chat to begin.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct StartChat {
    /// Its title, on one line; without one the first message gives it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub(crate) title: Option<String>,
}

/// A chat that was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct StartedChat {
    success: bool,
    session_id: SessionId,
    session: SessionView,
    /// The text of the session's first message.
    welcome_message: String,
}

impl From<(Session, Message)> for StartedChat {
    fn from((session, welcome): (Session, Message)) -> Self {
        Self {
            success: true,
            session_id: session.id,
            session: session.into(),
            welcome_message: welcome.content,
        }
    }
}

/// A session to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSession)]
pub(crate) struct NewSessionBody {
    /// Its title, on one line; without one the first message gives it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
    /// The kind of counterpart.
    scope_type: ScopeType,
    /// The slug of the department, agent or council.
    scope_id: Option<String>,
}

impl From<NewSessionBody> for NewSession {
    fn from(body: NewSessionBody) -> Self {
        let NewSessionBody { title, scope_type, scope_id } = body;
        Self { title, scope_type, scope_id }
    }
}

/// What is to change of a session; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = SessionEdit)]
pub(crate) struct EditSession {
    /// Set by hand from then on; on one line.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
    pinned: Option<bool>,
    archived: Option<bool>,
    category: Option<SessionCategory>,
}

impl From<EditSession> for SessionEdit {
    fn from(body: EditSession) -> Self {
        let EditSession { title, pinned, archived, category } = body;
        Self { title, pinned, archived, category }
    }
}

/// A session with a page of its messages.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenedSession)]
pub(crate) struct OpenedSessionView {
    session: SessionView,
    /// Oldest first; the page is the newest unless `before` says otherwise.
    messages: Vec<MessageView>,
    /// How many the branch shown holds in all.
    message_count: i64,
    /// The `before` of the page of older messages.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<OpenedSession> for OpenedSessionView {
    fn from(opened: OpenedSession) -> Self {
        let message_count = opened.session.message_count;
        let session = opened.session.clone().into();
        let MessageList { messages, next_cursor, as_of } = opened.into();
        Self { session, messages, message_count, next_cursor, as_of }
    }
}

/// The drawers of the history.
#[derive(Serialize, ToSchema)]
pub(crate) struct Categories {
    pub(crate) categories: Vec<CategoryView>,
    /// Always null: all are here.
    pub(crate) next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    pub(crate) as_of: Position,
}

/// A drawer of the history.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(crate) struct CategoryView {
    name: String,
    title: String,
    /// `#RRGGBB`.
    color: String,
    /// How many sessions lie in it.
    count: i64,
}

impl From<CategoryCount> for CategoryView {
    fn from(counted: CategoryCount) -> Self {
        let CategoryCount { category, count } = counted;
        Self { name: category.name, title: category.title, color: category.color, count }
    }
}

/// Counts over the whole history. Sessions in the trash count as deleted only.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatStats)]
pub(crate) struct StatsView {
    sessions: i64,
    deleted: i64,
    pinned: i64,
    archived: i64,
    messages: i64,
    /// Sessions by drawer.
    by_category: BTreeMap<&'static str, i64>,
}

impl From<ChatStats> for StatsView {
    fn from(stats: ChatStats) -> Self {
        let totals = stats.totals;
        let by_category = stats.by_category.into_iter().map(|(category, count)| (category.as_str(), count));
        Self {
            sessions: totals.live,
            deleted: totals.deleted,
            pinned: totals.pinned,
            archived: totals.archived,
            messages: totals.messages,
            by_category: by_category.collect(),
        }
    }
}
