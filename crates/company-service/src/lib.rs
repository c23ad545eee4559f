#![doc = include_str!("../README.md")]

mod audit;
mod backups;
mod company;
mod directory;
mod error;
mod reset;
mod retention;
mod seed;
mod upkeep;

pub use audit::AuditStats;
pub use backups::{BackupListed, Backups};
pub use company::Company;
pub use directory::Listed;
pub use error::CompanyError;
pub use reset::ResetReport;
pub use retention::Retention;
pub use seed::{SeedReport, SeedThing};
pub use upkeep::UpkeepSettings;
