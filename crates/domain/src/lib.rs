#![doc = include_str!("../README.md")]

mod actor;
mod agent;
mod category;
mod department;
mod event;
mod id;
mod message;
mod page;
mod position;
mod scope;
mod search;
mod session;
mod slug;
mod time;
pub mod view;

pub use actor::Actor;
pub use agent::{Agent, AgentStatus};
pub use category::Category;
pub use department::{Department, DepartmentStatus};
pub use event::{
    AgentDeleted, ConfigChanged, DepartmentDeleted, EntityType, Event, EventDraft, EventFilter,
    RecordedEvent, SessionDeleted,
};
pub use id::{EntityId, IdSource, InvalidId, MessageId, SessionId};
pub use message::{
    Failure, FailureCode, InvalidTransition, Message, MessageState, Note, NoteStatus, Role, Speaker,
    SpeakerKind, Usage,
};
pub use page::{InvalidCursor, InvalidLimit, Limit, MessageCursor, Page, SessionCursor, SlugCursor};
pub use position::{Epoch, Position};
pub use scope::{Scope, ScopeType, SessionCategory};
pub use search::{Rank, SearchCursor, Stretch};
pub use session::{LastMessage, Preview, Session, Title};
pub use slug::{InvalidSlug, Slug};
pub use time::{Clock, InvalidTimestamp, Timestamp};
