//! How long events are kept.

use crate::{Company, CompanyError};
use chat_service::{Expired, ReadTx, WriteTx};
use domain::{Action, Actor};
use std::time::Duration;

/// How long events are kept, by type. What no rule names is kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Types, and for how many days their events are kept. Of several that name a type the one that says most holds: its
    /// name before any prefix, a long prefix before a short one.
    pub days: Vec<(Action, u32)>,
    /// For how many days all others are kept; none means for ever.
    pub default_days: Option<u32>,
}

/// How many events are removed in one write: some milliseconds, in which turns wait.
const STEP: usize = 500;
/// Between two such writes, so that turns come first.
const PAUSE: Duration = Duration::from_millis(20);
const DAY: Duration = Duration::from_secs(86_400);

impl Retention {
    /// Whether any event is ever removed.
    pub fn is_on(&self) -> bool {
        self.default_days.is_some() || !self.days.is_empty()
    }

    /// For how many days events of a type are kept; none means for ever.
    pub fn days_of(&self, event_type: &str) -> Option<u32> {
        let named = self.days.iter().filter(|(action, _)| action.admits(event_type));
        named.max_by_key(|(action, _)| action.weight()).map(|(_, days)| *days).or(self.default_days)
    }
}

impl Company {
    /// Removes the events that are older than they are to be kept, in small steps; gives how many. What came after the
    /// newest of them can still be followed; who asks for what was before is told that it is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_old_events(&self) -> Result<usize, CompanyError> {
        let retention = self.upkeep.settings.retention.clone();
        let now = self.chat.clock().now();
        let find = move |tx: &mut ReadTx<'_>| {
            let mut expired = Vec::new();
            for event_type in tx.events().types()? {
                let Some(days) = retention.days_of(&event_type) else { continue };
                let first_kept = tx.events().first_at(now.minus_hours(i64::from(days) * 24))?;
                expired.push(Expired { event_type, up_to: domain::Position::new(first_kept.get() - 1) });
            }
            Ok::<_, CompanyError>(expired)
        };
        let expired = self.store().read(find).await?;
        let mut removed = 0;
        while !self.chat.closing().is_cancelled() {
            let (expired, change) = (expired.clone(), self.change(Actor::System));
            let write = move |tx: &mut WriteTx<'_>| tx.compact(&expired, STEP, &change);
            let step = self.store().write(write).await?;
            removed += step;
            if step < STEP {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(removed)
    }

    /// Removes old events now and once a day.
    pub(crate) async fn remove_daily(&self) {
        loop {
            match self.remove_old_events().await {
                Ok(0) | Err(CompanyError::ShuttingDown) => {}
                Ok(removed) => tracing::info!(removed, "old events were removed"),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "old events could not be removed");
                }
            }
            if self.chat.closing().run_until_cancelled(tokio::time::sleep(DAY)).await.is_none() {
                return;
            }
        }
    }
}
