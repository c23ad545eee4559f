//! Events: durable facts, one for every change.

mod branch;
mod connection;
mod council;
mod recorded;
mod voice;

pub use branch::{BranchSelected, MessageEdited};
pub use connection::{ConnectionDeleted, SecretsResealed};
pub use council::{CouncilDeleted, DebateMessage, MemberDeleted};
pub use recorded::{EventFilter, RecordedEvent};
pub use voice::VoiceSampleDeleted;

use crate::scope::words;
use crate::view::{
    AgentView, BrainState, ConnectionView, CouncilMemberView, CouncilView, DebateView, DepartmentView,
    Emergency, ImportView, Maintenance, MessageView, ModelDeleted, ModelSelected, OverrideCleared,
    OverrideView, PullView, RoutingChanged, SessionView, TaskView, ToolCallView, VoiceSampleView,
    VoiceStateView,
};
use crate::{Actor, Position, SessionId, Slug, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use std::str::FromStr;

words!(
    /// The kind of thing an event is about.
    EntityType {
        /// A session and its messages.
        Chat = "chat",
        /// A department.
        Department = "department",
        /// An agent.
        Agent = "agent",
        /// A task.
        Task = "task",
        /// A council and its debates.
        Council = "council",
        /// The model side.
        Brain = "brain",
        /// An outside tool.
        Connection = "connection",
        /// Speech.
        Voice = "voice",
        /// The Founder's overrides.
        Founder = "founder",
        /// The server itself.
        System = "system",
    }
);

/// A session was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDeleted {
    /// Which.
    pub session_id: SessionId,
    /// Whether it is gone for good, and its messages with it.
    pub permanent: bool,
}

/// A department was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentDeleted {
    /// Which.
    pub slug: Slug,
}

/// An agent was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDeleted {
    /// Which.
    pub slug: Slug,
}

/// A task was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDeleted {
    /// Which.
    pub task_id: TaskId,
}

/// A setting was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChanged {
    /// Which.
    pub key: String,
    /// Its value from now on.
    pub value: serde_json::Value,
}

/// A backup was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupTaken {
    /// Its file's name, in the folder of backups.
    pub name: String,
    /// Its size.
    pub bytes: i64,
    /// When.
    pub created_at: Timestamp,
    /// How many events it holds.
    pub events: i64,
    /// The newest position in it.
    pub head: Position,
    /// SHA-256 of the file, in hexadecimal digits.
    pub checksum: String,
}

/// How many rows a reset removed, by what they were.
pub type Removed = std::collections::BTreeMap<String, i64>;

/// The company was put back to its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyReset {
    /// The backup that holds what was there.
    pub backup: String,
    /// What was removed.
    pub removed: Removed,
}

/// Old events were removed from the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCompacted {
    /// The smallest `since` that loses nothing from now on.
    pub floor: Position,
    /// The oldest event removed by this step.
    pub first: Position,
    /// The newest one.
    pub last: Position,
    /// How many.
    pub removed: i64,
    /// Over all ranges ever removed, in hexadecimal digits: who removes more behind the log's back breaks it.
    pub seal: String,
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) = $name:literal, $entity:ident, |$p:ident| $id:expr;)+) => {
        /// A durable fact. The name on the wire is dotted; an unknown one is kept, so that an old program can read a
        /// newer log.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $variant($payload),)+
            /// A fact that a newer program wrote.
            Unknown {
                /// Its name.
                event_type: String,
                /// What it carries.
                payload: serde_json::Value,
            },
        }

        impl Event {
            /// The names of all facts this program knows.
            pub const TYPES: &'static [&'static str] = &[$($name),+];

            /// The name on the wire.
            pub fn event_type(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $name,)+
                    Self::Unknown { event_type, .. } => event_type,
                }
            }

            /// The kind of thing that facts of a name are about; none for a name this program does not know.
            pub fn kind_of(event_type: &str) -> Option<EntityType> {
                match event_type {
                    $($name => Some(EntityType::$entity),)+
                    _ => None,
                }
            }

            /// What the fact is about: the kind and the id.
            pub fn entity(&self) -> (EntityType, String) {
                match self {
                    $(Self::$variant($p) => (EntityType::$entity, $id),)+
                    Self::Unknown { .. } => (EntityType::System, String::new()),
                }
            }

            /// The payload as JSON text.
            pub fn payload(&self) -> serde_json::Result<Box<RawValue>> {
                match self {
                    $(Self::$variant(payload) => to_raw_value(payload),)+
                    Self::Unknown { payload, .. } => to_raw_value(payload),
                }
            }

            /// Reads a fact back. An unknown name gives [`Event::Unknown`]; a known name with a payload that does not
            /// fit is an error.
            pub fn decode(event_type: &str, payload: &str) -> serde_json::Result<Self> {
                match event_type {
                    $($name => serde_json::from_str(payload).map(Self::$variant),)+
                    other => Ok(Self::Unknown {
                        event_type: other.to_owned(),
                        payload: serde_json::from_str(payload)?,
                    }),
                }
            }
        }
    };
}

