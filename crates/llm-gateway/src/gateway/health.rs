//! Whether the model server is there.

use super::{GatewaySettings, Refusal};
use crate::{ChatModel, GatewayError, ModelInfo};
use domain::{Clock, Timestamp};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is known of the model server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrainStatus {
    /// Whether it can be asked: the last probe got its list of models, and no chat has found it gone since then.
    pub connected: bool,
    /// False until the first probe has ended, or a chat has found the server gone.
    pub probed: bool,
    /// The wire: `ollama`, `openai` or `scripted`.
    pub provider: &'static str,
    /// Where it is, without credentials.
    pub base_url: String,
    /// Its version, where the wire tells. None while disconnected.
    pub version: Option<String>,
    /// The models it has. Empty while disconnected.
    pub models: Vec<ModelInfo>,
    /// When this was found out.
    pub checked_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// Why it is disconnected, in one line of at most 300 characters.
    pub error: Option<String>,
}

type Probe = BoxFuture<'static, Arc<BrainStatus>>;

/// Keeps the status.
pub(super) struct Health {
    model: Arc<dyn ChatModel>,
    clock: Arc<dyn Clock>,
    interval: Duration,
    timeout: Duration,
    status: watch::Sender<Arc<BrainStatus>>,
    /// Wakes the loop before its time.
    doubt: Notify,
    /// The probe under way. Weak: a probe that nobody waits for any more is dropped, not joined later.
    probe: Mutex<Option<WeakShared<Probe>>>,
    refusal: Box<Refusal>,
}

impl Health {
    /// The longest pause between two probes of a server that is away: its return is to be known within five seconds.
    const MAX_PAUSE: Duration = Duration::from_secs(4);

    pub(super) fn new(
        model: Arc<dyn ChatModel>,
        clock: Arc<dyn Clock>,
        settings: &GatewaySettings,
        refusal: Box<Refusal>,
    ) -> Self {
        let status = unprobed(&*model);
        Self {
            model,
            clock,
            interval: settings.probe_interval,
            timeout: settings.probe_timeout,
            status: watch::Sender::new(Arc::new(status)),
            doubt: Notify::new(),
            probe: Mutex::new(None),
            refusal,
        }
    }

    pub(super) fn status(&self) -> Arc<BrainStatus> {
        Arc::clone(&self.status.borrow())
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.status.subscribe()
    }

    /// Asks the server, together with whoever asks at the same time; not at all while it may not be asked.
    pub(super) async fn probe(self: &Arc<Self>) -> Arc<BrainStatus> {
        if self.refuse().is_err() {
            return self.status();
        }
        self.shared_probe().await
    }

    /// An error while the server may not be asked.
    pub(super) fn refuse(&self) -> Result<(), GatewayError> {
        match (self.refusal)() {
            None => Ok(()),
            Some(why) => Err(GatewayError::Unreachable {
                base_url: self.model.base_url().to_owned(),
                source: why.into(),
            }),
        }
    }

    /// Wakes the loop before its time.
    pub(super) fn look_again(&self) {
        self.doubt.notify_one();
    }

    /// Probes until cancelled.
    pub(super) async fn run(self: &Arc<Self>, cancel: CancellationToken) {
        let mut pause = self.interval / 2;
        let probing = async {
            loop {
                if self.refuse().is_err() {
                    self.wait(self.interval).await;
                } else if self.probe().await.connected {
                    pause = self.interval / 2;
                    self.wait(self.interval).await;
                } else {
                    self.wait(pause.min(Self::MAX_PAUSE)).await;
                    pause = (pause * 2).min(self.interval * 2);
                }
            }
        };
        cancel.run_until_cancelled(probing).await;
    }

    /// Takes note that the server is gone, unless that is known.
    pub(super) fn report_unreachable(&self, error: &GatewayError) {
        let found = self.status.send_if_modified(|status| {
            let news = status.connected || !status.probed;
            if news {
                *status = Arc::new(self.disconnected(error.summary(), None));
            }
            news
        });
        if found {
            tracing::warn!(error = error.summary(), "a chat found the model server unreachable");
            self.doubt.notify_one();
        }
    }

