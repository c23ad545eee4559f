//! Making, changing and removing connections.

use super::{Connections, checks, existing};
use crate::{Company, CompanyError};
use chat_service::{ReadTx, WriteTx};
use domain::{
    Actor, Connection, ConnectionHealth, ConnectionId, ConnectionStatus, SealedSecret, SecretField,
    Transport, TransportKind,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Values of variables or headers by name: `None` removes one, what is not named stays.
pub type SecretEdits = BTreeMap<String, Option<String>>;

/// A connection to make. What does not belong to its transport is left empty.
#[derive(Clone)]
pub struct NewConnection {
    /// The name people see.
    pub name: String,
    /// How its server is reached.
    pub transport: TransportKind,
    /// Everything else.
    pub with: ConnectionEdit,
}

/// What is to be changed of a connection; none leaves it.
#[derive(Clone, Default)]
pub struct ConnectionEdit {
    /// The name people see.
    pub name: Option<String>,
    /// How its server is reached: as it was, another way is another connection.
    pub transport: Option<TransportKind>,
    /// The program.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// Its variables.
    pub env: SecretEdits,
    /// The folder it runs in; `Some(None)` takes it away.
    pub directory: Option<Option<String>>,
    /// The endpoint.
    pub url: Option<String>,
    /// Its headers.
    pub headers: SecretEdits,
    /// Whether the endpoint may be on this machine or in a private network.
    pub allow_private: Option<bool>,
    /// Whether it is to be connected.
    pub enabled: Option<bool>,
    /// Who may use it: `daena`, departments and agents by slug.
    pub grants: Option<Vec<String>>,
}

/// A change whose fields were looked at, with its secrets sealed.
struct Checked {
    edit: ConnectionEdit,
    /// Secrets that are new.
    sealed: Vec<SealedSecret>,
    /// Secrets that go.
    gone: Vec<SecretField>,
}

impl Company {
    /// Makes a connection, and begins to connect it.
    ///
    /// # Errors
    /// [`CompanyError::Invalid`] without a program or address; [`CompanyError::Unprocessable`] and
    /// [`CompanyError::ImpossibleAt`] for a value that cannot be; [`CompanyError::Conflict`] for a name that is taken, when
    /// there are [`Connection::MOST`], and when no key can be had to seal its secrets.
    pub async fn create_connection(&self, new: NewConnection) -> Result<Connection, CompanyError> {
        let id = ConnectionId::new(self.chat.ids().next_id());
        let NewConnection { name, transport, with } = new;
        let name = checks::name(&name)?;
        let enabled = with.enabled.unwrap_or(true);
        let missing =
            |field, what: &str| CompanyError::Invalid { field, detail: format!("is missing: {what}") };
        let bare = match transport {
            TransportKind::Stdio => Transport::Stdio {
                command: with.command.clone().ok_or_else(|| missing("command", "the program to start"))?,
                args: Vec::new(),
                env: Vec::new(),
                directory: None,
            },
            TransportKind::Http => Transport::Http {
                url: with.url.clone().ok_or_else(|| missing("url", "the address of the server"))?,
                headers: Vec::new(),
                allow_private: false,
            },
        };
        let change = self.change(Actor::Founder);
        let bare = Connection {
            id,
            name,
            transport: bare,
            enabled,
            grants: Vec::new(),
            health: ConnectionHealth::unasked(enabled),
            created_at: change.at,
            updated_at: change.at,
        };
        let checked = self.connections.check(id, transport, with)?;
        let write = move |tx: &mut WriteTx<'_>| {
            let others = tx.connections().all()?;
            if others.len() >= Connection::MOST {
                let detail = format!("there are {} connections, and no more can be", Connection::MOST);
                return Err(CompanyError::Conflict { detail });
            }
            let connection = checked.apply(tx, &bare)?;
            free(&others, &connection)?;
            tx.connections_mut().create(&connection, &checked.sealed, &change)?;
            Ok(())
        };
        self.put_connection(id, write).await
    }

    /// Changes a connection. What changes how its server is reached has it connected anew, which ends the calls under way.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; else as [`Company::create_connection`].
    pub async fn edit_connection(
        &self,
        id: ConnectionId,
        edit: ConnectionEdit,
    ) -> Result<Connection, CompanyError> {
        let before = self.connection(id).await?;
        let kind = before.transport.kind();
        if edit.transport.is_some_and(|transport| transport != kind) {
            let detail = format!("is {kind} for good: make another connection for another transport");
            return Err(CompanyError::Unprocessable { field: "transport", detail });
        }
        let checked = self.connections.check(id, kind, edit)?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, id)?;
            let mut connection = checked.apply(tx, &before)?;
            let anew = connection.transport != before.transport
                || connection.enabled != before.enabled
                || !checked.sealed.is_empty();
            if anew {
                let begun = ConnectionHealth::unasked(connection.enabled);
                connection.health =
                    ConnectionHealth { status: begun.status, error: None, ..before.health.clone() };
            }
            if connection != before || anew {
                free(&tx.connections().all()?, &connection)?;
                connection.updated_at = change.at;
                tx.connections_mut().update(&connection, &checked.sealed, &change)?;
            }
            Ok(())
        };
        self.put_connection(id, write).await
    }

    /// Removes a connection, its secrets and what was said of its tools; calls under way end.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn delete_connection(&self, id: ConnectionId) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let connections = Arc::clone(&self.connections);
        let delete = async move {
            let _turn = connections.turn.lock().await;
            let write = move |tx: &mut WriteTx<'_>| match tx.connections_mut().delete(id, &change)? {
                true => Ok(()),
                false => Err(CompanyError::not_found("connection", id)),
            };
            connections.store.write(write).await?;
            connections.gateway.remove(id);
            connections.reload().await
        };
        self.to_its_end(delete).await
    }

    /// Writes a connection, has the gateway do what it says, and gives it as it is then.
    async fn put_connection(
        &self,
        id: ConnectionId,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<(), CompanyError> + Send + 'static,
    ) -> Result<Connection, CompanyError> {
        let connections = Arc::clone(&self.connections);
        let put = async move {
            let _turn = connections.turn.lock().await;
            connections.store.write(write).await?;
            let read = move |tx: &mut ReadTx<'_>| existing(tx, id);
            let connection = connections.store.read(read).await?;
            let connection = connections.hand_over(connection).await?;
            // A secret that was entered again as it was has nothing connected anew.
            connections.tell_in_turn(id).await?;
            match connection.health.status {
                ConnectionStatus::Connecting => {
                    connections.store.read(move |tx: &mut ReadTx<'_>| existing(tx, id)).await
                }
                _ => Ok(connection),
            }
        };
        self.to_its_end(put).await
    }
}

