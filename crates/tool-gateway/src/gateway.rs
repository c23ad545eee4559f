//! Servers of tools at work for a company.

mod board;
mod keeper;
mod seat;

use crate::session::{Call, ProgressSink};
use crate::words::Words;
use crate::{
    ConnectionState, ConnectionStatus, GatewaySettings, Progress, ServerSpec, ToolError, ToolResult,
};
use board::Board;
pub use board::Changes;
use domain::{Clock, ConnectionId};
use keeper::Keeper;
use seat::Seat;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections to servers of tools, each with a task of its own that makes it, probes it, and makes it again. Cheap to clone;
/// clones share everything. Used inside a Tokio runtime.
#[derive(Clone)]
pub struct ToolGateway {
    inner: Arc<Inner>,
}

struct Inner {
    settings: GatewaySettings,
    clock: Arc<dyn Clock>,
    board: Arc<Board>,
    seats: Mutex<HashMap<ConnectionId, Seat>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl ToolGateway {
    /// A gateway without connections.
    pub fn new(settings: GatewaySettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                settings,
                clock,
                board: Arc::default(),
                seats: Mutex::default(),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
            }),
        }
    }

    /// Has a connection be as described from now on, and returns at once: whether it works is told by its state. The same
    /// description again changes nothing; another one ends what was there, calls that are under way with it, and then
    /// begins anew.
    pub fn set(&self, spec: ServerSpec) {
        let inner = &self.inner;
        let mut seats = inner.seats();
        let before = seats.get(&spec.id);
        if inner.stop.is_cancelled() || before.is_some_and(|seat| seat.spec == spec) {
            return;
        }
        let before = before.map(Seat::leave);
        let enabled = spec.enabled;
        inner
            .board
            .begin(spec.id, if enabled { ConnectionStatus::Connecting } else { ConnectionStatus::Disabled });
        let (seat, place) = Seat::new(spec.clone(), &inner.stop);
        let gone = seat.gone.clone();
        let keeper = enabled.then(|| Keeper {
            words: Words::of(&spec),
            settings: inner.settings.clone(),
            clock: Arc::clone(&inner.clock),
            board: Arc::clone(&inner.board),
            tasks: inner.tasks.clone(),
            stop: seat.stop.clone(),
            seat: place.session,
            asked: place.asked,
            doubt: Arc::clone(&seat.doubt),
            waiting: Vec::new(),
            spec,
        });
        seats.insert(seat.spec.id, seat);
        inner.tasks.spawn(async move {
            let _gone = gone.drop_guard();
            if let Some(before) = before {
                before.cancelled().await;
            }
            if let Some(keeper) = keeper {
                keeper.run().await;
            }
        });
    }

    /// Forgets a connection. Its program is ended in the background, and its calls are.
    pub fn remove(&self, id: ConnectionId) {
        if let Some(seat) = self.inner.seats().remove(&id) {
            seat.leave();
        }
        self.inner.board.remove(id);
    }

    /// What is known of a connection, without asking anybody; `None` for one that was not set.
    pub fn state(&self, id: ConnectionId) -> Option<ConnectionState> {
        self.inner.board.state(id)
    }

    /// Follows the changes of all states from now on. One that is removed just tells nothing more.
    pub fn changes(&self) -> Changes {
        self.inner.board.changes()
    }

    /// Asks the server now, or tries to connect without waiting for the next attempt, and says how it stands then. Takes at
    /// most a little longer than connecting may; one that is switched off is left alone.
    pub async fn test(&self, id: ConnectionId) -> Option<ConnectionState> {
        let asking = self.inner.seats().get(&id).map(|seat| seat.ask.clone())?;
        seat::ask(&asking).await;
        self.state(id)
    }

    /// Holds arguments against a tool's schema, as [`ToolGateway::call`] does before anything leaves, and asks nobody. What is
    /// not known at the moment passes.
    ///
    /// # Errors
    /// [`ToolError::UnknownTool`], [`ToolError::InvalidArguments`].
    pub fn check(&self, id: ConnectionId, tool: &str, arguments: &Value) -> Result<(), ToolError> {
        let session = self.inner.seats().get(&id).and_then(|seat| seat.session.borrow().clone());
        session.map_or(Ok(()), |session| session.check(tool, arguments))
    }

    /// Calls a tool. The arguments, an object or null for none, are held against the tool's schema before anything leaves.
    /// `progress` is called, in order, with what the server tells on the way; it is to be quick. Cancelling, or dropping the
    /// future, tells the server to stop.
    ///
    /// # Errors
    /// Why there is no result. A tool that fails by its own account is a result ([`ToolResult::is_error`]).
    pub async fn call(
        &self,
        id: ConnectionId,
        tool: &str,
        arguments: Value,
        progress: impl Fn(Progress) + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> Result<ToolResult, ToolError> {
        let inner = &self.inner;
        let (session, doubt, within) = {
            let seats = inner.seats();
            let seat = seats.get(&id).ok_or(ToolError::UnknownConnection(id))?;
            let within = seat.spec.timeouts.call.unwrap_or(inner.settings.call_timeout);
            (seat.session.borrow().clone(), Arc::clone(&seat.doubt), within)
        };
        let session = session.ok_or_else(|| self.not_connected(id))?;
        let call = Call {
            tool: tool.to_owned(),
            arguments: if arguments.is_null() { Value::Object(serde_json::Map::new()) } else { arguments },
            progress: ProgressSink(Arc::new(progress)),
            within,
            result_limit: inner.settings.result_limit,
        };
        // In a task of its own, so that the server is told to stop even when nobody waits any more.
        let cancel = cancel.child_token();
        let dropped = cancel.clone().drop_guard();
        let called = inner.tasks.spawn(async move { session.call(call, cancel).await }).await;
        dropped.disarm();
        let broken = |_| Err(ToolError::Lost { detail: "the call broke off".to_owned() });
        let result = called.unwrap_or_else(broken);
        if matches!(result, Err(ToolError::Lost { .. })) {
            doubt.notify_one();
        }
        result
    }

    /// Ends all connections and their programs, and waits until they are gone: at most a little longer than
    /// [`GatewaySettings::stop_grace`]. Nothing is connected to afterwards.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    fn not_connected(&self, id: ConnectionId) -> ToolError {
        let why = match self.state(id) {
            Some(ConnectionState { status: ConnectionStatus::Disabled, .. }) => "switched off".to_owned(),
            Some(ConnectionState { status: ConnectionStatus::Failed, error: Some(error), .. }) => {
                format!("down: {error}")
            }
            _ => "not made yet".to_owned(),
        };
        ToolError::NotConnected { why }
    }
}

impl Inner {
    fn seats(&self) -> MutexGuard<'_, HashMap<ConnectionId, Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped with the last clone: what still runs ends by itself.
impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for ToolGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connections = self.inner.seats().len();
        f.debug_struct("ToolGateway").field("connections", &connections).finish_non_exhaustive()
    }
}
