//! What the gateway holds of a connection.

use crate::ServerSpec;
use crate::session::Session;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// How many may wait for one probe; whoever comes then waits for a place.
const ASKING: usize = 16;

/// A connection's description, and the ways to its task.
pub(super) struct Seat {
    pub(super) spec: ServerSpec,
    /// The session, while there is one.
    pub(super) session: watch::Receiver<Option<Arc<Session>>>,
    pub(super) ask: mpsc::Sender<oneshot::Sender<()>>,
    /// To be told when a call finds the server gone.
    pub(super) doubt: Arc<Notify>,
    pub(super) stop: CancellationToken,
    /// Cancelled when nothing of it is left.
    pub(super) gone: CancellationToken,
}

/// The task's ends of the ways.
pub(super) struct Place {
    pub(super) session: watch::Sender<Option<Arc<Session>>>,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<()>>,
}

impl Seat {
    pub(super) fn new(spec: ServerSpec, stop: &CancellationToken) -> (Self, Place) {
        let (session, seen) = watch::channel(None);
        let (ask, asked) = mpsc::channel(ASKING);
        let seat = Self {
            spec,
            session: seen,
            ask,
            doubt: Arc::default(),
            stop: stop.child_token(),
            gone: CancellationToken::new(),
        };
        (seat, Place { session, asked })
    }

    /// Has the task end; what is given back is cancelled once it has.
    pub(super) fn leave(&self) -> CancellationToken {
        self.stop.cancel();
        self.gone.clone()
    }
}

/// Waits until the task knows how it stands now, or is no more.
pub(super) async fn ask(ask: &mpsc::Sender<oneshot::Sender<()>>) {
    let (tell, told) = oneshot::channel();
    if ask.send(tell).await.is_ok() {
        told.await.ok();
    }
}
