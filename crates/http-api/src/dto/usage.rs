//! What asking models used up.

use chat_service::{UsageGroup, UsageKey, UsageReport};
use domain::{Budget, Day, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// What asking models used up on some days.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageReport)]
pub(crate) struct UsageView {
    /// The first day.
    from: Day,
    /// The last day: today, UTC.
    to: Day,
    /// What the groups are: `model`, `agent`, `department`, `day` or `provider`.
    group_by: &'static str,
    /// All of it.
    totals: Used,
    /// The parts of it, in the order of their keys.
    groups: Vec<GroupView>,
    /// How many calls of tools were made, as far as their sessions are still there.
    tool_calls: i64,
    /// The budgets that are set, as they are now.
    budgets: Vec<BudgetView>,
}

/// A part of what was used up.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageGroup)]
struct GroupView {
    /// The model, agent, department, day or provider; null for what was for no agent (Daena, councils) or no department.
    key: Option<String>,
    #[serde(flatten)]
    used: Used,
}

/// Sums over calls of models.
#[derive(Serialize, ToSchema)]
#[schema(as = Used)]
struct Used {
    /// Questions that a model server took up.
    calls: i64,
    /// How many of them have no counters, as the server gave none or the answer was cut off. Their tokens are in no sum.
    calls_without_counters: i64,
    /// Tokens read.
    prompt_tokens: i64,
    /// Tokens written.
    completion_tokens: i64,
    /// From question to end of answer, of all calls, one after the other.
    response_time_ms: i64,
    /// Tokens written in a second, of the calls with counters; null where there are none.
    tokens_per_second: Option<f64>,
    /// What the tokens cost that have a price; null where none has one, which is not the same as nothing.
    cost: Option<CostView>,
    /// How many tokens have a price.
    priced_tokens: i64,
}

/// An amount of money.
#[derive(Serialize, ToSchema)]
#[schema(as = Cost)]
struct CostView {
    /// In millionths of the currency's unit.
    micros: i64,
    /// The currency.
    #[schema(example = "EUR")]
    currency: String,
}

/// A budget of the configuration.
#[derive(Serialize, ToSchema)]
#[schema(as = Budget)]
struct BudgetView {
    /// `daily_tokens`, `monthly_tokens`, `daily_cost` or `monthly_cost`.
    name: &'static str,
    /// The most: tokens, or millionths of the currency's unit.
    limit: i64,
    /// What is used, in the same unit.
    used: i64,
    /// The currency of a budget of money; null for tokens.
    currency: Option<String>,
    /// Whether nothing is left of it: then nothing is begun that a model has to be asked for.
    spent: bool,
    /// When it begins anew.
    resets_at: Timestamp,
}

impl UsageView {
    pub(crate) fn new(by: UsageKey, report: UsageReport) -> Self {
        let currency = report.currency.unwrap_or_default();
        let group = |(key, group)| GroupView { key, used: Used::new(&group, &currency) };
        Self {
            from: report.from,
            to: report.to,
            group_by: by.as_str(),
            totals: Used::new(&report.totals, &currency),
            groups: report.groups.into_iter().map(group).collect(),
            tool_calls: report.tool_calls,
            budgets: report.budgets.into_iter().map(Into::into).collect(),
        }
    }
}

impl Used {
    fn new(group: &UsageGroup, currency: &str) -> Self {
        let cost = |money: domain::Money| CostView { micros: money.micros(), currency: currency.to_owned() };
        Self {
            calls: group.sum.calls,
            calls_without_counters: group.sum.uncounted,
            prompt_tokens: group.sum.prompt_tokens,
            completion_tokens: group.sum.completion_tokens,
            response_time_ms: group.sum.took_ms,
            tokens_per_second: group.sum.tokens_per_second(),
            cost: group.money().map(cost),
            priced_tokens: group.priced_tokens,
        }
    }
}

impl From<Budget> for BudgetView {
    fn from(budget: Budget) -> Self {
        Self {
            name: budget.kind.as_str(),
            limit: budget.limit,
            used: budget.used,
            currency: budget.currency,
            spent: budget.is_spent,
            resets_at: budget.resets_at,
        }
    }
}
