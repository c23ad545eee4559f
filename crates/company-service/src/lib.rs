#![doc = include_str!("../README.md")]

mod activity;
mod agents;
mod audit;
mod backups;
mod company;
mod config;
mod connections;
mod councils;
mod debates;
mod departments;
mod directory;
mod emergency;
mod error;
mod fields;
mod once;
mod overrides;
mod overview;
mod reset;
mod retention;
mod seed;
mod tasks;
mod upkeep;
mod vault;
mod voice;

pub use agents::{AgentEdit, NewAgent};
pub use audit::AuditStats;
pub use backups::{BackupListed, Backups};
pub use company::{Company, CompanyLimits};
pub use config::Setting;
pub use connections::{
    ConnectionEdit, ConnectionSettings, KeyRotation, NewConnection, SecretEdits, ToolListed,
};
pub use councils::{CouncilEdit, MemberEdit, NewCouncil, NewMember};
pub use debates::{DebateLimits, DebateRecord, NewDebate};
pub use departments::{DepartmentEdit, NewDepartment};
pub use directory::Listed;
pub use emergency::Locked;
pub use error::CompanyError;
pub use overrides::SetOverride;
pub use overview::{CountLimits, Dashboard, DatabaseState, SystemStatus};
pub use reset::ResetReport;
pub use retention::Retention;
pub use seed::{SeedReport, SeedThing};
pub use tasks::{Assignment, NewTask, TaskEdit, TaskLimits, TaskStats};
pub use tool_gateway::{
    Content, GatewaySettings as ToolGatewaySettings, Prompt, PromptArgument, Resource, Tool, ToolError,
    ToolResult,
};
pub use upkeep::UpkeepSettings;
pub use vault::{KeyError, KeyRing, KeySource};
pub use voice::{
    COMMANDS, Clip, ClipTold, CommandInfo, Done, Interacted, Interaction, InteractionUpdate, NewSample,
    Obeyed, Said, Say, Talk, TurnBegun, VoiceEdit, VoiceListed, VoiceScope,
};
pub use voice_gateway::{
    Audio, AudioError, AudioFormat, EngineStatus, Espeak, EspeakSettings, OpenAiSpeech, SpeechServerSettings,
    Spoken, Transcript, VoiceError, VoiceGateway, VoiceGatewayBuilder, VoiceLimits,
};
