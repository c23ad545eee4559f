#![doc = include_str!("../README.md")]

mod backup;
mod chain;
mod error;
mod inspection;
mod lock;
mod migrate;
#[cfg(feature = "postgres")]
#[allow(dead_code, reason = "type-checked only, until the scale-out work runs it")]
mod postgres;
mod readers;
mod repositories;
mod rows;
mod schema;
mod search;
mod sqlite;
mod store;
mod tx;
mod types;
mod writer;

pub use backup::{Backup, Restored, back_up, restore};
pub use chain::{Breach, BreachKind, LogCheck, LogHash, Reach};
pub use error::StoreError;
pub use inspection::{Inspection, look};
pub use repositories::{
    AgentFilter, AgentTally, Agents, AgentsMut, AuditCount, Brain, BrainMut, Branches, BranchesMut,
    Categories, CategoriesMut, Change, Connections, ConnectionsMut, Councils, CouncilsMut, Counts, Debates,
    DebatesMut, Departments, DepartmentsMut, Events, Expired, IdempotencyKeys, IdempotencyKeysMut,
    IdempotencyRecord, Imports, ImportsMut, KnownBrain, Messages, MessagesMut, OpenReply, Order, Overrides,
    OverridesMut, Place, PutCall, Said, Search, SearchFilter, SearchHit, SessionFilter, SessionTally,
    SessionTotals, Sessions, SessionsMut, Settings, SettingsMut, ShownPage, StoredAnswer, TaskFilter,
    TaskTally, TaskWrite, Tasks, TasksMut, Tools, ToolsMut, Transfer, TransferMut, Transferred, UsageMut,
    UsageSums, Voices, VoicesMut,
};
pub use search::{InvalidQuery, SearchQuery};
pub use store::{FileSizes, QueueDepths, Store, StoreSettings};
pub use tx::{ReadTx, WriteTx};
