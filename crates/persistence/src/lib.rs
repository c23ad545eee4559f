#![doc = include_str!("../README.md")]

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

pub use error::StoreError;
pub use inspection::Inspection;
pub use repositories::{
    AgentFilter, Agents, AgentsMut, Categories, CategoriesMut, Change, Departments, DepartmentsMut, Events,
    IdempotencyKeys, IdempotencyKeysMut, IdempotencyRecord, Messages, MessagesMut, OpenReply, Place, Said,
    Search, SearchFilter, SearchHit, SessionFilter, SessionTally, SessionTotals, Sessions, SessionsMut,
    Settings, SettingsMut, StoredAnswer,
};
pub use search::{InvalidQuery, SearchQuery};
pub use store::{QueueDepths, Store, StoreSettings};
pub use tx::{ReadTx, WriteTx};
