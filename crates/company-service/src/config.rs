//! Settings that last: what a new company starts with, and the Founder changes.

mod check;

use crate::seed::settings;
use crate::{Company, CompanyError, Listed};
use chat_service::{ReadTx, WriteTx};
use check::check;
use domain::{Actor, Page};
use serde_json::Value;

/// A setting as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
    /// What it is in a new company.
    pub default: Value,
    /// What it is for, and what fits it.
    pub description: &'static str,
}

impl Company {
    /// All settings, by key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn settings(&self) -> Result<Listed<Setting, String>, CompanyError> {
        let as_of = self.store().head();
        let stored = self.store().read(|tx: &mut ReadTx<'_>| tx.settings().all()).await?;
        let value = |key: &str| stored.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
        let mut items: Vec<Setting> =
            settings().into_iter().map(|(key, default)| setting(key, value(key), default)).collect();
        items.sort_by_key(|setting| setting.key);
        Ok(Listed { page: Page { items, next: None }, as_of })
    }

    /// A setting.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for a key that there is not.
    pub async fn setting(&self, key: &str) -> Result<Setting, CompanyError> {
        let (key, default) = known(key)?;
        let value = self.store().read(move |tx: &mut ReadTx<'_>| tx.settings().get(key)).await?;
        Ok(setting(key, value, default))
    }

    /// Changes a setting. The value it has already changes nothing.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for a key that there is not; [`CompanyError::Invalid`] for a value of another type;
    /// [`CompanyError::Unprocessable`] for one that cannot be.
    pub async fn configure(&self, key: &str, value: Value) -> Result<Setting, CompanyError> {
        let (key, default) = known(key)?;
        check(key, &value)?;
        let change = self.change(Actor::Founder);
        let new = value.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            if tx.settings().get(key)?.as_ref() != Some(&new) {
                tx.settings_mut().set(key, &new, &change)?;
            }
            Ok::<_, CompanyError>(())
        };
        let company = self.clone();
        let stored = async move {
            company.store().write(write).await?;
            company.chat.reload_rules().await;
            Ok(())
        };
        self.to_its_end(stored).await?;
        Ok(setting(key, Some(value), default))
    }
}

fn known(key: &str) -> Result<(&'static str, Value), CompanyError> {
    let found = settings().into_iter().find(|(known, _)| *known == key);
    found.ok_or_else(|| CompanyError::not_found("setting", key.chars().take(80).collect::<String>()))
}

fn setting(key: &'static str, value: Option<Value>, default: Value) -> Setting {
    let value = value.unwrap_or_else(|| default.clone());
    Setting { key, value, default, description: description(key) }
}

fn description(key: &str) -> &'static str {
    match key {
        "brain.recommended_models" => {
            "Names of models to offer when none is there: a list of at most 50 names."
        }
        "brain.routing" => {
            "Which providers are asked: local_only, api_only or hybrid (local ones first). The override brain.routing wins, and \
             forbids; this gives way where it leaves nobody to ask."
        }
        _ => "",
    }
}
