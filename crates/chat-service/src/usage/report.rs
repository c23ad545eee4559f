//! What was used up, for people to read.

use crate::ChatError;
use crate::service::ChatService;
use domain::{Budget, Cost, DailyUsage, Day, Money, Prices, UsageSum};
use persistence::ReadTx;
use std::collections::BTreeMap;

/// What usage is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsageKey {
    /// The model that answered.
    #[default]
    Model,
    /// The agent it was for.
    Agent,
    /// The department it was for.
    Department,
    /// The day.
    Day,
    /// The provider that was asked.
    Provider,
}

/// A part of the usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageGroup {
    /// What was used up.
    pub sum: UsageSum,
    /// What the priced part of it cost; none when no part has a price.
    pub cost: Option<Cost>,
    /// The tokens that have a price.
    pub priced_tokens: i64,
}

/// Usage over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageReport {
    /// The first day.
    pub from: Day,
    /// The last day: today.
    pub to: Day,
    /// All of it.
    pub totals: UsageGroup,
    /// By what it was asked for, in its order. None is what was for no agent or department, and what is
    /// from before providers were kept.
    pub groups: Vec<(Option<String>, UsageGroup)>,
    /// How many calls of tools were made, as far as their sessions are still there.
    pub tool_calls: i64,
    /// The currency of costs; none without prices.
    pub currency: Option<String>,
    /// The budgets that are set, as they are now.
    pub budgets: Vec<Budget>,
}

impl UsageKey {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Model, Self::Agent, Self::Department, Self::Day, Self::Provider];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Department => "department",
            Self::Day => "day",
            Self::Provider => "provider",
        }
    }

    fn of(self, row: &DailyUsage) -> Option<String> {
        match self {
            Self::Model => Some(row.model.clone()),
            Self::Agent => row.agent.clone(),
            Self::Department => row.department.clone(),
            Self::Day => Some(row.day.to_string()),
            Self::Provider => row.provider.clone(),
        }
    }
}

impl UsageGroup {
    /// What it cost, to the millionth.
    pub fn money(&self) -> Option<Money> {
        self.cost.map(Cost::rounded)
    }

    fn add(&mut self, sum: &UsageSum, cost: Option<Cost>) {
        self.sum += *sum;
        if let Some(cost) = cost {
            self.cost = Some(self.cost.unwrap_or_default() + cost);
            self.priced_tokens = self.priced_tokens.saturating_add(sum.tokens());
        }
    }
}

impl ChatService {
    /// The most days a report goes back.
    pub const USAGE_DAYS: i64 = 366;

    /// What asking models used up on the last days, today included; costs are by the prices as they are configured now.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for less than one day and more than [`ChatService::USAGE_DAYS`].
    pub async fn usage(&self, days: i64, by: UsageKey) -> Result<UsageReport, ChatError> {
        if !(1..=Self::USAGE_DAYS).contains(&days) {
            let detail = format!("is 1 to {}", Self::USAGE_DAYS);
            return Err(ChatError::Unprocessable { field: "days", detail });
        }
        let now = self.inner.clock.now();
        let (from, to) = (Day::of(now).plus(1 - days), Day::of(now));
        let read = move |tx: &mut ReadTx<'_>| {
            let tool_calls = tx.tools().begun(from.begin(), to.plus(1).begin())?;
            Ok::<_, ChatError>((tx.usage().between(from, to)?, tool_calls))
        };
        let (rows, tool_calls) = self.inner.store.read(read).await?;
        let prices = self.inner.usage.prices();
        let (totals, groups) = grouped(&rows, by, prices);
        let currency = (!prices.list.is_empty()).then(|| prices.currency.clone());
        let budgets = self.inner.usage.budgets(now);
        Ok(UsageReport { from, to, totals, groups, tool_calls, currency, budgets })
    }

    /// What asking models used up since the service started.
    pub fn counted_usage(&self) -> UsageSum {
        self.inner.usage.counted()
    }
}

fn grouped(
    rows: &[DailyUsage],
    by: UsageKey,
    prices: &Prices,
) -> (UsageGroup, Vec<(Option<String>, UsageGroup)>) {
    let mut totals = UsageGroup::default();
    let mut groups: BTreeMap<Option<String>, UsageGroup> = BTreeMap::new();
    for row in rows {
        let cost = prices.cost(&row.model, row.day, &row.sum);
        totals.add(&row.sum, cost);
        groups.entry(by.of(row)).or_default().add(&row.sum, cost);
    }
    (totals, groups.into_iter().collect())
}
