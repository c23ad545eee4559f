//! Prices and budgets of the configuration, checked.

use super::{Brain, Price};
use anyhow::{Context as _, ensure};
use chat_service::domain::{self, Budgets, Day, Money, Prices};

impl Brain {
    /// What models cost.
    pub(crate) fn prices(&self) -> anyhow::Result<Prices> {
        let currency = self.currency.clone().unwrap_or_default();
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        ensure!(
            is_code || (self.currency.is_none() && self.prices.is_empty()),
            "[brain] currency must be three capital letters, such as EUR, where there are prices"
        );
        let mut list = Vec::with_capacity(self.prices.len());
        for price in &self.prices {
            let price = price.read().with_context(|| format!("[[brain.prices]] {:?}", price.model))?;
            let same = |other: &domain::Price| (&other.model, other.from) == (&price.model, price.from);
            ensure!(!list.iter().any(same), "[[brain.prices]] {:?} stands there twice", price.model);
            list.push(price);
        }
        Ok(Prices { currency, list })
    }

    /// The most that may be used up.
    pub(crate) fn budgets(&self) -> anyhow::Result<Budgets> {
        let tokens = |key: &str, limit: Option<i64>| {
            ensure!(limit.is_none_or(|limit| limit > 0), "[brain.budget] {key} must be above 0");
            Ok(limit)
        };
        let cost = |key: &str, limit: Option<f64>| {
            let limit = limit.map(money).transpose().with_context(|| format!("[brain.budget] {key}"))?;
            ensure!(limit != Some(Money::default()), "[brain.budget] {key} must be above 0");
            ensure!(
                limit.is_none() || !self.prices.is_empty(),
                "[brain.budget] {key} counts nothing without [[brain.prices]]"
            );
            Ok(limit)
        };
        let budget = &self.budget;
        Ok(Budgets {
            daily_tokens: tokens("daily_tokens", budget.daily_tokens)?,
            monthly_tokens: tokens("monthly_tokens", budget.monthly_tokens)?,
            daily_cost: cost("daily_cost", budget.daily_cost)?,
            monthly_cost: cost("monthly_cost", budget.monthly_cost)?,
            currency: self.currency.clone().unwrap_or_default(),
        })
    }
}

impl Price {
    fn read(&self) -> anyhow::Result<domain::Price> {
        let from = match &self.from {
            Some(text) => Some(Day::parse(text).context("from: expected a day such as 2026-01-02")?),
            None => None,
        };
        let known = !self.model.trim().is_empty() && !self.model.chars().any(char::is_control);
        ensure!(known, "model: expected a name");
        Ok(domain::Price {
            model: self.model.clone(),
            from,
            prompt: money(self.prompt_per_million).context("prompt_per_million")?,
            completion: money(self.completion_per_million).context("completion_per_million")?,
        })
    }
}

/// A number of the configuration to the letter: its shortest decimal form is what was written.
fn money(number: f64) -> anyhow::Result<Money> {
    Ok(number.to_string().parse()?)
}
