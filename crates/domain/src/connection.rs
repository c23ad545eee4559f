//! Connections: outside tools the company can use, over MCP.

use crate::scope::words;
use crate::{ConnectionId, Slug, Timestamp, ToolAccess, ToolApproval};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// How a connection's server is reached.
    TransportKind {
        /// A program on this machine, over its standard input and output.
        Stdio = "stdio",
        /// A server, over streamable HTTP.
        Http = "http",
    }
);

words!(
    /// How a connection stands.
    ConnectionStatus {
        /// It is being made, or made again.
        Connecting = "connecting",
        /// Its server answers.
        Connected = "connected",
        /// Its server does not; it is tried again.
        Failed = "failed",
        /// The Founder switched it off.
        Disabled = "disabled",
    }
);

words!(
    /// Who said what calling a tool may do.
    AccessSource {
        /// Its server.
        Server = "server",
        /// The Founder.
        Founder = "founder",
    }
);

/// Who may use a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// Daena.
    Daena,
    /// All agents of a department, as long as they work there.
    Department(Slug),
    /// One agent.
    Agent(Slug),
}

impl Grantee {
    /// Daena's name among slugs.
    pub const DAENA: &'static str = "daena";

    /// The name on the wire: `daena`, or the slug.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Daena => Self::DAENA,
            Self::Department(slug) | Self::Agent(slug) => slug.as_str(),
        }
    }
}

/// As it is stored: with its kind, so that a slug that is given anew to something else grants that nothing.
impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daena => f.write_str(Self::DAENA),
            Self::Department(slug) => write!(f, "department:{slug}"),
            Self::Agent(slug) => write!(f, "agent:{slug}"),
        }
    }
}

impl FromStr for Grantee {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("no grantee {text:?}");
        if text == Self::DAENA {
            return Ok(Self::Daena);
        }
        let (kind, slug) = text.split_once(':').ok_or_else(unknown)?;
        let slug = Slug::parse(slug).map_err(|_| unknown())?;
        match kind {
            "department" => Ok(Self::Department(slug)),
            "agent" => Ok(Self::Agent(slug)),
            _ => Err(unknown()),
        }
    }
}

/// How a connection's server is reached. The values of variables and headers are secrets and stand elsewhere, sealed; here
/// are their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A program on this machine, started without a shell.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// The names of the variables it gets, by name.
        env: Vec<String>,
        /// The folder it runs in; none means the server's.
        directory: Option<String>,
    },
    /// A server over streamable HTTP.
    Http {
        /// Its endpoint.
        url: String,
        /// The names of the headers it gets, by name.
        headers: Vec<String>,
        /// Whether it may be on this machine or in a private network.
        allow_private: bool,
    },
}

impl Transport {
    /// The kind.
    pub const fn kind(&self) -> TransportKind {
        match self {
            Self::Stdio { .. } => TransportKind::Stdio,
            Self::Http { .. } => TransportKind::Http,
        }
    }

    /// What is secret of it.
    pub fn secrets(&self) -> Vec<SecretField> {
        match self {
            Self::Stdio { env, .. } => env.iter().cloned().map(SecretField::Env).collect(),
            Self::Http { headers, .. } => headers.iter().cloned().map(SecretField::Header).collect(),
        }
    }
}

/// A connection to an MCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The name people see, and models as a part of its tools' names. No two connections have the same.
    pub name: String,
    /// How its server is reached.
    pub transport: Transport,
    /// Whether it is to be connected.
    pub enabled: bool,
    /// Who may use it.
    pub grants: Vec<Grantee>,
    /// How it stands.
    pub health: ConnectionHealth,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the Founder last changed it.
    pub updated_at: Timestamp,
}

impl Connection {
    /// The most connections of a company.
    pub const MOST: usize = 64;
}

/// How a connection stands, as its probe found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionHealth {
    /// In a word.
    pub status: ConnectionStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// When its server was last asked.
    pub checked_at: Option<Timestamp>,
    /// How long the answer took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// What its server calls itself.
    pub server: Option<ServerInfo>,
    /// How many tools it has.
    pub tool_count: i64,
}

impl ConnectionHealth {
    /// Before anything was asked.
    pub const fn unasked(enabled: bool) -> Self {
        let status = if enabled { ConnectionStatus::Connecting } else { ConnectionStatus::Disabled };
        Self { status, error: None, checked_at: None, latency_ms: None, server: None, tool_count: 0 }
    }

    /// Whether it tells nothing that another does not: when it was asked, and how long that took, is no news.
    pub fn is_no_news_after(&self, before: &Self) -> bool {
        let told = |it: &Self| (it.status, it.error.clone(), it.server.clone(), it.tool_count);
        told(self) == told(before)
    }
}

/// What a server calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What is secret of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretField {
    /// A variable of a program's environment.
    Env(String),
    /// A header of requests.
    Header(String),
}

impl SecretField {
    /// The variable's name.
    pub fn env(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::Header(_) => None,
        }
    }

    /// The header's name.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            Self::Env(_) => None,
        }
    }
}

/// As it is stored, and as it is sealed with the value.
impl fmt::Display for SecretField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
        }
    }
}

