#![doc = include_str!("../README.md")]

mod activity;
mod agents;
mod company;
mod config;
mod councils;
mod debates;
mod departments;
mod directory;
mod emergency;
mod error;
mod fields;
mod overrides;
mod overview;
mod seed;
mod tasks;

pub use agents::{AgentEdit, NewAgent};
pub use company::{Company, CompanyLimits};
pub use config::Setting;
pub use councils::{CouncilEdit, MemberEdit, NewCouncil, NewMember};
pub use debates::{DebateLimits, DebateRecord, NewDebate};
pub use departments::{DepartmentEdit, NewDepartment};
pub use directory::Listed;
pub use emergency::Locked;
pub use error::CompanyError;
pub use overrides::SetOverride;
pub use overview::{Dashboard, DatabaseState, SystemStatus};
pub use seed::{SeedReport, SeedThing};
pub use tasks::{Assignment, NewTask, TaskEdit, TaskLimits, TaskStats};