    /// What an error before the first token means: a server that breaks off and is found gone was unreachable.
    pub(super) async fn judge(self: &Arc<Self>, error: GatewayError) -> GatewayError {
        match error {
            GatewayError::Unreachable { .. } => {
                self.report_unreachable(&error);
                error
            }
            GatewayError::Disconnected { base_url, source } => {
                if self.probe().await.connected {
                    return GatewayError::Disconnected { base_url, source };
                }
                let cause = GatewayError::Disconnected { base_url: base_url.clone(), source };
                GatewayError::Unreachable { base_url, source: Box::new(cause) }
            }
            other => other,
        }
    }

    /// Waits until the server is known to be gone. It is not, as long as nobody has looked.
    pub(super) async fn gone(&self) -> GatewayError {
        let mut status = self.status.subscribe();
        let gone = status.wait_for(|status| status.probed && !status.connected).await;
        let (base_url, why) =
            gone.map(|gone| (gone.base_url.clone(), gone.error.clone())).unwrap_or_default();
        GatewayError::Unreachable { base_url, source: why.unwrap_or_default().into() }
    }

    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = self.doubt.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    fn shared_probe(self: &Arc<Self>) -> Shared<Probe> {
        let mut running = self.probe.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(probe) =
            running.as_ref().and_then(WeakShared::upgrade).filter(|probe| probe.peek().is_none())
        {
            return probe;
        }
        let health = Arc::clone(self);
        let probe = async move { health.ask().await }.boxed().shared();
        *running = probe.downgrade();
        probe
    }

    async fn ask(&self) -> Arc<BrainStatus> {
        let begun = Instant::now();
        let answer = tokio::time::timeout(self.timeout, self.model.catalogue()).await;
        let latency = Some(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX));
        let before = self.status();
        let after = match answer {
            Ok(Ok(catalogue)) => BrainStatus {
                connected: true,
                probed: true,
                version: catalogue.version,
                models: catalogue.models,
                checked_at: Some(self.clock.now()),
                latency_ms: latency,
                error: None,
                ..unprobed(&*self.model)
            },
            Ok(Err(error)) => self.disconnected(error.summary(), latency),
            Err(_) => {
                let why = format!(
                    "the model server at {} gave no answer within {:?}",
                    before.base_url, self.timeout
                );
                self.disconnected(why, latency)
            }
        };
        if after.connected != before.connected || !before.probed {
            let BrainStatus { connected, base_url, version, error, .. } = &after;
            tracing::info!(connected, base_url, ?version, ?error, "the model server was probed");
        }
        let after = Arc::new(after);
        self.status.send_replace(Arc::clone(&after));
        after
    }

    fn disconnected(&self, why: String, latency_ms: Option<i64>) -> BrainStatus {
        BrainStatus {
            probed: true,
            checked_at: Some(self.clock.now()),
            latency_ms,
            error: Some(why),
            ..unprobed(&*self.model)
        }
    }
}

fn unprobed(model: &dyn ChatModel) -> BrainStatus {
    BrainStatus {
        connected: false,
        probed: false,
        provider: model.provider(),
        base_url: model.base_url().to_owned(),
        version: None,
        models: Vec::new(),
        checked_at: None,
        latency_ms: None,
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScriptedModel;

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_away_is_asked_less_often_but_every_four_seconds() {
        let model = ScriptedModel::saying("");
        model.set_online(false);
        let settings = GatewaySettings::default();
        let health =
            Arc::new(Health::new(Arc::new(model.clone()), Arc::new(Still), &settings, Box::new(|| None)));
        let mut status = health.watch();
        let begun = Instant::now();
        let probes = async {
            let mut seconds = Vec::new();
            for count in 0..8 {
                status.changed().await.unwrap();
                seconds.push(begun.elapsed().as_secs());
                model.set_online(count >= 4);
            }
            seconds
        };
        tokio::select! {
            () = health.run(CancellationToken::new()) => panic!("nobody cancelled it"),
            seconds = probes => assert_eq!(seconds, [0, 1, 3, 7, 11, 15, 17, 19]),
        }
    }
}
