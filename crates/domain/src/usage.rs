//! What asking models used up: calls, tokens, time, and the days they are summed by.

mod budget;
mod money;
mod price;

pub use budget::{Budget, BudgetKind, Budgets, Spending};
pub use money::{Cost, InvalidMoney, Money};
pub use price::{Price, Prices};

use crate::{Timestamp, Usage};
use serde::{Serialize, Serializer};
use std::fmt;

const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// A day of the calendar, UTC. On the wire `2026-01-02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Date))]
pub struct Day(i64);

/// One question that a model server took up, and what the answer used up. Nothing is guessed: without the server's own
/// counters there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCall {
    /// The provider that was asked.
    pub provider: String,
    /// The model that answered; the one that was asked when it did not come so far.
    pub model: String,
    /// The slug of the agent it was for; none for Daena and for members of councils.
    pub agent: Option<String>,
    /// The slug of the department it was for.
    pub department: Option<String>,
    /// The server's counters; none when it gave none, or the answer was cut off.
    pub usage: Option<Usage>,
    /// From the question to the end of the answer, in milliseconds.
    pub took_ms: i64,
}

/// Calls of one kind on one day, summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyUsage {
    /// The day on which they ended.
    pub day: Day,
    /// The provider; none where that was not kept.
    pub provider: Option<String>,
    /// The model.
    pub model: String,
    /// The agent they were for.
    pub agent: Option<String>,
    /// The department they were for.
    pub department: Option<String>,
    /// What they used up.
    pub sum: UsageSum,
}

/// What some calls used up together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageSum {
    /// How many.
    pub calls: i64,
    /// How many of them have no counters: their tokens are not in the sums below.
    pub uncounted: i64,
    /// Tokens read.
    pub prompt_tokens: i64,
    /// Tokens written.
    pub completion_tokens: i64,
    /// How long they took, one after the other, in milliseconds.
    pub took_ms: i64,
    /// How long those with counters took.
    pub counted_ms: i64,
}

impl Day {
    /// The day of a moment.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(MICROS_OF_A_DAY))
    }

    /// From the number of days since 1970-01-01.
    pub const fn from_number(days: i64) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Reads `2026-01-02`.
    pub fn parse(text: &str) -> Option<Self> {
        // The calendar's own reading takes more forms than that one.
        let day = Self::of(format!("{text}T00:00:00Z").parse().ok()?);
        (day.to_string() == text).then_some(day)
    }

    /// Its first moment.
    pub const fn begin(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(MICROS_OF_A_DAY))
    }

    /// The day so many days later.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of its month.
    #[must_use]
    pub fn month(self) -> Self {
        self.date().map_or(self, |date| self.plus(1 - i64::from(date.day())))
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> Self {
        self.date().map_or(self, |date| self.month().plus(i64::from(date.days_in_month())))
    }

    fn date(self) -> Option<jiff::civil::Date> {
        let at = jiff::Timestamp::from_microsecond(self.begin().as_micros()).ok()?;
        Some(jiff::tz::Offset::UTC.to_datetime(at).date())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => fmt::Display::fmt(&date, f),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<&ModelCall> for UsageSum {
    fn from(call: &ModelCall) -> Self {
        let tokens = call.usage.unwrap_or(Usage { prompt_tokens: 0, completion_tokens: 0 });
        Self {
            calls: 1,
            uncounted: i64::from(call.usage.is_none()),
            prompt_tokens: tokens.prompt_tokens,
            completion_tokens: tokens.completion_tokens,
            took_ms: call.took_ms,
            counted_ms: if call.usage.is_some() { call.took_ms } else { 0 },
        }
    }
}

impl UsageSum {
    /// All tokens: those read and those written.
    pub const fn tokens(&self) -> i64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// Tokens written in a second, to a tenth, over the calls that have counters; none where no time was measured.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let tenths = self.completion_tokens.saturating_mul(10_000).checked_div(self.counted_ms)?;
        Some(tenths as f64 / 10.0)
    }
}

impl std::ops::AddAssign for UsageSum {
    fn add_assign(&mut self, more: Self) {
        self.calls = self.calls.saturating_add(more.calls);
        self.uncounted = self.uncounted.saturating_add(more.uncounted);
        self.prompt_tokens = self.prompt_tokens.saturating_add(more.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(more.completion_tokens);
        self.took_ms = self.took_ms.saturating_add(more.took_ms);
        self.counted_ms = self.counted_ms.saturating_add(more.counted_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_day_knows_its_month_and_reads_back() {
        for (text, month, next) in [
            ("2026-11-22", "2026-11-01", "2026-12-01"),
            ("2024-02-29", "2024-02-01", "2024-03-01"),
            ("2026-12-31", "2026-12-01", "2027-01-01"),
            ("1969-12-31", "1969-12-01", "1970-01-01"),
        ] {
            let it = day(text);
            assert_eq!((it.to_string(), it.month(), it.next_month()), (text.into(), day(month), day(next)));
            assert_eq!(Day::of(it.begin()), it);
            assert_eq!(Day::of(Timestamp::from_micros(it.plus(1).begin().as_micros() - 1)), it);
        }
        for bad in ["", "2026-13-01", "2026-1-2", "20260102", "2026-02-30", "2026-01-02T00:00:00Z"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn calls_without_counters_count_with_their_time_and_slow_nothing_down() {
        let call = |usage, took_ms| ModelCall {
            provider: "ollama".into(),
            model: "m".into(),
            agent: None,
            department: None,
            usage,
            took_ms,
        };
        let mut sum = UsageSum::default();
        assert_eq!(sum.tokens_per_second(), None);
        sum += UsageSum::from(&call(Some(Usage { prompt_tokens: 7, completion_tokens: 25 }), 2_000));
        sum += UsageSum::from(&call(None, 60_000));
        assert_eq!((sum.calls, sum.uncounted, sum.tokens(), sum.took_ms), (2, 1, 32, 62_000));
        assert_eq!(sum.tokens_per_second(), Some(12.5));
    }
}
