//! Pages of lists.

use chat_service::SessionList;
use domain::view::{AgentView, DepartmentView, MessageView, SessionView};
use domain::{Agent, Department, Page, Position, Slug, SlugCursor};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of sessions, the last changed first.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionList)]
pub(crate) struct SessionListView {
    sessions: Vec<SessionView>,
    /// How many the drawer or scope holds in all.
    total: i64,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<SessionList> for SessionListView {
    fn from(list: SessionList) -> Self {
        Self {
            sessions: list.page.items.into_iter().map(Into::into).collect(),
            total: list.total,
            next_cursor: list.page.next.map(|next| next.to_string()),
            as_of: list.as_of,
        }
    }
}

/// A page of messages, oldest first: those of the branch shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageList {
    pub(crate) messages: Vec<MessageView>,
    /// The `before` of the page of older messages.
    pub(crate) next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    pub(crate) as_of: Position,
}

/// A page of departments.
#[derive(Serialize, ToSchema)]
pub(crate) struct DepartmentList {
    departments: Vec<DepartmentView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl DepartmentList {
    pub(crate) fn new(page: Page<Department, SlugCursor>, as_of: Position) -> Self {
        Self {
            departments: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}

/// A page of agents.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentList {
    agents: Vec<AgentView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl AgentList {
    pub(crate) fn new(page: Page<Agent, Slug>, as_of: Position) -> Self {
        Self {
            agents: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}
