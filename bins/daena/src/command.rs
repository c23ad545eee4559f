//! The admin commands. They print for people.

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
use crate::output::say;
use crate::serve;
use chat_service::{Store, StoreSettings};

pub(crate) fn version() -> Result<(), Failure> {
    say!("daena {}", env!("CARGO_PKG_VERSION"))
}

pub(crate) fn print_openapi() -> Result<(), Failure> {
    say!("{}", serde_json::to_string_pretty(&http_api::openapi())?)?;
    Ok(())
}

pub(crate) fn print_example_config() -> Result<(), Failure> {
    say!("{}", example().trim_end())
}

/// What is in force. It holds no secrets: those stand in files of their own, which are tried here.
pub(crate) fn check_config(config: &Config) -> Result<(), Failure> {
    serve::Plan::of(config)?;
    let keys = serve::connection_settings(config)?.keys.map(|keys| keys.keys()).transpose();
    keys.map_err(|error| Failure::Usage(error.into()))?;
    say!("{}", toml::to_string(&config.shown())?.trim_end())?;
    say!("\n# the configuration is valid")
}

/// Opens the database, which brings it up to date, and closes it.
pub(crate) fn migrate(config: &Config) -> Result<(), Failure> {
    let path = serve::database(config)?;
    let made = serve::founded(config).is_err();
    let store = Store::open(StoreSettings::new(path))?;
    if made {
        return say!("{} was made: it is up to date, and holds no company yet", path.display());
    }
    say!("{} is up to date; its newest event is {}", path.display(), store.head())
}
