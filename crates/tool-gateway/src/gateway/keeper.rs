//! The task of one connection.

use super::board::Board;
use crate::session::{Opened, Session};
use crate::words::Words;
use crate::{ConnectionStatus, GatewaySettings, ServerSpec};
use domain::{Clock, ConnectionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Lists are not read anew sooner than this after they were read.
const BETWEEN_LISTS: Duration = Duration::from_secs(1);

/// Makes one connection, probes it, and makes it again after a while when it is lost.
pub(super) struct Keeper {
    pub(super) spec: ServerSpec,
    pub(super) settings: GatewaySettings,
    pub(super) words: Words,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) board: Arc<Board>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    /// Where calls find the session while there is one.
    pub(super) seat: watch::Sender<Option<Arc<Session>>>,
    /// Who wants to know how it stands now.
    pub(super) asked: mpsc::Receiver<oneshot::Sender<()>>,
    /// A call found the server gone.
    pub(super) doubt: Arc<Notify>,
    /// Those who asked and were not answered yet.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
}

/// What happened while a connection stood.
enum Turn {
    Stop,
    Ended,
    Relist,
    Probe,
}

impl Keeper {
    /// Runs until it is stopped. Then nothing of the connection is left.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut wait = self.settings.retry_first;
        self.board.begin(self.id(), ConnectionStatus::Connecting);
        loop {
            let attempt = Opened::open(&self.spec, &self.settings, &self.words, &self.tasks);
            let Some(attempt) = stop.run_until_cancelled(attempt).await else { return };
            let why = match attempt {
                Ok(mut opened) => {
                    let begun = Instant::now();
                    let why = self.keep(&mut opened).await;
                    self.seat.send_replace(None);
                    let ended = opened.close(self.settings.stop_grace).await;
                    if begun.elapsed() >= self.settings.steady_after {
                        wait = self.settings.retry_first;
                    }
                    why.or(ended).unwrap_or_else(|| "the connection was lost".to_owned())
                }
                Err(why) => why,
            };
            if stop.is_cancelled() {
                return;
            }
            self.failed(&why);
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(wait) => {}
                Some(asked) = self.asked.recv() => self.waiting.push(asked),
            }
            wait = (wait * 2).min(self.settings.retry_longest);
        }
    }

    /// Keeps a connection for as long as it holds, and says why it does not, where that is known on this side of it.
    async fn keep(&mut self, opened: &mut Opened) -> Option<String> {
        let session = Arc::clone(&opened.session);
        let mut listed = Instant::now();
        let mut relist = None;
        // First the session, then the state that tells of it: whoever sees the state can call.
        self.seat.send_replace(Some(Arc::clone(&session)));
        if let Err(why) = self.probe(&session).await {
            return session.fault().or(Some(why));
        }
        loop {
            let next = Instant::now() + self.settings.probe_interval;
            match self.turn(opened, next, listed, &mut relist).await {
                Turn::Stop => return None,
                Turn::Ended => return session.fault(),
                Turn::Relist => {
                    relist = None;
                    if let Err(why) = self.relist(&session).await {
                        return session.fault().or(Some(why));
                    }
                    listed = Instant::now();
                }
                Turn::Probe => {
                    if let Err(why) = self.probe(&session).await {
                        return session.fault().or(Some(why));
                    }
                }
            }
        }
    }

    async fn turn(
        &mut self,
        opened: &mut Opened,
        probe: Instant,
        listed: Instant,
        relist: &mut Option<Instant>,
    ) -> Turn {
        let stop = self.stop.clone();
        let session = Arc::clone(&opened.session);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Turn::Stop,
                () = opened.ended() => return Turn::Ended,
                Some(asked) = self.asked.recv() => {
                    self.waiting.push(asked);
                    return Turn::Probe;
                }
                () = self.doubt.notified() => return Turn::Probe,
                () = session.lists_changed() => {
                    relist.get_or_insert((listed + BETWEEN_LISTS).max(Instant::now()));
                }
                () = until(*relist) => return Turn::Relist,
                () = sleep_until(probe) => return Turn::Probe,
            }
        }
    }

    /// Asks whether the server is there, and tells.
    async fn probe(&mut self, session: &Session) -> Result<(), String> {
        let (stop, within) = (self.stop.clone(), self.settings.probe_timeout);
        let ping = tokio::select! {
            ping = session.ping(within) => ping?,
            () = stop.cancelled() => return Ok(()),
        };
        self.connected(session, Some(ping));
        self.answer();
        Ok(())
    }

    async fn relist(&mut self, session: &Session) -> Result<(), String> {
        let (stop, within) = (self.stop.clone(), self.settings.probe_timeout);
        let list = timeout(self.settings.connect_timeout, session.list(&self.settings, within));
        let listed = tokio::select! {
            listed = list => listed,
            () = session.ended() => return Ok(()),
            () = stop.cancelled() => return Ok(()),
        };
        listed.unwrap_or_else(|_| Err("it does not finish its lists".to_owned()))?;
        self.connected(session, None);
        Ok(())
    }

    fn connected(&self, session: &Session, latency: Option<Duration>) {
        let now = self.clock.now();
        self.board.update(self.id(), |state| {
            session.describe(state);
            state.status = ConnectionStatus::Connected;
            state.checked_at = Some(now);
            state.latency = latency.or(state.latency);
        });
    }

    fn failed(&mut self, why: &str) {
        let (now, why) = (self.clock.now(), self.words.clean(why));
        self.board.update(self.id(), |state| {
            state.status = ConnectionStatus::Failed;
            state.error = Some(why);
            state.checked_at = Some(now);
            state.latency = None;
        });
        self.answer();
    }

    /// Tells those who asked that it is known now.
    fn answer(&mut self) {
        for asked in self.waiting.drain(..) {
            // Whoever does not wait any more does not need it.
            asked.send(()).ok();
        }
    }

    const fn id(&self) -> ConnectionId {
        self.spec.id
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
