//! Which debates are under way. Those that wait are rows, and get their place in the order they were asked for.

use super::run::{PAUSE, Run};
use crate::{Company, CompanyError};
use chat_service::ReadTx;
use domain::{DebateStatus, SessionId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How often a debate that waits for the brain is looked after: what keeps the brain away need not be its server.
const LOOK: Duration = Duration::from_secs(5);

type ById = HashMap<SessionId, Arc<Notify>>;

/// How much is allowed in debates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebateLimits {
    /// How many are under way at a time; more wait in their order. Default 4.
    pub at_once: usize,
    /// How many may be open, waiting ones included; one more is refused as busy. Default 256.
    pub open: usize,
    /// The longest an utterance may take; less when the debate has less time. Default 120 s.
    pub utterance: Duration,
    /// The most tokens of an utterance. Default 400.
    pub utterance_tokens: u32,
    /// The most tokens of all utterances of a debate. Default 24,000.
    pub tokens: i64,
}

impl Default for DebateLimits {
    fn default() -> Self {
        Self {
            at_once: 4,
            open: 256,
            utterance: Duration::from_secs(120),
            utterance_tokens: 400,
            tokens: 24_000,
        }
    }
}

/// The debates under way.
#[derive(Debug, Default)]
pub(crate) struct Debates {
    pub(crate) limits: DebateLimits,
    /// Wakes the keeper: a debate was asked for, or a place became free.
    wake: Notify,
    /// Those under way; each is told when the Founder changed something.
    running: Mutex<ById>,
}

impl Debates {
    pub(crate) fn new(limits: DebateLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A debate was asked for.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// The Founder changed something in a debate.
    pub(crate) fn tell(&self, id: SessionId) {
        if let Some(changed) = self.running().get(&id) {
            changed.notify_one();
        }
    }

    fn running(&self) -> MutexGuard<'_, ById> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A debate's place. However the debate ends, the place becomes free.
struct Place {
    id: SessionId,
    debates: Arc<Debates>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.debates.running().remove(&self.id);
        self.debates.wake();
    }
}

impl Company {
    /// Keeps the debates of the database going until the service shuts down.
    pub(crate) fn keep_debating(&self) {
        let company = self.clone();
        self.chat.spawn(async move { company.debate().await });
    }

    async fn debate(&self) {
        let (mut brain, mut budget) = (self.chat.watch_brain(), self.chat.watch_budget());
        let mut rules = self.chat.watch_rules();
        loop {
            brain.borrow_and_update();
            rules.borrow_and_update();
            let waits = self.fill_places().await.unwrap_or_else(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "debates could not be taken up");
                true
            });
            tokio::select! {
                () = self.debates.wake.notified() => {}
                changed = brain.changed() => if changed.is_err() { return },
                changed = budget.changed() => if changed.is_err() { return },
                changed = rules.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(LOOK), if waits => {}
                () = self.chat.closing().cancelled() => return,
            }
        }
    }

    /// Gives free places to those that wait, oldest first; gives whether any still waits for the brain, or all for the end of
    /// maintenance.
    async fn fill_places(&self) -> Result<bool, CompanyError> {
        if self.chat.rules().read_only().is_some() {
            return Ok(true);
        }
        let read = |tx: &mut ReadTx<'_>| tx.debates().open();
        let open = self.store().read(read).await?;
        let mut waits = false;
        for debate in open {
            if debate.status == DebateStatus::Deferred && self.chat.is_offline() {
                waits = true;
                continue;
            }
            let changed = Arc::new(Notify::new());
            {
                let mut running = self.debates.running();
                if running.len() >= self.debates.limits.at_once {
                    break;
                }
                if running.contains_key(&debate.id) {
                    continue;
                }
                running.insert(debate.id, Arc::clone(&changed));
            }
            let place = Place { id: debate.id, debates: Arc::clone(&self.debates) };
            let run = Run::new(self.clone(), debate.id, changed);
            let company = self.clone();
            self.chat.spawn(async move {
                company.run(run, place).await;
            });
        }
        Ok(waits)
    }

    /// One debate, as long as it goes on. A failed one is taken up again after a pause.
    async fn run(&self, run: Run, place: Place) {
        let went = run.go_on().await;
        if let Err(error) = &went
            && !self.chat.closing().is_cancelled()
            && self.chat.rules().read_only().is_none()
        {
            let error = error as &dyn std::error::Error;
            tracing::warn!(debate = %place.id, error, "a debate stopped, and is taken up again");
        }
        let id = place.id;
        let open = self.store().read(move |tx| tx.debates().get(id)).await;
        if !matches!(open, Ok(Some(debate)) if !debate.status.is_open()) {
            // There for the probe, away for the debate: nobody is asked without a pause.
            self.chat.closing().run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
        drop(place);
    }
}
