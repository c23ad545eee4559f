//! One connection while it lasts.

mod call;
mod guard;
mod lists;
mod open;
mod pace;

use crate::words::Words;
use crate::{ConnectionState, ServerInfo};
pub(crate) use call::Call;
pub(crate) use guard::{ProgressSink, Signs};
use lists::Lists;
pub(crate) use open::Opened;
pub(crate) use pace::Pace;
use rmcp::model::{ClientRequest, PingRequest, ServerResult};
use rmcp::service::{Peer, PeerRequestOptions, ServiceError};
use rmcp::{ErrorData, RoleClient};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// A server that has introduced itself. Its lists are those it gave last.
#[derive(Debug)]
pub(crate) struct Session {
    peer: Peer<RoleClient>,
    server: Option<ServerInfo>,
    lists: Mutex<Arc<Lists>>,
    signs: Arc<Signs>,
    words: Words,
    calls: Semaphore,
    calls_at_once: usize,
}

impl Session {
    /// Asks whether the server is there, and how long it takes to say so.
    pub(crate) async fn ping(&self, within: Duration) -> Result<Duration, String> {
        let begun = Instant::now();
        let ping = ClientRequest::PingRequest(PingRequest::default());
        match self.ask(ping, within).await {
            // A server that does not know the question is there, too.
            Ok(_) | Err(ServiceError::McpError(_)) => Ok(begun.elapsed()),
            Err(error) => Err(self.why(&error)),
        }
    }

    /// Waits until nothing comes from the server any more.
    pub(crate) async fn ended(&self) {
        self.signs.ended.cancelled().await;
    }

    /// Waits until the server says that its lists have changed.
    pub(crate) async fn lists_changed(&self) {
        self.signs.lists_changed.notified().await;
    }

    /// Puts into a state what is known from this session.
    pub(crate) fn describe(&self, state: &mut ConnectionState) {
        let lists = self.lists();
        state.server.clone_from(&self.server);
        state.error.clone_from(&lists.remark);
        state.tools = Arc::clone(&lists.tools);
        state.resources = Arc::clone(&lists.resources);
        state.prompts = Arc::clone(&lists.prompts);
    }

    /// What went wrong on the wire last.
    pub(crate) fn fault(&self) -> Option<String> {
        self.signs.fault()
    }

    fn lists(&self) -> Arc<Lists> {
        Arc::clone(&self.lists.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask(&self, request: ClientRequest, within: Duration) -> Result<ServerResult, ServiceError> {
        let options = PeerRequestOptions::with_timeout(within);
        let asked =
            async { self.peer.send_request_with_option(request, options).await?.await_response().await };
        // The question itself may find no way out.
        let late = ServiceError::Timeout { timeout: within };
        tokio::time::timeout(within + Duration::from_secs(1), asked).await.unwrap_or(Err(late))
    }

    fn why(&self, error: &ServiceError) -> String {
        match error {
            ServiceError::Timeout { timeout } => format!("no answer within {} s", timeout.as_secs_f64()),
            ServiceError::McpError(ErrorData { message, .. }) => format!("it refused: {message}"),
            ServiceError::UnexpectedResponse => "its answer is not what the protocol has for it".to_owned(),
            _ => self.fault().unwrap_or_else(|| "the connection was lost".to_owned()),
        }
    }
}
