//! Model servers besides that of the flags.

use super::load::{MANY, between};
use anyhow::{bail, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A model server besides that of the flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderConfig {
    /// What it is called, in the API too.
    pub(crate) name: String,
    /// What it speaks.
    pub(crate) wire: WireConfig,
    /// Where it is; no credentials.
    pub(crate) url: String,
    /// The file with its key.
    pub(crate) key_file: Option<PathBuf>,
    /// The environment variable with its key.
    pub(crate) key_env: Option<String>,
    /// Where its models run; without it, read from the address.
    pub(crate) kind: Option<ProviderKindConfig>,
    /// How many generations it is asked for at once.
    pub(crate) concurrency: Option<usize>,
    /// The most tokens of a model's context that are used.
    pub(crate) context_tokens: Option<u32>,
    /// The model of its own that answers where it lacks the active one.
    pub(crate) model: Option<String>,
}

/// What a model server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WireConfig {
    /// Ollama's own.
    Ollama,
    /// Chat completions.
    Openai,
}

/// Where models run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProviderKindConfig {
    /// On this machine or in its own network.
    Local,
    /// At somebody else's.
    Api,
}

/// Whether the providers can be: each has a name of its own, and numbers that make sense.
pub(super) fn check(providers: &[ProviderConfig], first: Option<&str>) -> anyhow::Result<()> {
    let mut names: Vec<&str> = first.into_iter().collect();
    for it in providers {
        let (name, at) = (it.name.as_str(), format!("[[brain.providers]] {:?}", it.name));
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        ensure!(
            (1..=40).contains(&name.len()) && name.chars().all(fits),
            "{at} name: is 1 to 40 letters, digits, -, _ and ."
        );
        ensure!(!names.contains(&name), "{at} name: another provider has it");
        ensure!(it.key_file.is_none() || it.key_env.is_none(), "{at}: key_file or key_env, not both");
        between(&format!("{at} concurrency"), it.concurrency.unwrap_or(1) as u64, MANY)?;
        ensure!(it.context_tokens.is_none_or(|most| most >= 512), "{at} context_tokens must be at least 512");
        if it.model.as_ref().is_some_and(|model| model.trim().is_empty()) {
            bail!("{at} model: is empty");
        }
        names.push(name);
    }
    Ok(())
}
