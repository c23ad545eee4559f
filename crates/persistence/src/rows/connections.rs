//! Connections, their secrets, and what was said of their tools.

use super::word;
use crate::StoreError;
use crate::schema::{connection_secrets, connection_tools, connections};
use crate::types::Key;
use diesel::prelude::*;
use domain::{
    Connection, ConnectionHealth, ConnectionId, Grantee, SealedSecret, SecretField, ServerInfo, Timestamp,
    ToolAccess, ToolApproval, ToolMark, Transport, TransportKind,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = connections, treat_none_as_null = true)]
pub(crate) struct ConnectionRow {
    pub(crate) id: Key<ConnectionId>,
    name: String,
    transport: String,
    command: Option<String>,
    args: String,
    directory: Option<String>,
    url: Option<String>,
    allow_private: bool,
    enabled: bool,
    grants: String,
    status: String,
    error: Option<String>,
    checked_at: Option<i64>,
    latency_ms: Option<i64>,
    server_name: Option<String>,
    server_version: Option<String>,
    tool_count: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<&Connection> for ConnectionRow {
    type Error = StoreError;
    fn try_from(connection: &Connection) -> Result<Self, StoreError> {
        let unwritable = |error: serde_json::Error| StoreError::Database(Box::new(error));
        let grants: Vec<String> = connection.grants.iter().map(ToString::to_string).collect();
        let (command, args, directory, url, allow_private) = match &connection.transport {
            Transport::Stdio { command, args, directory, .. } => {
                (Some(command.clone()), args.as_slice(), directory.clone(), None, false)
            }
            Transport::Http { url, allow_private, .. } => {
                (None, [].as_slice(), None, Some(url.clone()), *allow_private)
            }
        };
        let health = &connection.health;
        let server = health.server.clone().map(|server| (server.name, server.version));
        let (server_name, server_version) = server.unzip();
        Ok(Self {
            id: Key(connection.id),
            name: connection.name.clone(),
            transport: connection.transport.kind().as_str().to_owned(),
            command,
            args: serde_json::to_string(args).map_err(unwritable)?,
            directory,
            url,
            allow_private,
            enabled: connection.enabled,
            grants: serde_json::to_string(&grants).map_err(unwritable)?,
            status: health.status.as_str().to_owned(),
            error: health.error.clone(),
            checked_at: health.checked_at.map(Timestamp::as_micros),
            latency_ms: health.latency_ms,
            server_name,
            server_version,
            tool_count: health.tool_count,
            created_at: connection.created_at.as_micros(),
            updated_at: connection.updated_at.as_micros(),
        })
    }
}

impl ConnectionRow {
    /// The connection, with the names of what is secret of it.
    pub(crate) fn with(self, secrets: &[SecretField]) -> Result<Connection, StoreError> {
        let corrupt = |what, value: &str| StoreError::Corrupt { what, value: value.to_owned() };
        let of = |what, column: &str| -> Result<Vec<String>, StoreError> {
            serde_json::from_str(column).map_err(|_| corrupt(what, column))
        };
        let kind: TransportKind = word("transport", &self.transport)?;
        let transport = match (kind, self.command, self.url) {
            (TransportKind::Stdio, Some(command), _) => Transport::Stdio {
                command,
                args: of("connection's arguments", &self.args)?,
                env: secrets.iter().filter_map(SecretField::env).map(str::to_owned).collect(),
                directory: self.directory,
            },
            (TransportKind::Http, _, Some(url)) => Transport::Http {
                url,
                headers: secrets.iter().filter_map(SecretField::header).map(str::to_owned).collect(),
                allow_private: self.allow_private,
            },
            _ => return Err(corrupt("connection", &self.name)),
        };
        let grants = of("connection's grants", &self.grants)?;
        let grants = grants.iter().map(|text| word::<Grantee>("grantee", text)).collect::<Result<_, _>>()?;
        let server = self.server_name.zip(self.server_version);
        Ok(Connection {
            id: self.id.0,
            name: self.name,
            transport,
            enabled: self.enabled,
            grants,
            health: ConnectionHealth {
                status: word("connection status", &self.status)?,
                error: self.error,
                checked_at: self.checked_at.map(Timestamp::from_micros),
                latency_ms: self.latency_ms,
                server: server.map(|(name, version)| ServerInfo { name, version }),
                tool_count: self.tool_count,
            },
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = connection_secrets)]
pub(crate) struct SecretRow {
    pub(crate) connection_id: Key<ConnectionId>,
    pub(crate) field: String,
    key_id: String,
    sealed: Vec<u8>,
}

impl From<&SealedSecret> for SecretRow {
    fn from(secret: &SealedSecret) -> Self {
        Self {
            connection_id: Key(secret.connection_id),
            field: secret.field.to_string(),
            key_id: secret.key_id.clone(),
            sealed: secret.sealed.clone(),
        }
    }
}

impl TryFrom<SecretRow> for SealedSecret {
    type Error = StoreError;
    fn try_from(row: SecretRow) -> Result<Self, StoreError> {
        Ok(Self {
            connection_id: row.connection_id.0,
            field: word("field of a connection", &row.field)?,
            key_id: row.key_id,
            sealed: row.sealed,
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = connection_tools, treat_none_as_null = true)]
pub(crate) struct ToolMarkRow {
    connection_id: Key<ConnectionId>,
    tool: String,
    access: Option<String>,
    approval: Option<String>,
    digest: String,
    updated_at: i64,
}

impl ToolMarkRow {
    pub(crate) fn of(mark: &ToolMark, at: Timestamp) -> Self {
        Self {
            connection_id: Key(mark.connection_id),
            tool: mark.tool.clone(),
            access: mark.access.map(|access| access.as_str().to_owned()),
            approval: mark.approval.map(|approval| approval.as_str().to_owned()),
            digest: mark.digest.clone(),
            updated_at: at.as_micros(),
        }
    }
}

impl TryFrom<ToolMarkRow> for ToolMark {
    type Error = StoreError;
    fn try_from(row: ToolMarkRow) -> Result<Self, StoreError> {
        let access = row.access.map(|text| word::<ToolAccess>("tool's access", &text));
        let approval = row.approval.map(|text| word::<ToolApproval>("tool's approval", &text));
        Ok(Self {
            connection_id: row.connection_id.0,
            tool: row.tool,
            access: access.transpose()?,
            approval: approval.transpose()?,
            digest: row.digest,
        })
    }
}
