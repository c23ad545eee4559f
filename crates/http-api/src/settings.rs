//! How the API is served.

use crate::{Origin, Page, Token};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How the API is served.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where to listen. Port 0 takes any free one. Default 127.0.0.1:8000.
    pub addresses: Vec<SocketAddr>,
    /// The token that everything but the health checks asks for. Must be set when an address is not loopback.
    pub token: Option<Token>,
    /// Origins, such as `https://daena.example`, whose pages may write and open sockets besides the server's own. On loopback
    /// their hosts are answered, too: a proxy of that name may pass on what it is asked for.
    pub allowed_origins: Vec<Origin>,
    /// Threads that serve. Default: one for each core.
    pub workers: usize,
    /// Between two heartbeats of a WebSocket, and between two comment lines of a server-sent stream. Default 15 s.
    pub heartbeat: Duration,
    /// How long a WebSocket's client may leave its bytes unread before it is closed as too slow. Default 30 s. On Linux, any
    /// connection whose client takes no byte for 5 s more is cut off.
    pub stall: Duration,
    /// How long requests under way may take to finish at shutdown, in whole seconds. Default 5 s.
    pub drain: Duration,
    /// The page that is served beside the API. Default: none.
    pub page: Page,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))],
            token: None,
            allowed_origins: Vec::new(),
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            heartbeat: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            page: Page::default(),
        }
    }
}
