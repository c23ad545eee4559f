//! The server itself: settings and state.

use super::BrainView;
use super::founder::{Queues, views};
use company_service::{DatabaseState, Listed, Setting, SystemStatus};
use domain::view::OverrideView;
use domain::{Epoch, Position};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A setting's new value.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SettingBody {
    /// The value; it fits the key.
    #[schema(value_type = Value)]
    pub(crate) value: Value,
}

/// A setting.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
pub(crate) struct SettingView {
    key: &'static str,
    #[schema(value_type = Value)]
    value: Value,
    /// What it is in a new company.
    #[schema(value_type = Value)]
    default: Value,
    /// What it is for, and what fits it.
    description: &'static str,
}

impl From<Setting> for SettingView {
    fn from(setting: Setting) -> Self {
        let Setting { key, value, default, description } = setting;
        Self { key, value, default, description }
    }
}

/// All settings, by key.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingList {
    settings: Vec<SettingView>,
    /// The cursor of the next page: there is none.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<Setting, String>> for SettingList {
    fn from(listed: Listed<Setting, String>) -> Self {
        let settings = listed.page.items.into_iter().map(Into::into).collect();
        Self { settings, next_cursor: None, as_of: listed.as_of }
    }
}

/// The state of the server.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemStatus)]
pub(crate) struct StatusView {
    /// This program's version.
    version: &'static str,
    /// Seconds since it started.
    uptime_s: u64,
    database: Database,
    queues: Queues,
    /// Replies in the making.
    running_replies: i64,
    /// Replies that wait for the brain.
    deferred_replies: i64,
    /// Open WebSockets.
    sockets: i64,
    brain: BrainView,
    /// The overrides in force.
    overrides: Vec<OverrideView>,
}

/// What the database holds.
#[derive(Serialize, ToSchema)]
#[schema(as = DatabaseState)]
struct Database {
    /// The file's name, without its folder.
    file: String,
    /// On disk, with its write-ahead log.
    size_bytes: u64,
    /// Outside the trash.
    sessions: i64,
    /// In the trash.
    deleted_sessions: i64,
    /// In sessions outside the trash.
    messages: i64,
    /// Events that are kept: positions are dense.
    events: i64,
    /// Which log of events it is.
    epoch: Epoch,
    /// The smallest `since` that loses no event.
    floor: Position,
    /// The newest event.
    head: Position,
}

impl From<DatabaseState> for Database {
    fn from(it: DatabaseState) -> Self {
        Self {
            file: it.file,
            size_bytes: it.size_bytes,
            sessions: it.sessions.live,
            deleted_sessions: it.sessions.deleted,
            messages: it.sessions.messages,
            events: it.head.get() - it.floor.get(),
            epoch: it.epoch,
            floor: it.floor,
            head: it.head,
        }
    }
}

impl StatusView {
    pub(crate) fn new(status: SystemStatus, uptime_s: u64, sockets: i64) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            uptime_s,
            database: status.database.into(),
            queues: status.queues.into(),
            running_replies: status.brain.running_replies,
            deferred_replies: status.brain.deferred_replies,
            sockets,
            brain: status.brain.into(),
            overrides: views(status.overrides),
        }
    }
}