events! {
    /// A session was made.
    ChatSessionCreated(SessionView) = "chat.session.created", Chat, |p| p.session_id.to_string();
    /// A session changed otherwise than by a message.
    ChatSessionUpdated(SessionView) = "chat.session.updated", Chat, |p| p.session_id.to_string();
    /// A session was put into the trash, or removed for good.
    ChatSessionDeleted(SessionDeleted) = "chat.session.deleted", Chat, |p| p.session_id.to_string();
    /// A session was taken out of the trash.
    ChatSessionRestored(SessionView) = "chat.session.restored", Chat, |p| p.session_id.to_string();
    /// A message is there: a user's on acceptance, a reply when it is complete.
    ChatMessage(MessageView) = "chat.message", Chat, |p| p.session_id.to_string();
    /// A user's message was written anew, as another one on a branch of its own.
    ChatMessageEdited(MessageEdited) = "chat.message.edited", Chat, |p| p.message.session_id.to_string();
    /// Messages that were aside are shown again.
    ChatBranchSelected(BranchSelected) = "chat.branch.selected", Chat, |p| p.session_id.to_string();
    /// A reply is to be made: it is stored and empty.
    ChatReplyStarted(MessageView) = "chat.reply.started", Chat, |p| p.session_id.to_string();
    /// A reply waits for the brain to return.
    ChatReplyDeferred(MessageView) = "chat.reply.deferred", Chat, |p| p.session_id.to_string();
    /// A reply was ended by the Founder.
    ChatReplyStopped(MessageView) = "chat.reply.stopped", Chat, |p| p.session_id.to_string();
    /// A reply was cut off.
    ChatReplyInterrupted(MessageView) = "chat.reply.interrupted", Chat, |p| p.session_id.to_string();
    /// A reply failed.
    ChatReplyFailed(MessageView) = "chat.reply.failed", Chat, |p| p.session_id.to_string();
    /// A model asks for a call that waits for the Founder.
    ChatToolRequested(ToolCallView) = "chat.tool.requested", Chat, |p| p.session_id.to_string();
    /// The Founder decided on a call, or said nothing in time.
    ChatToolDecided(ToolCallView) = "chat.tool.decided", Chat, |p| p.session_id.to_string();
    /// A call has ended: with an answer, without one, or before it was begun.
    ChatToolCalled(ToolCallView) = "chat.tool.called", Chat, |p| p.session_id.to_string();
    /// A department was made.
    DepartmentCreated(DepartmentView) = "department.created", Department, |p| p.slug.to_string();
    /// A department changed.
    DepartmentUpdated(DepartmentView) = "department.updated", Department, |p| p.slug.to_string();
    /// A department was deleted.
    DepartmentDeleted(DepartmentDeleted) = "department.deleted", Department, |p| p.slug.to_string();
    /// An agent was made.
    AgentCreated(AgentView) = "agent.created", Agent, |p| p.slug.to_string();
    /// An agent changed.
    AgentUpdated(AgentView) = "agent.updated", Agent, |p| p.slug.to_string();
    /// An agent was paused.
    AgentPaused(AgentView) = "agent.paused", Agent, |p| p.slug.to_string();
    /// A paused agent works again.
    AgentResumed(AgentView) = "agent.resumed", Agent, |p| p.slug.to_string();
    /// An agent was deleted.
    AgentDeleted(AgentDeleted) = "agent.deleted", Agent, |p| p.slug.to_string();
    /// A task was made.
    TaskCreated(TaskView) = "task.created", Task, |p| p.task_id.to_string();
    /// A task changed: by hand, because its agent began, or because it has to wait.
    TaskUpdated(TaskView) = "task.updated", Task, |p| p.task_id.to_string();
    /// A turn of a task was finished.
    TaskProgress(TaskView) = "task.progress", Task, |p| p.task_id.to_string();
    /// A task is done, and has its result.
    TaskCompleted(TaskView) = "task.completed", Task, |p| p.task_id.to_string();
    /// A task failed.
    TaskFailed(TaskView) = "task.failed", Task, |p| p.task_id.to_string();
    /// A task was cancelled.
    TaskCancelled(TaskView) = "task.cancelled", Task, |p| p.task_id.to_string();
    /// A task was deleted.
    TaskDeleted(TaskDeleted) = "task.deleted", Task, |p| p.task_id.to_string();
    /// A council was made.
    CouncilCreated(CouncilView) = "council.created", Council, |p| p.slug.to_string();
    /// A council changed.
    CouncilUpdated(CouncilView) = "council.updated", Council, |p| p.slug.to_string();
    /// A council was deleted.
    CouncilDeleted(CouncilDeleted) = "council.deleted", Council, |p| p.slug.to_string();
    /// A member joined a council.
    CouncilMemberCreated(CouncilMemberView) = "council.member.created", Council, |p| p.council_id.to_string();
    /// A member of a council changed.
    CouncilMemberUpdated(CouncilMemberView) = "council.member.updated", Council, |p| p.council_id.to_string();
    /// A member left its council.
    CouncilMemberDeleted(MemberDeleted) = "council.member.deleted", Council, |p| p.council_id.to_string();
    /// A debate was asked for.
    DebateStarted(DebateView) = "council.debate.started", Council, |p| p.council_id.to_string();
    /// A debate changed otherwise than by a message: it went on, waits for the brain, is being summed up.
    DebateUpdated(DebateView) = "council.debate.updated", Council, |p| p.council_id.to_string();
    /// Something was said in a debate.
    DebateMessage(DebateMessage) = "council.debate.message", Council, |p| p.council_id.to_string();
    /// A debate has its synthesis.
    DebateSynthesized(DebateView) = "council.debate.synthesized", Council, |p| p.council_id.to_string();
    /// A debate was ended without a synthesis.
    DebateCancelled(DebateView) = "council.debate.cancelled", Council, |p| p.council_id.to_string();
    /// A setting was changed.
    SystemConfig(ConfigChanged) = "system.config", System, |p| p.key.clone();
    /// An override was set, or set anew.
    FounderOverrideSet(OverrideView) = "founder.override.set", Founder, |p| p.key.clone();
    /// An override was undone, has expired, or what it was of was deleted.
    FounderOverrideCleared(OverrideCleared) = "founder.override.cleared", Founder, |p| p.was.key.clone();
    /// The Founder stopped all replies, locked everything down, or released it.
    SystemEmergency(Emergency) = "system.emergency", System, |p| p.action.to_string();
    /// Maintenance began or ended.
    SystemMaintenance(Maintenance) = "system.maintenance", System, |_p| "maintenance".to_owned();
    /// A backup was taken.
    SystemBackup(BackupTaken) = "system.backup", System, |p| p.name.clone();
    /// The company was put back to its beginning: whatever was there before is gone.
    SystemReset(CompanyReset) = "system.reset", System, |p| p.backup.clone();
    /// A file of sessions is taken in.
    SystemImportStarted(ImportView) = "system.import.started", System, |p| p.import_id.to_string();
    /// A file of sessions is in.
    SystemImportCompleted(ImportView) = "system.import.completed", System, |p| p.import_id.to_string();
    /// A file of sessions could not be taken in to its end.
    SystemImportFailed(ImportView) = "system.import.failed", System, |p| p.import_id.to_string();
    /// Old events were removed from the log.
    SystemCompaction(LogCompacted) = "system.compaction", System, |p| p.floor.to_string();
    /// The model side can be asked or no longer, a provider came or went, or another model is used where none is named.
    BrainStatus(BrainState) = "brain.status", Brain, |_p| "brain".to_owned();
    /// Other providers are used.
    BrainRoutingChanged(RoutingChanged) = "brain.routing.changed", Brain, |_p| "brain".to_owned();
    /// The Founder selected the model that is used where none is named.
    BrainModelSelected(ModelSelected) = "brain.model.selected", Brain, |p| p.name.clone();
    /// A pull is done: the model is there.
    BrainModelPulled(PullView) = "brain.model.pulled", Brain, |p| p.name.clone();
    /// A model was deleted.
    BrainModelDeleted(ModelDeleted) = "brain.model.deleted", Brain, |p| p.name.clone();
    /// A model is to be pulled.
    BrainPullStarted(PullView) = "brain.pull.started", Brain, |p| p.name.clone();
    /// The provider gave a pull up.
    BrainPullFailed(PullView) = "brain.pull.failed", Brain, |p| p.name.clone();
    /// The Founder ended a pull.
    BrainPullCancelled(PullView) = "brain.pull.cancelled", Brain, |p| p.name.clone();
    /// A connection was made.
    ConnectionCreated(ConnectionView) = "connection.created", Connection, |p| p.connection_id.to_string();
    /// The Founder changed a connection, who may use it, or what holds for one of its tools.
    ConnectionUpdated(ConnectionView) = "connection.updated", Connection, |p| p.connection_id.to_string();
    /// A connection was deleted.
    ConnectionDeleted(ConnectionDeleted) = "connection.deleted", Connection, |p| p.connection_id.to_string();
    /// A connection stands otherwise than before: its server answers, or no longer, or has other tools.
    ConnectionStatus(ConnectionView) = "connection.status", Connection, |p| p.connection_id.to_string();
    /// All secrets were sealed anew, with another key.
    SystemSecrets(SecretsResealed) = "system.secrets", System, |_p| "secrets".to_owned();
    /// Somebody sounds or listens otherwise: Daena, a department or an agent.
    VoiceState(VoiceStateView) = "voice.state", Voice, |p| p.owner();
    /// A sample of a voice was stored.
    VoiceSampleCreated(VoiceSampleView) = "voice.sample.created", Voice, |p| p.sample_id.to_string();
    /// A sample of a voice was deleted.
    VoiceSampleDeleted(VoiceSampleDeleted) = "voice.sample.deleted", Voice, |p| p.sample_id.to_string();
}

/// An event on its way into the log: what happened, who did it and when. The log gives it its position.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDraft {
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The department whose view shows it.
    pub department_id: Option<Slug>,
}
