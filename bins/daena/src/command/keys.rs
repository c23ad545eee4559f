//! The keys of secrets.

use crate::config::Config;
use crate::exit::Failure;
use crate::output::say;
use crate::serve;
use anyhow::Context as _;
use company_service::{Company, KeyRotation, KeySource};

/// Seals all secrets with a new key; no server may have the database.
pub(crate) fn rotate_key(config: &Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(rotate(config))
}

async fn rotate(config: &Config) -> Result<(), Failure> {
    serve::founded(config)?;
    let chat = serve::chat_builder(config)?.at_rest().start().await.map_err(serve::opening)?;
    let company = Company::at_rest_with(chat.clone(), serve::connection_settings(config)?);
    let rotated = company.rotate_key().await;
    chat.shutdown().await;
    let KeyRotation { secrets, key_id } = rotated.context("the secrets are as they were")?;
    say!("{secrets} secrets are sealed with the key {key_id}")?;
    match company.key_source() {
        KeySource::File(file) => {
            say!("it is in {}, and the keys before it are not there any more", file.display())?;
            say!("backups taken until now need the key they were taken with")?;
        }
        KeySource::Given(_) => say!("only the first key of DAENA_SECRET_KEY is needed from now on")?,
    }
    Ok(())
}
