//! The task that a pull is.

use super::pace::Pace;
use super::{LivePull, ended};
use crate::service::Inner;
use domain::{Actor, Pull, PullStatus};
use event_bus::{Signal, SignalKind};
use futures_util::StreamExt as _;
use llm_gateway::{BrainStatus, GatewayError, ModelName, ProviderStatus, PullProgress, PullTotals};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often its numbers are kept.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// How often watchers are told.
const SIGNAL: Duration = Duration::from_millis(250);
/// How long a provider that is there for the probe and away for the pull is left alone, and a busy database.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of an attempt.
enum Step {
    /// The provider went away, or may not be asked: it is waited for.
    Wait,
    /// The model is there.
    Completed,
    /// The provider gave it up.
    Failed(String),
    /// Somebody else ended it, or the service ends: nothing is left to be stored.
    Left,
}

/// Fetches until it is over; waits while the provider cannot be asked. When the service ends, the next start goes on.
pub(super) async fn run(inner: Arc<Inner>, live: Arc<LivePull>, pull: Pull) {
    let mut task = PullTask { pace: Pace::default(), told: None, untold: None, inner, live, pull };
    let step = task.follow().await;
    match step {
        Step::Completed => task.store_end(PullStatus::Completed, None).await,
        Step::Failed(why) => task.store_end(PullStatus::Failed, Some(why)).await,
        Step::Wait | Step::Left => {}
    }
    task.inner.pulls.remove(task.pull.id);
}

struct PullTask {
    inner: Arc<Inner>,
    live: Arc<LivePull>,
    pull: Pull,
    pace: Pace,
    /// When watchers were told last.
    told: Option<Instant>,
    /// What they are still to be told: it came too soon after.
    untold: Option<String>,
}

impl PullTask {
    async fn follow(&mut self) -> Step {
        let Ok(name) = ModelName::parse(&self.pull.name) else {
            return Step::Failed("this is no model's name any more".to_owned());
        };
        loop {
            let step = match self.wait().await {
                Step::Wait => self.fetch(&name).await,
                over => over,
            };
            match step {
                Step::Wait => {
                    let pause = self.live.cancel.run_until_cancelled(tokio::time::sleep(PAUSE));
                    self.inner.shutdown.run_until_cancelled(pause).await;
                }
                over => return over,
            }
        }
    }

    /// Waits until the provider can be asked.
    async fn wait(&mut self) -> Step {
        let mut brain = self.inner.gateway.watch();
        let name = self.pull.provider.clone();
        if !self.inner.gateway.status().providers.iter().any(|it| it.name == name) {
            return Step::Failed(format!("there is no provider {name:?} any more"));
        }
        if !provider(&self.inner.gateway.status(), &name, |it| it.allowed && it.connected) {
            self.tell(format!("waiting for {name}"), true);
        }
        tokio::select! {
            biased;
            () = self.live.cancel.cancelled() => Step::Left,
            () = self.inner.shutdown.cancelled() => Step::Left,
            () = until(&mut brain, &name, |it| it.allowed && it.connected) => Step::Wait,
        }
    }

    /// Asks the provider, and follows what it tells.
    async fn fetch(&mut self, name: &ModelName) -> Step {
        let (inner, live) = (Arc::clone(&self.inner), Arc::clone(&self.live));
        let provider = self.pull.provider.clone();
        let mut brain = inner.gateway.watch();
        let mut stream = tokio::select! {
            biased;
            () = live.cancel.cancelled() => return Step::Left,
            () = inner.shutdown.cancelled() => return Step::Left,
            begun = inner.gateway.pull(name, Some(&provider)) => match begun {
                Ok(stream) => stream,
                Err(error) => return step(&error),
            },
        };
        let mut totals = PullTotals::default();
        let mut kept = Instant::now();
        loop {
            let due = self.told.map_or_else(Instant::now, |told| told + SIGNAL);
            let next = tokio::select! {
                biased;
                () = live.cancel.cancelled() => return Step::Left,
                () = inner.shutdown.cancelled() => {
                    self.keep().await;
                    return Step::Left;
                }
                () = until(&mut brain, &provider, |it| !it.allowed) => {
                    self.keep().await;
                    return Step::Wait;
                }
                next = stream.next() => next,
                () = tokio::time::sleep_until(due), if self.untold.is_some() => {
                    self.tell(self.untold.clone().unwrap_or_default(), true);
                    continue;
                }
            };
            match next {
                Some(Ok(progress)) => self.take(&mut totals, &progress),
                Some(Err(error)) => return step(&error),
                None => return Step::Completed,
            }
            if kept.elapsed() >= CHECKPOINT {
                self.keep().await;
                kept = Instant::now();
            }
        }
    }

