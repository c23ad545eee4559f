//! What bodies hold: what is asked, and what is answered. The things themselves are `domain::view`'s.

mod brain;
mod councils;
mod events;
mod history;
mod list;
mod turn;

pub(crate) use brain::BrainView;
pub(crate) use councils::{
    CouncilList, CouncilMemberList, DebateList, DebateMessageBody, DebateRecordView, EditCouncil, EditMember,
    NewCouncilBody, NewDebateBody, NewMemberBody,
};
pub(crate) use events::{EventCounts, EventPageView};
pub(crate) use history::{
    Categories, EditSession, NewSessionBody, OpenedSessionView, StartChat, StartedChat, StatsView,
};
pub(crate) use list::{AgentList, DepartmentList, MessageList, SessionListView};
pub(crate) use turn::{DepartmentTurnBody, SessionTurn, TurnBody, TurnView};
