//! The model servers of the configuration.

use super::gateway_settings;
use crate::config::{Config, ProviderConfig, ProviderKindConfig, WireConfig};
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::{
    ChatModel, ClientSettings, GatewaySettings, OllamaModel, OpenAiModel, Provider, ProviderKind, Secret,
    SetupError,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// All of them: that of the flags first, then those of `[[brain.providers]]` in their order.
pub(crate) fn providers(config: &Config) -> Result<Vec<Provider>, Failure> {
    let client = ClientSettings { connect_timeout: Duration::from_millis(config.brain.connect_timeout_ms) };
    let mut providers: Vec<Provider> =
        of_the_flags(config, &client).map_err(Failure::Usage)?.into_iter().collect();
    for it in &config.brain.providers {
        let provider = named(it, &client, &gateway_settings(config));
        providers.push(
            provider.with_context(|| format!("[[brain.providers]] {:?}", it.name)).map_err(Failure::Usage)?,
        );
    }
    match providers.is_empty() {
        true => Err(Failure::Usage(anyhow!("[brain] ollama_url is empty and there is no other provider"))),
        false => Ok(providers),
    }
}

fn of_the_flags(config: &Config, client: &ClientSettings) -> anyhow::Result<Option<Provider>> {
    let brain = &config.brain;
    if let Some(url) = &brain.openai_url {
        let key = brain.openai_key_file.as_deref().map(key_of_file).transpose()?;
        let model = OpenAiModel::new(url, key.as_ref(), client).context("--openai-url")?;
        return Ok(Some(Provider::new("openai", Arc::new(model))));
    }
    if brain.ollama_url.is_empty() {
        return Ok(None);
    }
    let model = OllamaModel::new(&brain.ollama_url, client).context("--ollama-url")?;
    Ok(Some(Provider::new("ollama", Arc::new(model))))
}

fn named(it: &ProviderConfig, client: &ClientSettings, base: &GatewaySettings) -> anyhow::Result<Provider> {
    let key = match (&it.key_file, &it.key_env) {
        (Some(path), _) => Some(key_of_file(path).context("key_file")?),
        (None, Some(name)) => Some(Secret::trimmed(&text_of_variable(name).context("key_env")?)),
        (None, None) => None,
    };
    let model: Result<Arc<dyn ChatModel>, SetupError> = match it.wire {
        WireConfig::Ollama => {
            OllamaModel::with_key(&it.url, key.as_ref(), client).map(|it| Arc::new(it) as _)
        }
        WireConfig::Openai => OpenAiModel::new(&it.url, key.as_ref(), client).map(|it| Arc::new(it) as _),
    };
    let model = model.map_err(|error| {
        let field = if matches!(error, SetupError::Key) { "key" } else { "url" };
        anyhow::Error::from(error).context(field)
    })?;
    let mut provider = Provider::new(&it.name, model).settings(GatewaySettings {
        concurrency: it.concurrency.unwrap_or(base.concurrency),
        context_tokens: it.context_tokens.unwrap_or(base.context_tokens),
        ..base.clone()
    });
    if let Some(kind) = it.kind {
        provider = provider.kind(match kind {
            ProviderKindConfig::Local => ProviderKind::Local,
            ProviderKindConfig::Api => ProviderKind::Api,
        });
    }
    Ok(match &it.model {
        Some(model) => provider.stand_in(model),
        None => provider,
    })
}

fn key_of_file(path: &Path) -> anyhow::Result<Secret> {
    text_of_file(path).map(|text| Secret::trimmed(&text))
}

pub(super) fn text_of_file(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read the key file {}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "a key that the configuration says is in the environment")]
pub(super) fn text_of_variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).map_err(|_| anyhow!("the environment has no variable {name}"))
}
