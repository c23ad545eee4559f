#![doc = include_str!("../README.md")]

mod activity;
mod agents;
mod company;
mod departments;
mod directory;
mod error;
mod fields;
mod seed;
mod tasks;

pub use agents::{AgentEdit, NewAgent};
pub use company::Company;
pub use departments::{DepartmentEdit, NewDepartment};
pub use directory::Listed;
pub use error::CompanyError;
pub use seed::{SeedReport, SeedThing};
pub use tasks::{Assignment, NewTask, TaskEdit, TaskLimits, TaskStats};
