//! What bodies hold: what is asked, and what is answered. The things themselves are `domain::view`'s.

mod brain;
mod events;
mod history;
mod list;
mod search;
mod turn;

pub(crate) use brain::BrainView;
pub(crate) use events::{EventCounts, EventPageView};
pub(crate) use history::{
    Categories, EditSession, NewSessionBody, OpenedSessionView, StartChat, StartedChat, StatsView,
};
pub(crate) use list::{AgentList, DepartmentList, MessageList, SessionListView};
pub(crate) use search::SearchPageView;
pub(crate) use turn::{DepartmentTurnBody, SessionTurn, TurnBody, TurnView};
