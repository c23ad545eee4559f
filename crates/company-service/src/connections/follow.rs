//! Handing connections to the gateway, and telling how they stand.

use super::{Connections, existing};
use crate::{Company, CompanyError};
use chat_service::{Change, ReadTx, WriteTx};
use domain::{
    Actor, Connection, ConnectionHealth, ConnectionId, ConnectionStatus, SealedSecret, ServerInfo, Transport,
};
use std::sync::Arc;
use std::time::Duration;
use tool_gateway::{ConnectionState, ConnectionStatus as Found, Secret, ServerSpec, Timeouts};

/// How long a database that takes no work is left alone.
const PAUSE: Duration = Duration::from_millis(500);

impl Company {
    /// Connects what is enabled, has whoever speaks use what is granted, and tells how each connection stands from now on,
    /// until the conversation service shuts down, which ends all programs. Returns at once: whoever is dead or slow delays nobody.
    pub fn connect(&self) {
        let (company, connections) = (self.clone(), Arc::clone(&self.connections));
        self.chat.spawn(async move { connections.follow(&company).await });
        let (closing, gateway) = (self.chat.closing().clone(), self.connections.gateway.clone());
        self.chat.spawn(async move {
            closing.cancelled().await;
            gateway.shutdown().await;
        });
    }

    /// Asks a connection's server now, and says how it stands.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] for one that is switched off.
    pub async fn test_connection(&self, id: ConnectionId) -> Result<Connection, CompanyError> {
        let connection = self.connection(id).await?;
        if !connection.enabled {
            return Err(CompanyError::Conflict { detail: format!("{} is switched off", connection.name) });
        }
        let connections = Arc::clone(&self.connections);
        let test = async move {
            {
                // Its key may be back by now.
                let _turn = connections.turn.lock().await;
                let read = move |tx: &mut ReadTx<'_>| existing(tx, id);
                let now = connections.store.read(read).await?;
                connections.hand_over(now).await?;
            }
            if connections.gateway.test(id).await.is_some() {
                connections.tell(id).await?;
            }
            Ok(())
        };
        self.to_its_end(test).await?;
        self.connection(id).await
    }
}

impl Connections {
    /// What was connected when the last run ended is not so any more.
    pub(crate) async fn take_up(&self) -> Result<(), CompanyError> {
        let mut all = self.store.read(|tx: &mut ReadTx<'_>| tx.connections().all()).await?;
        let status = ConnectionStatus::Connecting;
        all.retain(|it| it.enabled && it.health.status != status);
        if all.is_empty() {
            return Ok(());
        }
        let change = self.change();
        let write = move |tx: &mut WriteTx<'_>| {
            for connection in &all {
                let health = ConnectionHealth { status, error: None, ..connection.health.clone() };
                tx.connections_mut().tell_status(&Connection { health, ..connection.clone() }, &change)?;
            }
            Ok::<_, CompanyError>(())
        };
        self.store.write(write).await
    }