impl Connections {
    /// Writes what removes all connections; none of them goes on.
    pub(crate) async fn cleared_by<T: Send + 'static>(
        &self,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<T, CompanyError> + Send + 'static,
    ) -> Result<T, CompanyError> {
        let _turn = self.turn.lock().await;
        let all = self.store.read(|tx: &mut ReadTx<'_>| tx.connections().all()).await?;
        let written = self.store.write(write).await?;
        for connection in all {
            self.gateway.remove(connection.id);
        }
        self.reload().await?;
        Ok(written)
    }

    /// Looks at the fields, and seals the secrets.
    fn check(
        &self,
        id: ConnectionId,
        kind: TransportKind,
        mut edit: ConnectionEdit,
    ) -> Result<Checked, CompanyError> {
        foreign(kind, &edit)?;
        edit.name = edit.name.map(|name| checks::name(&name)).transpose()?;
        edit.command = edit.command.map(|command| checks::command(&command)).transpose()?;
        edit.args = edit.args.map(checks::args).transpose()?;
        edit.url = edit.url.map(|url| checks::url(&url)).transpose()?;
        edit.directory = match edit.directory {
            Some(Some(directory)) => Some(Some(checks::directory(&directory)?)),
            other => other,
        };
        let (mut sealed, mut gone) = (Vec::new(), Vec::new());
        let mut sort = |field: SecretField, value: Option<String>| {
            match value {
                Some(value) => sealed.push(self.vault.seal(id, field, &value)?),
                None => gone.push(field),
            }
            Ok::<_, CompanyError>(())
        };
        let mut named = Vec::new();
        for (name, value) in std::mem::take(&mut edit.env) {
            checks::variable_value(&name, value.as_deref().unwrap_or_default())?;
            named.push((SecretField::Env(checks::variable(&name)?), value));
        }
        for (name, value) in std::mem::take(&mut edit.headers) {
            checks::header_value(&name, value.as_deref().unwrap_or_default())?;
            named.push((SecretField::Header(checks::header(&name)?), value));
        }
        named.into_iter().try_for_each(|(field, value)| sort(field, value))?;
        Ok(Checked { edit, sealed, gone })
    }
}

