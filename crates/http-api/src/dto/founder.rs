//! The Founder panel: overrides, emergencies, the dashboard.

use super::BrainView;
use chat_service::QueueDepths;
use company_service::{Dashboard, Listed, Locked, SetOverride};
use domain::view::OverrideView;
use domain::{Override, OverrideKind, Position, RecordedEvent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An override to set.
#[derive(Deserialize, ToSchema)]
pub(crate) struct OverrideBody {
    /// What it changes to; it fits the key.
    #[schema(value_type = Value)]
    value: Value,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// When it ends by itself; in the future.
    expires_at: Option<Timestamp>,
}

impl From<OverrideBody> for SetOverride {
    fn from(body: OverrideBody) -> Self {
        let OverrideBody { value, reason, expires_at } = body;
        Self { value, reason, expires_at }
    }
}

/// The overrides in force, and what can be overridden.
#[derive(Serialize, ToSchema)]
pub(crate) struct OverrideList {
    overrides: Vec<OverrideView>,
    /// Every key there is.
    available: Vec<OverrideKind>,
    /// The cursor of the next page: there is none.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<Override, String>> for OverrideList {
    fn from(listed: Listed<Override, String>) -> Self {
        Self {
            overrides: views(listed.page.items),
            available: OverrideKind::all(),
            next_cursor: None,
            as_of: listed.as_of,
        }
    }
}

pub(super) fn views(overrides: Vec<Override>) -> Vec<OverrideView> {
    overrides.into_iter().map(Into::into).collect()
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReasonBody {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// Whether maintenance is to be, and why.
#[derive(Deserialize, ToSchema)]
pub(crate) struct MaintenanceBody {
    /// True begins it, false ends it.
    pub(crate) enabled: bool,
    /// Why; needed to begin it.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: Option<String>,
}

/// What was stopped.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stopped {
    /// How many replies.
    pub(crate) stopped: usize,
}

/// A lockdown holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct LockedDown {
    /// How many replies it stopped.
    stopped: usize,
    /// The override that holds.
    #[serde(rename = "override")]
    lockdown: OverrideView,
}

impl From<Locked> for LockedDown {
    fn from(locked: Locked) -> Self {
        Self { stopped: locked.stopped, lockdown: locked.lockdown.into() }
    }
}

/// What no longer holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Released {
    /// The overrides that were in force.
    released: Vec<OverrideView>,
}

impl From<Vec<Override>> for Released {
    fn from(released: Vec<Override>) -> Self {
        Self { released: views(released) }
    }
}

/// Whether there is maintenance.
#[derive(Serialize, ToSchema)]
pub(crate) struct MaintenanceView {
    enabled: bool,
    /// The override that holds.
    #[serde(rename = "override")]
    read_only: Option<OverrideView>,
}

impl From<Option<Override>> for MaintenanceView {
    fn from(read_only: Option<Override>) -> Self {
        Self { enabled: read_only.is_some(), read_only: read_only.map(Into::into) }
    }
}

/// What waits for the database.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queues {
    waiting_reads: usize,
    waiting_searches: usize,
    waiting_writes: usize,
}

impl From<QueueDepths> for Queues {
    fn from(depths: QueueDepths) -> Self {
        Self { waiting_reads: depths.reads, waiting_searches: depths.searches, waiting_writes: depths.writes }
    }
}

/// The company at a glance: counted now, from the rows or of what runs.
#[derive(Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub(crate) struct DashboardView {
    counts: Counts,
    brain: BrainView,
    queues: Queues,
    /// The overrides in force.
    overrides: Vec<OverrideView>,
    /// The newest twenty events, newest first.
    last_events: Vec<RecordedEvent>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

/// How many there are of what.
#[derive(Serialize, ToSchema)]
struct Counts {
    /// Hidden ones included.
    departments: i64,
    agents: usize,
    /// By status; one that is making a reply is working.
    agents_by_status: BTreeMap<&'static str, usize>,
    /// Outside the trash.
    sessions: i64,
    /// In the trash.
    deleted_sessions: i64,
    /// In sessions outside the trash.
    messages: i64,
    /// In sessions outside the trash, as they are stored.
    replies_by_status: BTreeMap<&'static str, i64>,
    /// When those of them that have ended were counted: now, or, above 20,000 messages, at most 30 s ago.
    replies_counted_at: Timestamp,
    tasks_by_status: BTreeMap<&'static str, i64>,
    debates_by_status: BTreeMap<&'static str, i64>,
    connections_by_status: BTreeMap<&'static str, i64>,
}

impl From<Dashboard> for DashboardView {
    fn from(it: Dashboard) -> Self {
        let counts = Counts {
            departments: it.departments,
            agents: it.agents.iter().map(|(_, count)| count).sum(),
            agents_by_status: it.agents.iter().map(|(status, count)| (status.as_str(), *count)).collect(),
            sessions: it.sessions.live,
            deleted_sessions: it.sessions.deleted,
            messages: it.sessions.messages,
            replies_by_status: it.replies.into_iter().collect(),
            replies_counted_at: it.replies_counted_at,
            tasks_by_status: it.tasks.into_iter().collect(),
            debates_by_status: it.debates.into_iter().collect(),
            connections_by_status: it.connections.into_iter().collect(),
        };
        Self {
            counts,
            brain: it.brain.into(),
            queues: it.queues.into(),
            overrides: views(it.overrides),
            last_events: it.last_events,
            as_of: it.as_of,
        }
    }
}
