#![doc = include_str!("../README.md")]

mod briefing;
mod builder;
mod checkpoint;
mod error;
mod events;
mod health;
mod line;
mod live;
mod notes;
mod prompt;
mod recipient;
mod recovery;
mod replies;
mod reply;
mod search;
mod service;
mod sessions;
mod system;
mod turn;
mod updates;

pub use builder::ChatServiceBuilder;
pub use domain;
pub use error::ChatError;
pub use event_bus::{
    Delivery, EventBus, Item, LogError, ResetReason, Signal, SignalDelivery, SignalKind, Subscribe,
    Subscription,
};
pub use events::EventPage;
pub use llm_gateway::{
    BrainStatus, ChatModel, ChatRequest, ClientSettings, Gateway, GatewayError, GatewaySettings, ModelInfo,
    OllamaModel, OpenAiModel, PromptMessage, PromptRole, ScriptedModel, Secret, SetupError,
};
pub use persistence::{
    AgentFilter, Change, IdempotencyRecord, Inspection, InvalidQuery, QueueDepths, ReadTx, SearchFilter,
    SearchHit, SearchQuery, SessionFilter, SessionTotals, Store, StoreError, StoreSettings, StoredAnswer,
    WriteTx,
};
pub use recipient::Recipient;
pub use search::{SearchPage, SearchRequest};
pub use service::{Brain, ChatLimits, ChatService};
pub use sessions::{CategoryCount, ChatStats, NewSession, OpenedSession, SessionEdit, SessionList, Within};
pub use system::{SystemClock, SystemIds};
pub use turn::{Finished, SendMessage, Turn};
pub use updates::{ReplyUpdate, ReplyUpdates};
