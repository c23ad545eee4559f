//! The company at a glance: what is stored, counted, and what the running server knows.

mod replies;

pub use replies::CountLimits;
pub(crate) use replies::Counting;

use crate::{Company, CompanyError};
use chat_service::{Brain, QueueDepths, ReadTx, SessionTotals};
use domain::{
    AgentStatus, ConnectionStatus, DebateStatus, Epoch, EventFilter, Override, Position, RecordedEvent,
    TaskStatus, Timestamp,
};

/// How many events a dashboard shows.
const LAST_EVENTS: usize = 20;

/// What a reply can be.
const STATUSES: [&str; 7] =
    ["pending", "streaming", "deferred", "complete", "stopped", "interrupted", "failed"];

/// The Founder's dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Departments, hidden ones included.
    pub departments: i64,
    /// Agents by status; one that is making a reply or is at a task is working.
    pub agents: Vec<(AgentStatus, usize)>,
    /// Sessions and their messages.
    pub sessions: SessionTotals,
    /// Replies by status, in sessions outside the trash.
    pub replies: Vec<(&'static str, i64)>,
    /// When those that have ended were counted.
    pub replies_counted_at: Timestamp,
    /// Tasks by status.
    pub tasks: Vec<(&'static str, i64)>,
    /// Debates by status.
    pub debates: Vec<(&'static str, i64)>,
    /// Connections by status.
    pub connections: Vec<(&'static str, i64)>,
    /// The model side.
    pub brain: Brain,
    /// What waits for the database.
    pub queues: QueueDepths,
    /// The overrides in force.
    pub overrides: Vec<Override>,
    /// The newest events, newest first.
    pub last_events: Vec<RecordedEvent>,
    /// Nothing up to this position is missing.
    pub as_of: Position,
}

/// The server's state, as far as the company knows it.
#[derive(Debug, Clone)]
pub struct SystemStatus {
    /// The database.
    pub database: DatabaseState,
    /// What waits for it.
    pub queues: QueueDepths,
    /// The model side.
    pub brain: Brain,
    /// The overrides in force.
    pub overrides: Vec<Override>,
}

/// What a database holds.
#[derive(Debug, Clone)]
pub struct DatabaseState {
    /// The file's name, without its folder.
    pub file: String,
    /// Its size on disk, with its write-ahead log.
    pub size_bytes: u64,
    /// Sessions and their messages.
    pub sessions: SessionTotals,
    /// Which log of events it holds.
    pub epoch: Epoch,
    /// The smallest `since` that loses no event.
    pub floor: Position,
    /// The newest event.
    pub head: Position,
}

/// What the dashboard reads at one moment.
struct Rows {
    departments: i64,
    agents: Vec<(String, AgentStatus)>,
    sessions: SessionTotals,
    tasks: Vec<(String, i64)>,
    debates: Vec<(String, i64)>,
    connections: Vec<(String, i64)>,
    overrides: Vec<Override>,
    events: Vec<RecordedEvent>,
}

impl Company {
    /// The company at a glance. Each number is counted now, from the rows or of what runs, but for the ended replies of a
    /// large company ([`CountLimits`]).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dashboard(&self) -> Result<Dashboard, CompanyError> {
        let as_of = self.store().head();
        let now = self.chat.clock().now();
        let (mut rows, replies) = self.counting.with(now, self.store(), Rows::read).await?;
        rows.overrides.retain(|it| it.is_in_force(now));
        Ok(Dashboard {
            departments: rows.departments,
            agents: self.by_status(&rows.agents),
            sessions: rows.sessions,
            replies: every_status(STATUSES, &replies.by_status),
            replies_counted_at: replies.at,
            tasks: every_status(TaskStatus::ALL.iter().map(|status| status.as_str()), &rows.tasks),
            debates: every_status(DebateStatus::ALL.iter().map(|status| status.as_str()), &rows.debates),
            connections: every_status(
                ConnectionStatus::ALL.iter().map(|status| status.as_str()),
                &rows.connections,
            ),
            brain: self.chat.brain().await?,
            queues: self.store().queue_depths(),
            overrides: rows.overrides,
            last_events: rows.events,
            as_of,
        })
    }

    /// The state of the server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn system_status(&self) -> Result<SystemStatus, CompanyError> {
        let read = |tx: &mut ReadTx<'_>| {
            let (epoch, floor) = tx.events().identity()?;
            Ok::<_, CompanyError>((tx.sessions().totals()?, epoch, floor, tx.events().head()?))
        };
        let (sessions, epoch, floor, head) = self.store().read(read).await?;
        let file = self.store().path().file_name().map(|name| name.to_string_lossy().into_owned());
        let size_bytes = self.store().size_bytes()?;
        let file = file.unwrap_or_default();
        Ok(SystemStatus {
            database: DatabaseState { file, size_bytes, sessions, epoch, floor, head },
            queues: self.store().queue_depths(),
            brain: self.chat.brain().await?,
            overrides: self.chat.rules().in_force().cloned().collect(),
        })
    }

    fn by_status(&self, agents: &[(String, AgentStatus)]) -> Vec<(AgentStatus, usize)> {
        let working = self.working_agents();
        let now = |(slug, stored): &(String, AgentStatus)| match stored {
            AgentStatus::Idle if working.contains(slug) => AgentStatus::Working,
            stored => *stored,
        };
        let count = |status: &AgentStatus| agents.iter().filter(|agent| now(agent) == *status).count();
        AgentStatus::ALL.iter().map(|status| (*status, count(status))).collect()
    }
}

impl Rows {
    fn read(tx: &mut ReadTx<'_>) -> Result<Self, CompanyError> {
        let head = tx.events().head()?;
        let since =
            Position::new(head.get().saturating_sub(i64::try_from(LAST_EVENTS).unwrap_or(i64::MAX)).max(0));
        let mut events = tx.events().after(since, &EventFilter::default(), LAST_EVENTS)?;
        events.reverse();
        Ok(Self {
            departments: tx.counts().departments()?,
            agents: tx.counts().agent_statuses()?,
            sessions: tx.sessions().totals()?,
            tasks: tx.counts().tasks_by_status()?,
            debates: tx.counts().debates_by_status()?,
            connections: tx.counts().connections_by_status()?,
            overrides: tx.overrides().all()?,
            events,
        })
    }
}

/// A number for each status, also where there is none.
fn every_status(
    statuses: impl IntoIterator<Item = &'static str>,
    counted: &[(String, i64)],
) -> Vec<(&'static str, i64)> {
    let count = |status| counted.iter().find(|(word, _)| word == status).map_or(0, |(_, count)| *count);
    statuses.into_iter().map(|status| (status, count(status))).collect()
}
