//! Connections: outside tools that the company can use, over MCP. The rows are the truth; the gateway makes of them what it
//! can, and how that stands becomes a row again.

mod book;
mod checks;
mod edit;
mod follow;
mod rotation;
mod tools;

pub use book::ToolListed;
pub use edit::{ConnectionEdit, NewConnection, SecretEdits};
pub use rotation::KeyRotation;

use crate::vault::{KeySource, Vault};
use crate::{Company, CompanyError, Listed};
use book::Book;
use chat_service::{ChatService, ReadTx, Store};
use domain::{Clock, Connection, ConnectionHealth, ConnectionId, Limit, Page};
use std::sync::{Arc, PoisonError, RwLock};
use tool_gateway::{GatewaySettings, ToolGateway};

/// How connections are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// Times and limits of servers.
    pub gateway: GatewaySettings,
    /// Where the keys of secrets are; none means the file `<database>.key`.
    pub keys: Option<KeySource>,
}

/// The connections of a company.
pub(crate) struct Connections {
    store: Store,
    clock: Arc<dyn Clock>,
    gateway: ToolGateway,
    vault: Vault,
    /// What is granted to whom: a copy of the rows, and of what the servers list.
    book: RwLock<Arc<Book>>,
    /// Rows and gateway are changed together: by one at a time.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("vault", &self.vault).finish_non_exhaustive()
    }
}

impl Connections {
    pub(crate) fn new(chat: &ChatService, settings: ConnectionSettings) -> Self {
        let ConnectionSettings { gateway, keys } = settings;
        let store = chat.store().clone();
        let keys = keys.unwrap_or_else(|| KeySource::file(store.path(), None));
        let clock = Arc::clone(chat.clock());
        Self {
            gateway: ToolGateway::new(gateway, Arc::clone(&clock)),
            vault: Vault::new(keys),
            book: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            store,
            clock,
        }
    }

    fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again what is granted to whom. Whoever changes it does so before anybody hears of the change.
    pub(crate) async fn reload(&self) -> Result<(), CompanyError> {
        let rows = self.store.read(book::Rows::read).await?;
        let book = Book::of(rows, |id| self.gateway.state(id));
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
        Ok(())
    }

    /// A connection with what is newer than its row: when its server was asked last, and how long that took.
    fn as_it_is(&self, connection: Connection) -> Connection {
        let Some(state) = self.gateway.state(connection.id) else { return connection };
        let now = follow::health(&state, &connection.health);
        let health = match now.status == connection.health.status {
            true => ConnectionHealth {
                checked_at: now.checked_at,
                latency_ms: now.latency_ms,
                ..connection.health
            },
            false => connection.health,
        };
        Connection { health, ..connection }
    }
}

impl Company {
    /// A page of connections, oldest first; the cursor is the last one's id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn connections(
        &self,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Listed<Connection, ConnectionId>, CompanyError> {
        let as_of = self.store().head();
        let mut all = self.store().read(|tx: &mut ReadTx<'_>| tx.connections().all()).await?;
        if let Some(after) = after {
            all.retain(|connection| connection.id > after);
        }
        let page = Page::from_rows(all, limit, |last| last.id);
        Ok(Listed { page: page.map(|connection| self.connections.as_it_is(connection)), as_of })
    }

    /// A connection.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection, CompanyError> {
        let read = move |tx: &mut ReadTx<'_>| existing(tx, id);
        Ok(self.connections.as_it_is(self.store().read(read).await?))
    }
}

fn existing(tx: &mut ReadTx<'_>, id: ConnectionId) -> Result<Connection, CompanyError> {
    tx.connections().get(id)?.ok_or_else(|| CompanyError::not_found("connection", id))
}
