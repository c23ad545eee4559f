//! Clearing overrides whose time is over.

use crate::{Company, CompanyError};
use chat_service::WriteTx;
use domain::{Actor, Cleared, Override};
use std::time::Duration;

/// The longest sleep: the machine may have slept, or its clock been set, meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Before trying again what the database did not take, and the least sleep.
const PAUSE: Duration = Duration::from_secs(1);

impl Company {
    /// Clears the overrides whose time is over, and says so with an event each; what they held back goes on. They have had
    /// no effect since then. Gives how many there were. The company at work does this by itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_expired(&self) -> Result<usize, CompanyError> {
        let change = self.change(Actor::System);
        let is_over = {
            let now = change.at;
            move |it: &Override| !it.is_in_force(now)
        };
        if !self.chat.watch_rules().borrow().iter().any(is_over) {
            return Ok(0);
        }
        let write = move |tx: &mut WriteTx<'_>| {
            let mut cleared = 0;
            for it in tx.overrides().all()?.iter().filter(|it| is_over(it)) {
                tx.overrides_mut().clear(it, Cleared::Expired, &change)?;
                cleared += 1;
            }
            Ok::<_, CompanyError>(cleared)
        };
        let cleared = self.store().write(write).await?;
        self.chat.reload_rules().await;
        Ok(cleared)
    }

    /// Clears what has expired until the service closes: sleeps until the next one does, and looks anew at each change.
    pub(crate) async fn keep_clearing_expired(self) {
        let mut changed = self.chat.watch_rules();
        loop {
            let pause = match self.clear_expired().await {
                Ok(_) => self.until_the_next(),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "overrides that have expired could not be cleared");
                    Some(PAUSE)
                }
            };
            let asleep = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.chat.closing().cancelled() => return,
                changed = changed.changed() => if changed.is_err() { return },
                () = asleep => {}
            }
        }
    }

    /// How long until the next override expires; none when none does.
    fn until_the_next(&self) -> Option<Duration> {
        let now = self.chat.clock().now().as_micros();
        let rules = self.chat.watch_rules();
        let next = rules.borrow().iter().filter_map(|it| it.expires_at).min()?;
        let left = Duration::from_micros(u64::try_from(next.as_micros().saturating_sub(now)).unwrap_or(0));
        Some(left.clamp(Duration::from_millis(1), LONGEST_SLEEP))
    }
}
