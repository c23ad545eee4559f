#![doc = include_str!("../README.md")]

mod approvals;
mod asking;
mod branches;
mod briefing;
mod builder;
mod checkpoint;
mod deferred;
mod emergency;
mod error;
mod events;
mod health;
mod line;
mod live;
mod models;
mod notes;
mod prompt;
mod pulls;
mod recipient;
mod recovery;
mod replies;
mod reply;
mod rules;
mod search;
mod service;
mod sessions;
mod speech;
mod system;
mod told;
mod toolbox;
mod tools;
mod transfer;
mod turn;
mod updates;
mod usage;

pub use approvals::ApprovalList;
pub use asking::{Answer, AnswerPart, Asked, CallId, Door, Finish, Terms, Whole};
pub use branches::{AlternativeList, EditMessage, Regenerate};
pub use builder::ChatServiceBuilder;
pub use domain;
pub use error::ChatError;
pub use event_bus::{
    Delivery, EventBus, Item, LogError, ResetReason, Signal, SignalDelivery, SignalKind, Subscribe,
    Subscription,
};
pub use events::{EventCounts, EventPage};
pub use llm_gateway::{
    BrainStatus, ChatModel, ChatRequest, Chunk, Circuit, ClientSettings, Gateway, GatewayBuilder,
    GatewayError, GatewaySettings, ModelInfo, ModelName, ModelTest, OllamaModel, OpenAiModel, PromptMessage,
    PromptRole, Provider, ProviderKind, ProviderStatus, ScriptedModel, Secret, SetupError, ToolCall,
    ToolCallDelta, Tools,
};
pub use models::{ListedModel, ModelCursor};
pub use persistence::{
    AgentFilter, AgentTally, AuditCount, Backup, Breach, BreachKind, Change, Expired, FileSizes,
    IdempotencyRecord, Inspection, InvalidQuery, LogCheck, LogHash, Order, PutCall, QueueDepths, Reach,
    ReadTx, Restored, SearchFilter, SearchHit, SearchQuery, SessionFilter, SessionTally, SessionTotals,
    Store, StoreError, StoreSettings, StoredAnswer, TaskFilter, TaskWrite, Transferred, WriteTx, back_up,
    look, restore,
};
pub use pulls::{PullNow, PullState};
pub use recipient::{Recipient, can_answer, spokesperson};
pub use rules::Rules;
pub use search::{SearchPage, SearchRequest};
pub use service::{Brain, ChatLimits, ChatService};
pub use sessions::{CategoryCount, ChatStats, NewSession, OpenedSession, SessionEdit, SessionList, Within};
pub use speech::{SpeakError, Speech, Utterance};
pub use system::{SystemClock, SystemIds};
pub use toolbox::{Decision, GrantedTool, ToolAnswer, ToolFailure, ToolProgress, ToolRequest, Toolbox};
pub use tools::ToolLimits;
pub use transfer::{Export, ExportFormat, RunningImport, UnknownFormat, Upload};
pub use turn::{Finished, SendMessage, Turn};
pub use updates::{ReplyUpdate, ReplyUpdates};
pub use usage::{UsageGroup, UsageKey, UsageReport};
