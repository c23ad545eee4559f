//! What a server is and how to reach it.

use crate::Secret;
use domain::ConnectionId;
use std::path::PathBuf;
use std::time::Duration;

/// One server of tools, as the Founder describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// The connection it stands for.
    pub id: ConnectionId,
    /// How it is spoken to.
    pub transport: Transport,
    /// Switched off, nobody is connected to, and no program runs.
    pub enabled: bool,
    /// What takes longer or shorter here than elsewhere.
    pub timeouts: Timeouts,
}

/// How a server is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A program on this machine, over its standard input and output. It is started without a shell.
    Stdio {
        /// The program: a path, or a name that is looked up in `PATH`.
        command: String,
        /// Its arguments, each one whole.
        args: Vec<String>,
        /// Variables besides the few that every program gets ([`crate::INHERITED`]).
        env: Vec<(String, Secret)>,
        /// Where it runs; the root of the file system otherwise.
        directory: Option<PathBuf>,
    },
    /// A server over streamable HTTP.
    Http {
        /// Its endpoint, `http` or `https`, without credentials in it.
        url: String,
        /// Headers of every request, such as `Authorization`.
        headers: Vec<(String, Secret)>,
        /// Whether it may be at an address that is not public: this machine, the house's network, a link's own.
        allow_private: bool,
    },
}

/// Times of one server. What is `None` is as in [`crate::GatewaySettings`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// From the start of the program or the first packet until its tools are known.
    pub connect: Option<Duration>,
    /// One call of a tool.
    pub call: Option<Duration>,
}
