#![doc = include_str!("../README.md")]

mod company;
mod directory;
mod error;
mod seed;

pub use company::Company;
pub use directory::Listed;
pub use error::CompanyError;
pub use seed::{SeedReport, SeedThing};
