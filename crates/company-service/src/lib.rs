#![doc = include_str!("../README.md")]

mod company;
mod councils;
mod debates;
mod directory;
mod error;
mod seed;

pub use company::Company;
pub use councils::{CouncilEdit, MemberEdit, NewCouncil, NewMember};
pub use debates::{DebateLimits, DebateRecord, NewDebate};
pub use directory::Listed;
pub use error::CompanyError;
pub use seed::{SeedReport, SeedThing};
