#![doc = include_str!("../README.md")]

mod company;
mod config;
mod directory;
mod emergency;
mod error;
mod overrides;
mod overview;
mod seed;

pub use company::Company;
pub use config::Setting;
pub use directory::Listed;
pub use emergency::Locked;
pub use error::CompanyError;
pub use overrides::SetOverride;
pub use overview::{Dashboard, DatabaseState, SystemStatus};
pub use seed::{SeedReport, SeedThing};
