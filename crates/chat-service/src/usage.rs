//! What asking models uses up: measured at every call, summed by the day, held against the budgets.

mod book;
mod call;
mod report;

pub(crate) use book::{UsageBook, keep};
pub(crate) use call::Call;
pub use report::{UsageGroup, UsageKey, UsageReport};

use crate::ChatError;
use crate::service::{ChatService, Inner};
use domain::{Budget, Day, ModelCall};
use tokio::sync::watch;

impl ChatService {
    /// The budget that is spent, now and with each change; none while there is something left of all. It may be a second
    /// behind when a day or month turns; [`crate::Rules::spent`] never is.
    pub fn watch_budget(&self) -> watch::Receiver<Option<Budget>> {
        self.inner.usage.watch()
    }
}

impl Inner {
    /// Counts calls of a model that were made for no stored reply.
    pub(crate) async fn count_calls(&self, calls: Vec<ModelCall>) -> Result<(), ChatError> {
        if calls.is_empty() {
            return Ok(());
        }
        let (day, counted) = (Day::of(self.clock.now()), calls.clone());
        self.store.write(move |tx| tx.usage_mut().add(&counted, day)).await?;
        self.usage.add(day, &calls);
        Ok(())
    }
}