    /// Takes up how far it has come.
    fn take(&mut self, totals: &mut PullTotals, progress: &PullProgress) {
        totals.add(progress);
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        if let Some(total) = totals.total_bytes() {
            self.pull.completed_bytes = bytes(totals.completed_bytes());
            self.pull.total_bytes = Some(bytes(total));
            self.pace.note(Instant::now(), self.pull.completed_bytes);
        }
        self.tell(progress.status.clone(), progress.status == "success");
    }

    /// Shows how it stands, and tells watchers, not too often unless it matters.
    fn tell(&mut self, doing: String, matters: bool) {
        let Pull { id, completed_bytes, total_bytes, .. } = self.pull;
        let (bytes_per_second, seconds_left) =
            (self.pace.bytes_per_second(), self.pace.seconds_left(completed_bytes, total_bytes));
        self.live.state.send_modify(|state| {
            state.doing.clone_from(&doing);
            (state.completed_bytes, state.total_bytes) = (completed_bytes, total_bytes);
            (state.bytes_per_second, state.seconds_left) = (bytes_per_second, seconds_left);
        });
        let due = self.told.is_none_or(|told| told.elapsed() >= SIGNAL);
        if !self.inner.bus.wants_signals() {
            return;
        }
        if !(due || matters) {
            self.untold = Some(doing);
            return;
        }
        (self.told, self.untold) = (Some(Instant::now()), None);
        let kind = SignalKind::Pull {
            pull_id: id,
            name: self.pull.name.clone(),
            doing,
            completed_bytes,
            total_bytes,
            percent: Pull::percent(completed_bytes, total_bytes),
            bytes_per_second,
            seconds_left,
        };
        self.inner.bus.signal(Signal { session_id: None, department_id: None, kind });
    }

    /// Keeps the numbers. When that fails they are kept the next time.
    async fn keep(&mut self) {
        self.pull.updated_at = self.inner.clock.now();
        let pull = self.pull.clone();
        if let Err(error) = self.inner.store.write(move |tx| tx.brain_mut().checkpoint_pull(&pull)).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(pull = %self.pull.id, error, "how far a pull has come could not be kept");
        }
    }

    /// Stores the end, also in a database that is busy for a while. What is not stored goes on at the next start.
    async fn store_end(&mut self, status: PullStatus, error: Option<String>) {
        let change = self.inner.change(Actor::System);
        let mut pull = Pull { error, ..ended(self.pull.clone(), status, change.at) };
        if status == PullStatus::Completed {
            pull.completed_bytes = pull.total_bytes.unwrap_or(pull.completed_bytes);
        }
        loop {
            let (end, change) = (pull.clone(), change.clone());
            match self.inner.store.write(move |tx| tx.brain_mut().end_pull(&end, &change)).await {
                Ok(_) => return,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(pull = %self.pull.id, error, "the end of a pull could not be stored");
                }
            }
            if self.inner.shutdown.is_cancelled() {
                return;
            }
            self.inner.shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
    }
}

/// What a failure means for the pull: who is away is waited for, all else is the end, in the provider's own words.
fn step(error: &GatewayError) -> Step {
    match error {
        GatewayError::Unreachable { .. } => Step::Wait,
        GatewayError::Model { detail, .. } | GatewayError::Status { detail, .. } if !detail.is_empty() => {
            Step::Failed(detail.clone())
        }
        other => Step::Failed(other.summary()),
    }
}

fn provider(status: &BrainStatus, name: &str, is: impl Fn(&ProviderStatus) -> bool) -> bool {
    status.providers.iter().any(|it| it.name == name && is(it))
}

/// Waits until the provider is so.
async fn until(
    brain: &mut watch::Receiver<Arc<BrainStatus>>,
    name: &str,
    is: impl Fn(&ProviderStatus) -> bool,
) {
    // The board lives as long as the service.
    drop(brain.wait_for(|status| provider(status, name, &is)).await);
}
