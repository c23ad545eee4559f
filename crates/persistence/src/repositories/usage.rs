//! What asking models used up, summed by day.

use crate::sqlite::queries::usage::{self as queries, AddUsage};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{DailyUsage, Day, ModelCall, UsageSum};

/// Usage, for reading.
#[derive(Debug)]
pub struct UsageSums<'t, 'c>(&'t mut ReadTx<'c>);

/// Usage, for adding to.
#[derive(Debug)]
pub struct UsageMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// What asking models used up.
    pub fn usage(&mut self) -> UsageSums<'_, 'c> {
        UsageSums(self)
    }
}

impl<'c> WriteTx<'c> {
    /// What asking models used up, for adding to.
    pub fn usage_mut(&mut self) -> UsageMut<'_, 'c> {
        UsageMut(self)
    }
}

impl UsageSums<'_, '_> {
    /// The sums of each day from one to another, both included, oldest first.
    pub fn between(&mut self, first: Day, last: Day) -> Result<Vec<DailyUsage>, StoreError> {
        let rows = queries::between(self.0.conn, first.number(), last.number())?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl UsageMut<'_, '_> {
    /// Adds calls to the sums of a day. They are a tally: the event that tells of them is that of the reply they were for,
    /// which belongs into the same transaction. Nothing ever takes them out again.
    pub fn add(&mut self, calls: &[ModelCall], day: Day) -> Result<(), StoreError> {
        for call in calls {
            let sum = UsageSum::from(call);
            let usage = AddUsage {
                day: day.number(),
                model: &call.model,
                agent: call.agent.as_deref().unwrap_or_default(),
                department: call.department.as_deref().unwrap_or_default(),
                provider: &call.provider,
                calls: sum.calls,
                uncounted: sum.uncounted,
                prompt_tokens: sum.prompt_tokens,
                completion_tokens: sum.completion_tokens,
                took_ms: sum.took_ms,
                counted_ms: sum.counted_ms,
            };
            queries::add(self.0.conn(), usage)?;
        }
        Ok(())
    }
}
