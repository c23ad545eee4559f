//! The admin commands. They print for people.
#![expect(clippy::print_stdout, reason = "what these commands print is what they are for")]

mod audit;
mod backup;
mod doctor;
mod keys;
mod mcp;
mod mind;

pub(crate) use audit::verify;
pub(crate) use backup::{backup, restore};
pub(crate) use doctor::doctor;
pub(crate) use keys::rotate_key;
pub(crate) use mcp::mcp;
pub(crate) use mind::mind;

use crate::config::{Config, example};
use crate::exit::Failure;
use crate::{serve, telemetry};
use chat_service::{Store, StoreSettings};

pub(crate) fn version() -> Result<(), Failure> {
    println!("daena {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}

pub(crate) fn print_openapi() -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(&http_api::openapi())?);
    Ok(())
}

pub(crate) fn print_example_config() -> Result<(), Failure> {
    print!("{}", example());
    Ok(())
}

/// What is in force. It holds no secrets: those stand in files of their own, which are tried here.
pub(crate) fn check_config(config: &Config) -> Result<(), Failure> {
    serve::api_settings(config)?;
    serve::chat_builder(config)?;
    serve::upkeep(config)?;
    let keys = serve::connection_settings(config)?.keys.map(|keys| keys.keys()).transpose();
    keys.map_err(|error| Failure::Usage(error.into()))?;
    telemetry::filter(&config.log)?;
    println!("{}", toml::to_string(config)?.trim_end());
    println!("\n# the configuration is valid");
    Ok(())
}

/// Opens the database, which brings it up to date, and closes it.
pub(crate) fn migrate(config: &Config) -> Result<(), Failure> {
    let path = serve::database(config)?;
    let store = Store::open(StoreSettings::new(path))?;
    println!("{} is up to date; its newest event is {}", path.display(), store.head());
    Ok(())
}
