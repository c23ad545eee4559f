//! Connections on the wire. No value of a variable or header is ever among it.

use crate::{
    Connection, ConnectionId, ConnectionStatus, Grantee, ServerInfo, Timestamp, Transport, TransportKind,
};
use serde::{Deserialize, Serialize};

/// A connection on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Connection))]
pub struct ConnectionView {
    /// Its id.
    pub connection_id: ConnectionId,
    /// The name people see.
    pub name: String,
    /// How its server is reached.
    pub transport: TransportKind,
    /// The program; of stdio.
    pub command: Option<String>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The names of the variables the program gets; their values are never told.
    pub env: Vec<String>,
    /// The folder the program runs in.
    pub directory: Option<String>,
    /// The endpoint; of http.
    pub url: Option<String>,
    /// The names of the headers the endpoint gets; their values are never told.
    pub headers: Vec<String>,
    /// Whether the endpoint may be on this machine or in a private network.
    pub allow_private: bool,
    /// Whether it is to be connected.
    pub enabled: bool,
    /// How it stands.
    pub status: ConnectionStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// When its server was last asked.
    pub checked_at: Option<Timestamp>,
    /// How long the answer took.
    pub latency_ms: Option<i64>,
    /// What its server calls itself.
    pub server: Option<ServerInfo>,
    /// How many tools it has.
    pub tool_count: i64,
    /// Who may use it: `daena`, slugs of departments (for all their agents) and of agents.
    pub grants: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the Founder last changed it.
    pub updated_at: Timestamp,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        let Connection { id, name, transport, enabled, grants, health, created_at, updated_at } = connection;
        let kind = transport.kind();
        let (mut command, mut args, mut env, mut directory) = (None, Vec::new(), Vec::new(), None);
        let (mut url, mut headers, mut allow_private) = (None, Vec::new(), false);
        match transport {
            Transport::Stdio { command: c, args: a, env: e, directory: d } => {
                (command, args, env, directory) = (Some(c), a, e, d);
            }
            Transport::Http { url: u, headers: h, allow_private: p } => {
                (url, headers, allow_private) = (Some(u), h, p);
            }
        }
        Self {
            connection_id: id,
            name,
            transport: kind,
            command,
            args,
            env,
            directory,
            url,
            headers,
            allow_private,
            enabled,
            status: health.status,
            error: health.error,
            checked_at: health.checked_at,
            latency_ms: health.latency_ms,
            server: health.server,
            tool_count: health.tool_count,
            grants: grants.iter().map(|grantee: &Grantee| grantee.as_str().to_owned()).collect(),
            created_at,
            updated_at,
        }
    }
}
