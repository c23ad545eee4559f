//! One repository per aggregate. A method that changes a row records the event of the change.

mod agents;
mod audit;
mod brain;
mod branches;
mod categories;
mod compaction;
mod connections;
mod councils;
mod counts;
mod debates;
mod departments;
mod events;
mod idempotency;
mod imports;
mod messages;
mod overrides;
mod reset;
mod search;
mod sessions;
mod settings;
mod tasks;
mod tools;
mod transfer;
mod usage;
mod voice;

pub use agents::{AgentFilter, Agents, AgentsMut};
pub use audit::{AuditCount, Order};
pub use brain::{Brain, BrainMut, KnownBrain};
pub use branches::{Branches, BranchesMut, ShownPage};
pub use categories::{Categories, CategoriesMut};
pub use compaction::Expired;
pub use connections::{Connections, ConnectionsMut};
pub use councils::{Councils, CouncilsMut};
pub use counts::Counts;
pub use debates::{Debates, DebatesMut};
pub use departments::{Departments, DepartmentsMut};
pub use events::Events;
pub use idempotency::{IdempotencyKeys, IdempotencyKeysMut, IdempotencyRecord, StoredAnswer};
pub use imports::{Imports, ImportsMut};
pub use messages::{Messages, MessagesMut, OpenReply, Place, Said};
pub use overrides::{Overrides, OverridesMut};
pub use search::{Search, SearchFilter, SearchHit};
pub use sessions::{SessionFilter, SessionTally, SessionTotals, Sessions, SessionsMut};
pub use settings::{Settings, SettingsMut};
pub use tasks::{AgentTally, TaskFilter, TaskTally, TaskWrite, Tasks, TasksMut};
pub use tools::{PutCall, Tools, ToolsMut};
pub use transfer::{Transfer, TransferMut, Transferred};
pub use usage::{UsageMut, UsageSums};
pub use voice::{Voices, VoicesMut};

use domain::{Actor, Event, EventDraft, Limit, Slug, Timestamp};

/// Who makes a change, and when. It is on every event of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

impl Change {
    /// A change by someone at a time.
    pub const fn new(actor: Actor, at: Timestamp) -> Self {
        Self { actor, at }
    }

    fn draft(&self, event: Event, department_id: Option<Slug>) -> EventDraft {
        EventDraft { event, actor: self.actor.clone(), at: self.at, department_id }
    }
}

/// One row more than asked for says that there is a next page.
fn rows_for(limit: Limit) -> i64 {
    i64::try_from(limit.get()).unwrap_or(i64::MAX - 1) + 1
}
