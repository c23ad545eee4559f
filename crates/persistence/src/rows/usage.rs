//! Sums of what asking models used up.

use crate::schema::usage_daily;
use diesel::prelude::*;
use domain::{DailyUsage, Day, UsageSum};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = usage_daily)]
pub(crate) struct UsageRow {
    day: i64,
    model: String,
    agent: String,
    department: String,
    provider: String,
    calls: i64,
    uncounted: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
    took_ms: i64,
    counted_ms: i64,
}

impl From<UsageRow> for DailyUsage {
    fn from(row: UsageRow) -> Self {
        let named = |name: String| (!name.is_empty()).then_some(name);
        Self {
            day: Day::from_number(row.day),
            provider: named(row.provider),
            model: row.model,
            agent: named(row.agent),
            department: named(row.department),
            sum: UsageSum {
                calls: row.calls,
                uncounted: row.uncounted,
                prompt_tokens: row.prompt_tokens,
                completion_tokens: row.completion_tokens,
                took_ms: row.took_ms,
                counted_ms: row.counted_ms,
            },
        }
    }
}
