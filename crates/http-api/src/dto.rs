//! What bodies hold: what is asked, and what is answered. The things themselves are `domain::view`'s.

mod approvals;
mod audit;
mod brain;
mod branches;
mod company;
mod connections;
mod councils;
mod events;
mod founder;
mod history;
mod list;
mod models;
mod search;
mod system;
mod tasks;
mod turn;
mod upkeep;
mod usage;
mod voice;

pub(crate) use approvals::{ApprovalList, ApproveBody, RefuseBody, approval};
pub(crate) use audit::{AuditList, AuditStatsView, LogCheckView};
pub(crate) use brain::BrainView;
pub(crate) use branches::{EditMessageBody, RegenerateBody, placed};
pub(crate) use company::{ActivityList, EditAgent, EditDepartment, NewAgentBody, NewDepartmentBody};
pub(crate) use connections::{
    ConnectionList, EditConnection, NewConnectionBody, PromptList, ResourceList, ToolList, ToolMarkBody,
    ToolResultView, ToolTryBody, ToolView,
};
pub(crate) use councils::{
    CouncilList, CouncilMemberList, DebateList, DebateMessageBody, DebateRecordView, EditCouncil, EditMember,
    NewCouncilBody, NewDebateBody, NewMemberBody,
};
pub(crate) use events::{EventCounts, EventPageView};
pub(crate) use founder::{
    DashboardView, LockedDown, MaintenanceBody, MaintenanceView, OverrideBody, OverrideList, ReasonBody,
    Released, Stopped,
};
pub(crate) use history::{
    Categories, EditSession, NewSessionBody, OpenedSessionView, StartChat, StartedChat, StatsView,
};
pub(crate) use list::{AgentList, DepartmentList, MessageList, SessionListView};
pub(crate) use models::{
    ModelBody, ModelList, ModelTestBody, ModelTestView, PullAnswer, PullList, SelectBody, Selected,
};
pub(crate) use search::SearchPageView;
pub(crate) use system::{SettingBody, SettingList, SettingView, StatusView};
pub(crate) use tasks::{AssignTask, EditTask, NewTaskBody, TaskList, TaskStatsView};
pub(crate) use turn::{DepartmentTurnBody, SessionTurn, TurnBody, TurnView};
pub(crate) use upkeep::{BackupAnswer, BackupList, ResetBody, ResetView};
pub(crate) use usage::UsageView;
pub(crate) use voice::{
    BegunView, CommandList, DeltaView, HushBody, Hushed, InteractBody, InteractView, ObeyedView,
    RecordingForm, SampleForm, SpeakBody, SpokenView, TranscriptView, VoiceList, VoiceSampleList,
    VoiceStateBody, VoiceStatusView,
};
