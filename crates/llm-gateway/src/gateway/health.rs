//! Whether a model server is there.

mod circuit;

use super::GatewaySettings;
use super::board::Board;
use super::status::{Circuit, ProviderStatus};
use crate::{Catalogue, ChatModel, GatewayError};
pub(super) use circuit::Trial;
use domain::Clock;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

type Probe = BoxFuture<'static, bool>;

/// Finds out whether one provider is there, and takes note of it on the board.
pub(super) struct Health {
    board: Arc<Board>,
    /// The provider's place on the board.
    place: usize,
    model: Arc<dyn ChatModel>,
    clock: Arc<dyn Clock>,
    interval: Duration,
    timeout: Duration,
    /// So many failures in a row open the circuit.
    most_failures: u32,
    /// Whether the one chat that a half-open circuit lets through is under way.
    trying: AtomicBool,
    /// Wakes the loop before its time.
    doubt: Notify,
    /// The probe under way. Weak: a probe that nobody waits for any more is dropped, not joined later.
    probe: Mutex<Option<WeakShared<Probe>>>,
}

impl Health {
    /// The longest pause between two probes of a server that is away: its return is to be known within five seconds.
    const MAX_PAUSE: Duration = Duration::from_secs(4);

    pub(super) fn new(
        board: Arc<Board>,
        place: usize,
        model: Arc<dyn ChatModel>,
        clock: Arc<dyn Clock>,
        settings: &GatewaySettings,
    ) -> Self {
        Self {
            board,
            place,
            model,
            clock,
            interval: settings.probe_interval,
            timeout: settings.probe_timeout,
            most_failures: settings.circuit_failures.max(1),
            trying: AtomicBool::new(false),
            doubt: Notify::new(),
            probe: Mutex::new(None),
        }
    }

    /// Asks the server, together with whoever asks at the same time. Gives whether it is there. One that may not be asked
    /// is not.
    pub(super) async fn probe(self: &Arc<Self>) -> bool {
        self.shared_probe().await
    }

    /// As [`Self::probe`], but with an answer that is no older than this call.
    pub(super) async fn probe_afresh(self: &Arc<Self>) -> bool {
        let running = self.running().as_ref().and_then(WeakShared::upgrade);
        if let Some(begun_before) = running {
            begun_before.await;
        }
        self.probe().await
    }

    /// Probes until cancelled, while the provider may be asked.
    pub(super) async fn run(self: &Arc<Self>, cancel: CancellationToken) {
        let mut pause = self.interval / 2;
        let probing = async {
            loop {
                if !self.is_allowed() || self.probe().await {
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

    /// Has the loop look at once.
    pub(super) fn look_again(&self) {
        self.doubt.notify_one();
    }

    /// Takes note that the server is gone, unless that is known.
    pub(super) fn report_unreachable(&self, error: &GatewayError) {
        self.failed(error, true);
    }

    /// What an error before the first token means: a server that breaks off and is found gone was unreachable.
    pub(super) async fn judge(self: &Arc<Self>, error: GatewayError) -> GatewayError {
        match error {
            GatewayError::Unreachable { .. } => {
                self.report_unreachable(&error);
                error
            }
            GatewayError::Disconnected { base_url, source } => {
                if self.probe().await {
                    return GatewayError::Disconnected { base_url, source };
                }
                let cause = GatewayError::Disconnected { base_url: base_url.clone(), source };
                let gone = GatewayError::Unreachable { base_url, source: Box::new(cause) };
                self.report_unreachable(&gone);
                gone
            }
            other => {
                self.answered();
                other
            }
        }
    }

    /// Waits until the server is known to be gone, or may not be asked. It is not gone as long as nobody has looked.
    pub(super) async fn gone(&self) -> GatewayError {
        let mut board = self.board.watch();
        let gone = |it: &ProviderStatus| !it.allowed || (it.probed && !it.connected);
        // The board lives as long as this does.
        board.wait_for(|status| status.providers.get(self.place).is_none_or(gone)).await.ok();
        self.away()
    }

    /// Why nobody can be asked here, as far as is known.
    pub(super) fn away(&self) -> GatewayError {
        let why = self.board.look(self.place, |it| it.error.clone()).flatten();
        GatewayError::Unreachable {
            base_url: self.model.base_url().to_owned(),
            source: why.unwrap_or_else(|| "it is away".to_owned()).into(),
        }
    }

    pub(super) fn is_allowed(&self) -> bool {
        self.board.look(self.place, |it| it.allowed) == Some(true)
    }

    /// Whether it is known that the server is not there.
    pub(super) fn is_away(&self) -> bool {
        self.board.look(self.place, |it| !it.allowed || (it.probed && !it.connected)) == Some(true)
    }

    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = self.doubt.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<WeakShared<Probe>>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared_probe(self: &Arc<Self>) -> Shared<Probe> {
        let mut running = self.running();
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

    async fn ask(&self) -> bool {
        if !self.is_allowed() {
            return false;
        }
        let begun = Instant::now();
        let answer = tokio::time::timeout(self.timeout, self.model.catalogue()).await;
        let latency = Some(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX));
        let (mut connected, mut news) = (false, None);
        self.board.update(self.place, |it| {
            if !it.allowed {
                return false;
            }
            let before = (it.connected, it.probed);
            match answer {
                Ok(Ok(catalogue)) => self.connect(it, catalogue, latency),
                Ok(Err(error)) => self.disconnect(it, error.summary(), latency),
                Err(_) => {
                    let Self { model, timeout, .. } = self;
                    let base_url = model.base_url();
                    let why = format!("the model server at {base_url} gave no answer within {timeout:?}");
                    self.disconnect(it, why, latency);
                }
            }
            connected = it.connected;
            news = (before != (it.connected, true)).then(|| (it.version.clone(), it.error.clone()));
            true
        });
        if let Some((version, error)) = news {
            let base_url = self.model.base_url();
            tracing::info!(connected, base_url, ?version, ?error, "the model server was probed");
        }
        connected
    }

    fn connect(&self, it: &mut ProviderStatus, catalogue: Catalogue, latency_ms: Option<i64>) {
        (it.connected, it.probed) = (true, true);
        (it.version, it.models) = (catalogue.version, catalogue.models);
        (it.checked_at, it.latency_ms, it.error) = (Some(self.clock.now()), latency_ms, None);
        if it.circuit == Circuit::Open {
            it.circuit = Circuit::HalfOpen;
        }
    }

    fn disconnect(&self, it: &mut ProviderStatus, why: String, latency_ms: Option<i64>) {
        (it.connected, it.probed) = (false, true);
        (it.version, it.models) = (None, Vec::new());
        (it.checked_at, it.latency_ms, it.error) = (Some(self.clock.now()), latency_ms, Some(why));
        if it.circuit == Circuit::HalfOpen {
            it.circuit = Circuit::Open;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gateway, ScriptedModel};
    use domain::Timestamp;

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
        let gateway = Gateway::builder(Arc::new(model.clone()), Arc::new(Still)).settings(settings).build();
        let mut status = gateway.watch();
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
            () = gateway.run_probe(CancellationToken::new()) => panic!("nobody cancelled it"),
            seconds = probes => assert_eq!(seconds, [0, 1, 3, 7, 11, 15, 17, 19]),
        }
    }
}
