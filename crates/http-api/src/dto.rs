//! What bodies hold: what is asked, and what is answered. The things themselves are `domain::view`'s.

mod audit;
mod brain;
mod events;
mod history;
mod list;
mod turn;
mod upkeep;

pub(crate) use audit::{AuditList, AuditStatsView, LogCheckView};
pub(crate) use brain::BrainView;
pub(crate) use events::{EventCounts, EventPageView};
pub(crate) use history::{
    Categories, EditSession, NewSessionBody, OpenedSessionView, StartChat, StartedChat, StatsView,
};
pub(crate) use list::{AgentList, DepartmentList, MessageList, SessionListView};
pub(crate) use turn::{DepartmentTurnBody, SessionTurn, TurnBody, TurnView};
pub(crate) use upkeep::{BackupAnswer, BackupList, ResetBody, ResetView};
