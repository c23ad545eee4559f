//! What is spent of the budgets, known without reading.

use crate::ChatError;
use crate::service::Inner;
use domain::{Budget, Budgets, Day, ModelCall, Prices, Spending, Timestamp, UsageSum};
use persistence::{ReadTx, Store};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether a spent budget is free again: clocks can be set.
const LOOK: Duration = Duration::from_secs(1);

/// The sums of this day and month, as they were read at the start and grew with each commit.
pub(crate) struct UsageBook {
    prices: Prices,
    budgets: Budgets,
    spending: Mutex<Spending>,
    spent: watch::Sender<Option<Budget>>,
    /// Since the service started.
    counted: Mutex<UsageSum>,
}

impl UsageBook {
    pub(crate) async fn open(
        store: &Store,
        prices: Prices,
        budgets: Budgets,
        now: Timestamp,
    ) -> Result<Self, ChatError> {
        let today = Day::of(now);
        let mut spending = Spending::new(today);
        if !budgets.is_empty() {
            let read = move |tx: &mut ReadTx<'_>| tx.usage().between(today.month(), today);
            for row in store.read(read).await? {
                let cost = prices.cost(&row.model, row.day, &row.sum);
                spending.add(row.day, &row.sum, cost);
            }
        }
        let spent = watch::Sender::new(budgets.spent(&spending));
        let counted = Mutex::default();
        Ok(Self { prices, budgets, spending: Mutex::new(spending), spent, counted })
    }

    pub(crate) const fn prices(&self) -> &Prices {
        &self.prices
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Option<Budget>> {
        self.spent.subscribe()
    }

    /// What was counted since the start.
    pub(crate) fn counted(&self) -> UsageSum {
        *lock(&self.counted)
    }

    /// Calls that are on disk.
    pub(crate) fn add(&self, day: Day, calls: &[ModelCall]) {
        calls.iter().for_each(|call| *lock(&self.counted) += UsageSum::from(call));
        if self.budgets.is_empty() || calls.is_empty() {
            return;
        }
        let mut spending = lock(&self.spending);
        for call in calls {
            let sum = UsageSum::from(call);
            let cost = self.prices.cost(&call.model, day, &sum);
            spending.add(day, &sum, cost);
        }
        self.tell(&spending);
    }

    /// The budget that is spent at a moment, if one is.
    pub(crate) fn spent(&self, now: Timestamp) -> Option<Budget> {
        if self.budgets.is_empty() {
            return None;
        }
        let mut spending = lock(&self.spending);
        spending.turn_to(Day::of(now));
        self.budgets.spent(&spending)
    }

    /// Each budget at a moment.
    pub(crate) fn budgets(&self, now: Timestamp) -> Vec<Budget> {
        let mut spending = lock(&self.spending);
        spending.turn_to(Day::of(now));
        self.budgets.after(&spending).collect()
    }

    /// Looks at the calendar, and tells those who watch; gives whether a budget is spent.
    fn look(&self, now: Timestamp) -> bool {
        let mut spending = lock(&self.spending);
        spending.turn_to(Day::of(now));
        self.tell(&spending);
        self.spent.borrow().is_some()
    }

    fn tell(&self, spending: &Spending) {
        let spent = self.budgets.spent(spending);
        self.spent.send_if_modified(|known| {
            let same = known.as_ref().map(|it| it.kind) == spent.as_ref().map(|it| it.kind);
            *known = spent;
            !same
        });
    }
}

/// While a budget is spent, looks whether it is free again, and has those answered then that waited for it.
pub(crate) async fn keep(inner: Arc<Inner>) {
    if inner.usage.budgets.is_empty() {
        return;
    }
    let mut spent = inner.usage.watch();
    loop {
        tokio::select! {
            known = spent.wait_for(Option::is_some) => if known.is_err() { return },
            () = inner.shutdown.cancelled() => return,
        }
        while inner.usage.look(inner.clock.now()) {
            if inner.shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
                return;
            }
        }
        inner.deferred.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