impl FromStr for SecretField {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) => Ok(Self::Env(name.to_owned())),
            Some(("header", name)) => Ok(Self::Header(name.to_owned())),
            _ => Err(format!("no field of a connection {text:?}")),
        }
    }
}

/// A secret as it is stored: nobody can read it without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Whose.
    pub connection_id: ConnectionId,
    /// Which.
    pub field: SecretField,
    /// The key it is sealed with.
    pub key_id: String,
    /// The nonce, and the sealed value.
    pub sealed: Vec<u8>,
}

/// What the Founder said of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolMark {
    /// Whose.
    pub connection_id: ConnectionId,
    /// The tool's name.
    pub tool: String,
    /// What calling it may do; none leaves it to the server.
    pub access: Option<ToolAccess>,
    /// Whether the Founder is asked before a call; none follows from the access.
    pub approval: Option<ToolApproval>,
    /// Which form of the tool this was said of.
    pub digest: String,
}

/// What holds for a tool: the server's word and the Founder's together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolTerms {
    /// What calling it may do.
    pub access: ToolAccess,
    /// Who said so.
    pub access_source: AccessSource,
    /// Whether the Founder is asked before a call.
    pub approval: ToolApproval,
}

impl ToolTerms {
    /// The Founder's mark goes before the server's word. A mark that was made on another form of the tool can only be
    /// stricter than what would hold without it: who changes a tool after it was allowed is asked for again.
    pub fn of(server: ToolAccess, digest: &str, mark: Option<&ToolMark>) -> Self {
        let unmarked =
            Self { access: server, access_source: AccessSource::Server, approval: approval_of(server) };
        let Some(mark) = mark else { return unmarked };
        let same = mark.digest == digest;
        let (access, access_source) = match mark.access {
            Some(marked) if same || marked >= server => (marked, AccessSource::Founder),
            _ => (server, AccessSource::Server),
        };
        let approval = match mark.approval {
            Some(_) if !same => ToolApproval::Ask,
            Some(approval) => approval,
            None => approval_of(access),
        };
        Self { access, access_source, approval }
    }
}

/// Whether the Founder is asked where the Founder has not said: what only looks is called without.
const fn approval_of(access: ToolAccess) -> ToolApproval {
    match access {
        ToolAccess::Read => ToolApproval::Never,
        ToolAccess::Write | ToolAccess::Destructive => ToolApproval::Ask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(access: Option<ToolAccess>, approval: Option<ToolApproval>) -> ToolMark {
        let connection_id = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        ToolMark { connection_id, tool: "t".into(), access, approval, digest: "one".into() }
    }

    fn of(server: ToolAccess, digest: &str, mark: &ToolMark) -> (ToolAccess, ToolApproval) {
        let terms = ToolTerms::of(server, digest, Some(mark));
        (terms.access, terms.approval)
    }

    #[test]
    fn without_a_mark_only_reading_goes_unasked() {
        let approval = |access| ToolTerms::of(access, "one", None).approval;
        assert_eq!(approval(ToolAccess::Read), ToolApproval::Never);
        assert_eq!(approval(ToolAccess::Write), ToolApproval::Ask);
        assert_eq!(approval(ToolAccess::Destructive), ToolApproval::Ask);
    }

    #[test]
    fn the_founders_mark_goes_before_the_servers_word() {
        use {ToolAccess as A, ToolApproval as P};
        assert_eq!(of(A::Destructive, "one", &mark(Some(A::Read), None)), (A::Read, P::Never));
        assert_eq!(of(A::Read, "one", &mark(Some(A::Write), None)), (A::Write, P::Ask));
        assert_eq!(of(A::Destructive, "one", &mark(None, Some(P::Always))), (A::Destructive, P::Always));
        assert_eq!(of(A::Write, "one", &mark(None, Some(P::Never))), (A::Write, P::Never));
        assert_eq!(of(A::Read, "one", &mark(None, Some(P::Ask))), (A::Read, P::Ask));
    }

    #[test]
    fn a_mark_on_another_form_of_the_tool_only_makes_it_stricter() {
        use {ToolAccess as A, ToolApproval as P};
        assert_eq!(of(A::Destructive, "two", &mark(None, Some(P::Always))), (A::Destructive, P::Ask));
        assert_eq!(of(A::Read, "two", &mark(None, Some(P::Always))), (A::Read, P::Ask));
        assert_eq!(of(A::Destructive, "two", &mark(Some(A::Read), None)), (A::Destructive, P::Ask));
        assert_eq!(of(A::Read, "two", &mark(Some(A::Write), None)), (A::Write, P::Ask));
        assert_eq!(of(A::Write, "two", &mark(None, Some(P::Never))), (A::Write, P::Ask));
    }

    #[test]
    fn grantees_and_fields_read_back() {
        let slug = Slug::parse("hr").unwrap();
        for grantee in [Grantee::Daena, Grantee::Department(slug.clone()), Grantee::Agent(slug)] {
            assert_eq!(grantee.to_string().parse(), Ok(grantee));
        }
        for field in [SecretField::Env("A".into()), SecretField::Header("X-Key".into())] {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        assert!("council:tech".parse::<Grantee>().is_err() && "hr".parse::<Grantee>().is_err());
        assert!("url:x".parse::<SecretField>().is_err());
    }
}
