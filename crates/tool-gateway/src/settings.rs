//! The numbers a gateway works by.

use std::time::Duration;

/// The variables that a program gets from ours, if they are set. Everything else it is to be given by name.
pub const INHERITED: [&str; 9] =
    ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];

/// The numbers a gateway works by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// From the start of a program or the first packet until a server's tools are known. Some are fetched from a registry
    /// when they start. 60 s.
    pub connect_timeout: Duration,
    /// Between two probes of a server that is connected. 30 s.
    pub probe_interval: Duration,
    /// How long a probe may take before the server is taken for dead. 10 s.
    pub probe_timeout: Duration,
    /// How long one call of a tool may take. 60 s.
    pub call_timeout: Duration,
    /// After a failure the next attempt waits this long; each further one twice as long as the last. 1 s.
    pub retry_first: Duration,
    /// The longest wait between two attempts. 60 s.
    pub retry_longest: Duration,
    /// How long a connection must have held to count as one that works: only then the waits begin anew. 30 s.
    pub steady_after: Duration,
    /// How long a program has to end by itself once its input is closed, before it is killed with all it has started. 2 s.
    pub stop_grace: Duration,
    /// How many calls of one server run at a time before [`crate::ToolError::Busy`]. 16.
    pub calls_at_once: usize,
    /// The most bytes of a tool's result that are passed on; what is longer is cut, and says so. 1 MiB.
    pub result_limit: usize,
    /// The longest message of a server. A longer one ends the connection. 8 MiB.
    pub message_limit: usize,
    /// How many messages a second are taken from a server. More of them wait in its own pipe. 1000.
    pub messages_per_second: u32,
    /// How many tools of a server are kept, and as many resources and prompts. 256.
    pub listed_limit: usize,
    /// What starts the programs in our place and outlives us to end them, should we be killed: a program and its arguments,
    /// to which each program and its own are added. It is to call [`crate::mind`]. Without one, which is the default, a
    /// program that does not mind its closed input outlives a gateway that is killed.
    pub minder: Vec<String>,
    /// The most bytes of one tool's schema; a tool with a longer one is left out. 64 KiB.
    pub schema_limit: usize,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(60),
            probe_interval: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            retry_first: Duration::from_secs(1),
            retry_longest: Duration::from_secs(60),
            steady_after: Duration::from_secs(30),
            stop_grace: Duration::from_secs(2),
            calls_at_once: 16,
            result_limit: 1024 * 1024,
            message_limit: 8 * 1024 * 1024,
            messages_per_second: 1000,
            listed_limit: 256,
            minder: Vec::new(),
            schema_limit: 64 * 1024,
        }
    }
}
