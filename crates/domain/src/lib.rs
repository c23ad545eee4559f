#![doc = include_str!("../README.md")]

mod actor;
mod agent;
mod audit;
mod branch;
mod category;
mod connection;
mod council;
mod debate;
mod department;
mod event;
mod founder;
mod id;
mod import;
mod message;
mod page;
mod position;
mod pull;
mod scope;
mod search;
mod secret;
mod session;
mod slug;
mod task;
mod time;
mod tool;
mod usage;
pub mod view;
mod voice;

pub use actor::Actor;
pub use agent::{Agent, AgentStatus};
pub use audit::{Action, AuditEntry, AuditFilter, InvalidAction};
pub use branch::Alternatives;
pub use category::Category;
pub use connection::{
    AccessSource, Connection, ConnectionHealth, ConnectionStatus, Grantee, SealedSecret, SecretField,
    ServerInfo, ToolMark, ToolTerms, Transport, TransportKind,
};
pub use council::{Council, CouncilMember};
pub use debate::{Absence, Closing, Debate, DebateStatus, Seat, Synthesis};
pub use department::{Department, DepartmentStatus};
pub use event::{
    AgentDeleted, BackupTaken, BranchSelected, CompanyReset, ConfigChanged, ConnectionDeleted,
    CouncilDeleted, DebateMessage, DepartmentDeleted, EntityType, Event, EventDraft, EventFilter,
    LogCompacted, MemberDeleted, MessageEdited, RecordedEvent, Removed, SecretsResealed, SessionDeleted,
    TaskDeleted, VoiceSampleDeleted,
};
pub use founder::{
    Cleared, EmergencyAction, InvalidOverride, Override, OverrideKey, OverrideKind, Routing, UnknownOverride,
};
pub use id::{
    ClipId, ConnectionId, EntityId, IdSource, ImportId, InvalidId, MemberId, MessageId, PullId, SampleId,
    SessionId, TaskId, ToolCallId,
};
pub use import::{Import, ImportForm, ImportRemark, ImportReport, ImportStatus, ImportTally};
pub use message::{
    Failure, FailureCode, InvalidTransition, Message, MessageState, Note, NoteStatus, Role, Speaker,
    SpeakerKind, Usage,
};
pub use page::{
    InvalidCursor, InvalidLimit, Limit, MemberCursor, MessageCursor, Page, SessionCursor, SlugCursor,
};
pub use position::{Epoch, Position};
pub use pull::{Pull, PullCursor, PullStatus};
pub use scope::{Scope, ScopeType, SessionCategory};
pub use search::{Rank, SearchCursor, Stretch};
pub use secret::Secret;
pub use session::{LastMessage, Preview, Session, Title};
pub use slug::{InvalidSlug, Slug};
pub use task::{InvalidTaskStep, Task, TaskCursor, TaskPriority, TaskRun, TaskStatus};
pub use time::{Clock, InvalidTimestamp, Timestamp};
pub use tool::{ToolAccess, ToolApproval, ToolCallCursor, ToolCallStatus, ToolUse};
pub use usage::{
    Budget, BudgetKind, Budgets, Cost, DailyUsage, Day, InvalidMoney, ModelCall, Money, Price, Prices,
    Spending, UsageSum,
};
pub use voice::{AudioFormat, VoiceOwner, VoiceSample, VoiceState};
