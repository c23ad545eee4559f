//! The Founder's overrides: settings with an effect, a reason, and perhaps an end.

mod expiry;

use crate::{Company, CompanyError, Listed};
use chat_service::{Change, ModelName, ReadTx, WriteTx};
use domain::{Actor, Cleared, InvalidOverride, Override, OverrideKey, Page, Timestamp};
use serde_json::Value;

/// An override to set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOverride {
    /// What it changes to; it has to fit the key.
    pub value: Value,
    /// Why: 1 to 500 characters.
    pub reason: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl Company {
    /// The overrides in force, by key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn overrides(&self) -> Result<Listed<Override, String>, CompanyError> {
        let as_of = self.store().head();
        let mut items = self.store().read(|tx: &mut ReadTx<'_>| tx.overrides().all()).await?;
        let now = self.chat.clock().now();
        items.retain(|it| it.is_in_force(now));
        Ok(Listed { page: Page { items, next: None }, as_of })
    }

    /// Sets an override, or sets it anew. It has its effect when this returns, and a lockdown has stopped every reply.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for a key that there is not, or whose department or agent there is not;
    /// [`CompanyError::Invalid`] for a value of another type and a blank reason; [`CompanyError::Unprocessable`] for a
    /// value that cannot be, a model that the brain has not, a reason that is too long, and an end that has passed.
    pub async fn set_override(&self, key: &str, set: SetOverride) -> Result<Override, CompanyError> {
        let it = self.checked_override(key, set)?;
        let company = self.clone();
        self.to_its_end(async move { company.put(it).await }).await
    }

    /// Undoes an override. What it held back goes on when this returns.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for a key that there is not, and for one that is not overridden.
    pub async fn clear_override(&self, key: &str) -> Result<(), CompanyError> {
        let known: OverrideKey = key.parse()?;
        let company = self.clone();
        let clear = async move {
            let change = company.change(Actor::Founder);
            let write = move |tx: &mut WriteTx<'_>| {
                let missing = || CompanyError::not_found("override", &known);
                clear(tx, &known, &change)?.ok_or_else(missing)
            };
            company.store().write(write).await?;
            company.chat.reload_rules().await;
            Ok(())
        };
        self.to_its_end(clear).await
    }

    async fn put(&self, it: Override) -> Result<Override, CompanyError> {
        let change = self.change(Actor::Founder);
        let locks_down = it.key == OverrideKey::SystemLockdown && it.value == Value::Bool(true);
        let stored = it.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            must_exist(tx, &stored.key)?;
            Ok::<_, CompanyError>(tx.overrides_mut().set(&stored, &change)?)
        };
        self.store().write(write).await?;
        self.chat.reload_rules().await;
        if locks_down {
            self.chat.stop_all().await;
        }
        Ok(it)
    }

    fn checked_override(&self, key: &str, set: SetOverride) -> Result<Override, CompanyError> {
        let SetOverride { value, reason, expires_at } = set;
        let key: OverrideKey = key.parse()?;
        key.check(&value).map_err(|error| match error {
            InvalidOverride::Type(_) => CompanyError::Invalid { field: "value", detail: error.to_string() },
            InvalidOverride::Value(detail) => CompanyError::Unprocessable { field: "value", detail },
        })?;
        check_reason(&reason)?;
        let set_at = self.chat.clock().now();
        if expires_at.is_some_and(|end| end <= set_at) {
            let detail = "is not in the future".to_owned();
            return Err(CompanyError::Unprocessable { field: "expires_at", detail });
        }
        if let (OverrideKey::BrainModel, Some(model)) = (&key, value.as_str()) {
            let refused = |detail| CompanyError::Unprocessable { field: "value", detail };
            ModelName::parse(model).map_err(|error| refused(error.reason.to_owned()))?;
            if !self.chat.has_model(model) {
                return Err(refused(format!("no model {model:?} here")));
            }
        }
        Ok(Override { key, value, reason, expires_at, set_at })
    }
}

/// Removes an override that is stored; gives what there was. One whose time was over has expired, whoever removes it.
pub(crate) fn clear(
    tx: &mut WriteTx<'_>,
    key: &OverrideKey,
    change: &Change,
) -> Result<Option<Override>, CompanyError> {
    let Some(it) = tx.overrides().get(key)? else { return Ok(None) };
    let why = if it.is_in_force(change.at) { Cleared::Undone } else { Cleared::Expired };
    tx.overrides_mut().clear(&it, why, change)?;
    Ok(Some(it))
}

/// A reason of the Founder's: not blank, without NUL, at most 500 characters.
pub(crate) fn check_reason(reason: &str) -> Result<(), CompanyError> {
    let field = "reason";
    if reason.trim().is_empty() {
        return Err(CompanyError::Invalid { field, detail: "is empty".to_owned() });
    }
    if reason.contains('\0') {
        return Err(CompanyError::Invalid { field, detail: "holds a NUL character".to_owned() });
    }
    if reason.chars().count() > Override::MAX_REASON_CHARS {
        let detail = format!("is longer than {} characters", Override::MAX_REASON_CHARS);
        return Err(CompanyError::Unprocessable { field, detail });
    }
    Ok(())
}

fn must_exist(tx: &mut ReadTx<'_>, key: &OverrideKey) -> Result<(), CompanyError> {
    match key {
        OverrideKey::DepartmentLocked(slug) if tx.departments().get(slug)?.is_none() => {
            Err(CompanyError::not_found("department", slug))
        }
        OverrideKey::AgentLocked(slug) if tx.agents().get(slug)?.is_none() => {
            Err(CompanyError::not_found("agent", slug))
        }
        _ => Ok(()),
    }
}