    async fn follow(self: &Arc<Self>, company: &Company) {
        // Registered before anything is handed over, so that nothing is missed.
        let mut changes = self.gateway.changes();
        let closing = company.chat.closing();
        let begin = async {
            while let Err(error) = self.hand_over_all().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "connections could not be read");
                tokio::time::sleep(PAUSE).await;
            }
        };
        if closing.run_until_cancelled(begin).await.is_none() {
            return;
        }
        company.chat.set_toolbox(Arc::<Self>::clone(self));
        while let Some(state) = closing.run_until_cancelled(changes.next()).await {
            while let Err(error) = self.tell(state.id).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection's state was not kept");
                if closing.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                    return;
                }
            }
        }
    }

    async fn hand_over_all(&self) -> Result<(), CompanyError> {
        let _turn = self.turn.lock().await;
        for connection in self.store.read(|tx: &mut ReadTx<'_>| tx.connections().all()).await? {
            self.hand_over(connection).await?;
        }
        self.reload().await
    }

    /// Has the gateway do what a connection's row says, as it was read in this turn; gives it as it stands then. One whose
    /// secrets cannot be opened is not connected, and says so.
    pub(super) async fn hand_over(&self, connection: Connection) -> Result<Connection, CompanyError> {
        let id = connection.id;
        let secrets = self.store.read(move |tx: &mut ReadTx<'_>| tx.connections().secrets_of(id)).await?;
        match self.spec(&connection, &secrets) {
            Ok(spec) => {
                self.gateway.set(spec);
                Ok(connection)
            }
            Err(_) if !connection.enabled => {
                self.gateway.remove(id);
                Ok(connection)
            }
            Err(error) => {
                tracing::warn!(connection = connection.name, %error, "a connection cannot be made");
                self.gateway.remove(id);
                let health = ConnectionHealth {
                    status: ConnectionStatus::Failed,
                    error: Some(error.to_string()),
                    ..connection.health.clone()
                };
                let failed = Connection { health, ..connection.clone() };
                if !failed.health.is_no_news_after(&connection.health) {
                    let (told, change) = (failed.clone(), self.change());
                    let write = move |tx: &mut WriteTx<'_>| {
                        tx.connections_mut().tell_status(&told, &change)?;
                        Ok::<_, CompanyError>(())
                    };
                    self.store.write(write).await?;
                }
                Ok(failed)
            }
        }
    }

    fn spec(
        &self,
        connection: &Connection,
        secrets: &[SealedSecret],
    ) -> Result<ServerSpec, crate::vault::KeyError> {
        let mut opened = Vec::with_capacity(secrets.len());
        for secret in secrets {
            let name = secret.field.env().or(secret.field.header()).unwrap_or_default();
            opened.push((name.to_owned(), Secret::new(self.vault.open(secret)?)));
        }
        let transport = match &connection.transport {
            Transport::Stdio { command, args, directory, .. } => tool_gateway::Transport::Stdio {
                command: command.clone(),
                args: args.clone(),
                env: opened,
                directory: directory.as_ref().map(Into::into),
            },
            Transport::Http { url, allow_private, .. } => tool_gateway::Transport::Http {
                url: url.clone(),
                headers: opened,
                allow_private: *allow_private,
            },
        };
        let enabled = connection.enabled;
        Ok(ServerSpec { id: connection.id, transport, enabled, timeouts: Timeouts::default() })
    }

    /// Stores how a connection stands now, if that is news, and lists its tools anew.
    pub(super) async fn tell(&self, id: ConnectionId) -> Result<(), CompanyError> {
        let _turn = self.turn.lock().await;
        self.tell_in_turn(id).await
    }

    /// As [`Connections::tell`], for whoever has the turn.
    pub(super) async fn tell_in_turn(&self, id: ConnectionId) -> Result<(), CompanyError> {
        let Some(state) = self.gateway.state(id) else { return Ok(()) };
        let change = self.change();
        let write = move |tx: &mut WriteTx<'_>| {
            let Some(connection) = tx.connections().get(id)? else { return Ok(()) };
            let health = health(&state, &connection.health);
            if !health.is_no_news_after(&connection.health) {
                tx.connections_mut().tell_status(&Connection { health, ..connection }, &change)?;
            }
            Ok::<_, CompanyError>(())
        };
        self.store.write(write).await?;
        self.reload().await
    }

    fn change(&self) -> Change {
        Change::new(Actor::System, self.clock.now())
    }
}

/// How a connection stands, from what the gateway found and what was told before. That it is tried again is no news while it
/// has failed; what its server calls itself, and how many tools it has, is as it was while it is away.
pub(super) fn health(state: &ConnectionState, before: &ConnectionHealth) -> ConnectionHealth {
    let retried = state.status == Found::Connecting && before.status == ConnectionStatus::Failed;
    let status = match state.status {
        _ if retried => ConnectionStatus::Failed,
        Found::Connecting => ConnectionStatus::Connecting,
        Found::Connected => ConnectionStatus::Connected,
        Found::Failed => ConnectionStatus::Failed,
        Found::Disabled => ConnectionStatus::Disabled,
    };
    let there = state.status == Found::Connected;
    let server = state
        .server
        .as_ref()
        .map(|server| ServerInfo { name: server.name.clone(), version: server.version.clone() });
    ConnectionHealth {
        status,
        error: if retried { before.error.clone() } else { state.error.clone() },
        checked_at: state.checked_at.or(before.checked_at),
        latency_ms: state.latency.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX)),
        server: if there { server } else { before.server.clone() },
        tool_count: if there {
            i64::try_from(state.tools.len()).unwrap_or(i64::MAX)
        } else {
            before.tool_count
        },
    }
}
