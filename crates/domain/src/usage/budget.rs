//! How much may be used up in a day and in a month.

use super::{Cost, Day, Money, UsageSum};
use crate::Timestamp;
use std::fmt;

/// What a budget counts, and over which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetKind {
    /// Tokens of a day.
    DailyTokens,
    /// Tokens of a month.
    MonthlyTokens,
    /// Money of a day.
    DailyCost,
    /// Money of a month.
    MonthlyCost,
}

/// The most that may be used up; none means as much as there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budgets {
    /// Tokens, read and written, of a day.
    pub daily_tokens: Option<i64>,
    /// Tokens of a month.
    pub monthly_tokens: Option<i64>,
    /// Money of a day.
    pub daily_cost: Option<Money>,
    /// Money of a month.
    pub monthly_cost: Option<Money>,
    /// The currency of the two.
    pub currency: String,
}

/// A budget, and how much of it is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Which.
    pub kind: BudgetKind,
    /// The most: tokens, or millionths of the currency's unit.
    pub limit: i64,
    /// What is used up, in the same unit.
    pub used: i64,
    /// When it begins anew.
    pub resets_at: Timestamp,
    /// Whether nothing of it is left.
    pub is_spent: bool,
    /// The currency of a budget of money.
    pub currency: Option<String>,
}

/// What is used up of a day and of its month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    day: Day,
    today: (i64, Cost),
    this_month: (i64, Cost),
}

impl BudgetKind {
    /// The word on the wire, and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DailyTokens => "daily_tokens",
            Self::MonthlyTokens => "monthly_tokens",
            Self::DailyCost => "daily_cost",
            Self::MonthlyCost => "monthly_cost",
        }
    }

    const fn is_daily(self) -> bool {
        matches!(self, Self::DailyTokens | Self::DailyCost)
    }
}

impl Budgets {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.daily_tokens.is_none()
            && self.monthly_tokens.is_none()
            && self.daily_cost.is_none()
            && self.monthly_cost.is_none()
    }

    /// Each budget that is set, with what was spent of it.
    pub fn after<'a>(&'a self, spending: &'a Spending) -> impl Iterator<Item = Budget> + 'a {
        let tokens = [
            (BudgetKind::DailyTokens, self.daily_tokens, spending.today.0),
            (BudgetKind::MonthlyTokens, self.monthly_tokens, spending.this_month.0),
        ];
        let costs = [
            (BudgetKind::DailyCost, self.daily_cost, spending.today.1),
            (BudgetKind::MonthlyCost, self.monthly_cost, spending.this_month.1),
        ];
        let tokens = tokens.into_iter().filter_map(|(kind, limit, used)| {
            let limit = limit?;
            Some((kind, limit, used, used >= limit, None))
        });
        let costs = costs.into_iter().filter_map(|(kind, limit, used)| {
            let (limit, currency) = (limit?, self.currency.clone());
            Some((kind, limit.micros(), used.rounded().micros(), used.reaches(limit), Some(currency)))
        });
        tokens.chain(costs).map(|(kind, limit, used, is_spent, currency)| {
            let next = if kind.is_daily() { spending.day.plus(1) } else { spending.day.next_month() };
            Budget { kind, limit, used, resets_at: next.begin(), is_spent, currency }
        })
    }

    /// The budget that is spent for the longest time, if one is.
    pub fn spent(&self, spending: &Spending) -> Option<Budget> {
        self.after(spending).filter(|budget| budget.is_spent).max_by_key(|budget| budget.resets_at)
    }
}

impl fmt::Display for Budget {
    /// Which, how much was used of it, and when it is free again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = |number: i64| match &self.currency {
            Some(currency) => format!("{} {currency}", Money::from_micros(number)),
            None => format!("{number} tokens"),
        };
        write!(
            f,
            "the budget {} of {} is spent ({} used); it is free again at {}",
            self.kind.as_str(),
            amount(self.limit),
            amount(self.used),
            self.resets_at
        )
    }
}

impl Spending {
    /// Nothing yet, on this day.
    pub fn new(day: Day) -> Self {
        Self { day, today: Default::default(), this_month: Default::default() }
    }

    /// Goes on to a day: what was spent on the days before, or in the months before, counts no more. Never back.
    pub fn turn_to(&mut self, day: Day) {
        if day <= self.day {
            return;
        }
        self.today = Default::default();
        if day.month() != self.day.month() {
            self.this_month = Default::default();
        }
        self.day = day;
    }

    /// Adds what was used up on a day; of days that are over only what belongs to the month still counts.
    pub fn add(&mut self, day: Day, sum: &UsageSum, cost: Option<Cost>) {
        self.turn_to(day);
        let more = |(tokens, money): (i64, Cost)| {
            (tokens.saturating_add(sum.tokens()), money + cost.unwrap_or_default())
        };
        if day == self.day {
            self.today = more(self.today);
        }
        if day.month() == self.day.month() {
            self.this_month = more(self.this_month);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(count: i64) -> UsageSum {
        UsageSum { calls: 1, completion_tokens: count, ..UsageSum::default() }
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_day_and_a_month_are_counted_apart_and_begin_anew_in_their_time() {
        let budgets = Budgets { daily_tokens: Some(10), monthly_tokens: Some(25), ..Budgets::default() };
        let mut spending = Spending::new(day("2026-11-29"));
        let free_at = |spending: &Spending| budgets.spent(spending).map(|it| (it.kind, it.resets_at));
        let (next_day, next_month) = (day("2026-11-30").begin(), day("2026-12-01").begin());
        spending.add(day("2026-11-29"), &tokens(9), None);
        assert_eq!(free_at(&spending), None);
        spending.add(day("2026-11-29"), &tokens(1), None);
        assert_eq!(free_at(&spending), Some((BudgetKind::DailyTokens, next_day)));
        spending.turn_to(day("2026-11-30"));
        assert_eq!(free_at(&spending), None);
        spending.add(day("2026-11-29"), &tokens(5), None);
        spending.add(day("2026-11-30"), &tokens(10), None);
        assert_eq!(free_at(&spending), Some((BudgetKind::MonthlyTokens, next_month)), "the later of both");
        spending.turn_to(day("2026-11-29"));
        assert!(free_at(&spending).is_some(), "a clock that is set back frees nothing");
        spending.turn_to(day("2026-12-01"));
        assert_eq!(free_at(&spending), None);
        assert_eq!(budgets.after(&spending).map(|budget| budget.used).collect::<Vec<_>>(), [0, 0]);
    }

    #[test]
    fn a_spent_budget_says_which_how_much_and_until_when() {
        let budgets = Budgets {
            daily_cost: Some(Money::from_micros(2_000_000)),
            currency: "EUR".into(),
            ..Budgets::default()
        };
        let mut spending = Spending::new(day("2026-11-22"));
        spending.add(day("2026-11-22"), &tokens(5), Some(Cost::of(1_000_000, Money::from_micros(1_999_999))));
        assert_eq!(budgets.spent(&spending), None, "unpriced tokens cost nothing that is known");
        spending.add(day("2026-11-22"), &tokens(5), Some(Cost::of(1_000_000, Money::from_micros(100_001))));
        assert_eq!(
            budgets.spent(&spending).unwrap().to_string(),
            "the budget daily_cost of 2.00 EUR is spent (2.10 EUR used); it is free again at 2026-11-23T00:00:00.000000Z"
        );
    }
}