/// Refuses what belongs to another transport.
fn foreign(kind: TransportKind, edit: &ConnectionEdit) -> Result<(), CompanyError> {
    let of_stdio = [
        ("command", edit.command.is_some()),
        ("args", edit.args.as_ref().is_some_and(|args| !args.is_empty())),
        ("env", !edit.env.is_empty()),
        ("directory", matches!(edit.directory, Some(Some(_)))),
    ];
    let of_http = [
        ("url", edit.url.is_some()),
        ("headers", !edit.headers.is_empty()),
        ("allow_private", edit.allow_private == Some(true)),
    ];
    let wrong = match kind {
        TransportKind::Stdio => of_http.iter().find(|(_, given)| *given),
        TransportKind::Http => of_stdio.iter().find(|(_, given)| *given),
    };
    match wrong {
        None => Ok(()),
        Some((field, _)) => Err(CompanyError::Unprocessable {
            field,
            detail: format!("does not belong to a connection over {kind}"),
        }),
    }
}

impl Checked {
    /// The connection as it is to be.
    fn apply(&self, tx: &mut ReadTx<'_>, to: &Connection) -> Result<Connection, CompanyError> {
        let mut connection = to.clone();
        let edit = &self.edit;
        connection.name = edit.name.clone().unwrap_or(connection.name);
        connection.enabled = edit.enabled.unwrap_or(connection.enabled);
        if let Some(names) = &edit.grants {
            connection.grants = checks::grants(tx, names)?;
        }
        match &mut connection.transport {
            Transport::Stdio { command, args, env, directory } => {
                command.clone_from(edit.command.as_ref().unwrap_or(&command.clone()));
                args.clone_from(edit.args.as_ref().unwrap_or(&args.clone()));
                directory.clone_from(edit.directory.as_ref().unwrap_or(&directory.clone()));
                *env = self.names(env, "env", SecretField::env)?;
            }
            Transport::Http { url, headers, allow_private } => {
                url.clone_from(edit.url.as_ref().unwrap_or(&url.clone()));
                *allow_private = edit.allow_private.unwrap_or(*allow_private);
                *headers = self.names(headers, "headers", SecretField::header)?;
            }
        }
        Ok(connection)
    }

    /// The names of secrets of one kind, with those that come and without those that go.
    fn names(
        &self,
        before: &[String],
        field: &'static str,
        name: impl Fn(&SecretField) -> Option<&str>,
    ) -> Result<Vec<String>, CompanyError> {
        let gone: Vec<&str> = self.gone.iter().filter_map(&name).collect();
        let mut names: Vec<String> =
            before.iter().filter(|name| !gone.contains(&name.as_str())).cloned().collect();
        names.extend(self.sealed.iter().filter_map(|secret| name(&secret.field)).map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        if names.len() > checks::SECRETS {
            let detail = format!("are at most {}", checks::SECRETS);
            return Err(CompanyError::Unprocessable { field, detail });
        }
        Ok(names)
    }
}

/// Refuses a name that another connection has.
fn free(others: &[Connection], connection: &Connection) -> Result<(), CompanyError> {
    let same = |other: &&Connection| {
        other.id != connection.id && other.name.to_lowercase() == connection.name.to_lowercase()
    };
    match others.iter().find(same) {
        None => Ok(()),
        Some(other) => {
            Err(CompanyError::Conflict { detail: format!("there is a connection {:?} already", other.name) })
        }
    }
}
