//! Binding, serving, shutting down.

use crate::api::Api;
use crate::edge;
use crate::routes;
use crate::settings::ApiSettings;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};
use chat_service::ChatService;
use company_service::Company;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what a client still sends is thrown away, once its answer is out and nothing of it is wanted: so it reads the answer
/// before the connection goes. A WebSocket that was closed waits for it, too.
const LINGER: Duration = Duration::from_millis(750);
/// What an answer may have buffered here before its source is asked for more.
const WRITE_BUFFER: usize = 16 * 1024;
/// What the system may hold unsent for a connection: enough for a fast client, and little for one that does not read.
const UNSENT: u32 = 64 * 1024;
/// How long a WebSocket whose client was too slow waits for it to read again, and so to be told.
const GRACE: Duration = Duration::from_secs(5);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Other machines could reach it, and nothing would ask them for a token.
    #[error("{address} can be reached from other machines: set a token, or listen on 127.0.0.1")]
    TokenNeeded {
        /// The address.
        address: SocketAddr,
    },
}

impl BindError {
    /// Whether another program listens there.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Address { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}

/// Addresses that are taken and not listened on yet: whoever connects is refused.
#[must_use = "they are free again once it is dropped"]
#[derive(Debug)]
pub struct TakenAddresses {
    settings: ApiSettings,
    sockets: Vec<(SocketAddr, Socket)>,
}

/// A server that listens and does not answer yet.
#[must_use = "it answers while it runs"]
pub struct BoundServer {
    api: Api,
    server: Server,
    addresses: Vec<SocketAddr>,
}

impl std::fmt::Debug for BoundServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Takes the addresses of the settings, before there is anything to serve: what cannot listen need not be begun.
///
/// # Errors
/// [`BindError`]: an address that is taken or not this machine's; one that others can reach, without a token.
pub fn take_addresses(settings: ApiSettings) -> Result<TakenAddresses, BindError> {
    if settings.token.is_none()
        && let Some(address) = settings.addresses.iter().find(|address| !address.ip().is_loopback())
    {
        return Err(BindError::TokenNeeded { address: *address });
    }
    let take = |&address: &SocketAddr| match take(address, settings.stall) {
        Ok(socket) => Ok((address, socket)),
        Err(source) => Err(BindError::Address { address, source }),
    };
    let sockets = settings.addresses.iter().map(take).collect::<Result<_, _>>()?;
    Ok(TakenAddresses { settings, sockets })
}

/// Listens. Connections wait until [`BoundServer::run`].
///
/// # Errors
/// As [`take_addresses`] and [`TakenAddresses::listen`].
pub fn bind(settings: ApiSettings, chat: ChatService, company: Company) -> Result<BoundServer, BindError> {
    take_addresses(settings)?.listen(chat, company)
}

impl TakenAddresses {
    /// Listens. Connections wait until [`BoundServer::run`].
    ///
    /// # Errors
    /// [`BindError::Address`]: of two programs that took an address at the same time one listens.
    pub fn listen(self, chat: ChatService, company: Company) -> Result<BoundServer, BindError> {
        let Self { settings, sockets } = self;
        let api = Api::new(&settings, chat, company);
        let state = api.clone();
        let mut server = HttpServer::new(move || {
            let app = App::new().app_data(state.clone()).wrap(from_fn(edge::pass));
            app.configure(|config| {
                state.gate.page.configure(config);
                routes::configure(config);
            })
        })
        .workers(settings.workers.max(1))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(LINGER)
        .h1_write_buffer_size(WRITE_BUFFER)
        .tcp_nodelay(true)
        .shutdown_timeout(settings.drain.as_secs())
        .disable_signals();
        let mut addresses = Vec::with_capacity(sockets.len());
        for (address, socket) in sockets {
            let at = |source| BindError::Address { address, source };
            socket.listen(BACKLOG).map_err(at)?;
            let listener: TcpListener = socket.into();
            addresses.push(listener.local_addr().map_err(at)?);
            server = server.listen(listener).map_err(at)?;
        }
        Ok(BoundServer { api, server: server.run(), addresses })
    }
}

impl BoundServer {
    /// Where it listens, with the ports that were really taken.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Answers until `shutdown` is cancelled. Then it
    ///
    /// 1. accepts no more connections,
    /// 2. closes WebSockets with 4010 and ends the streams of events, so that clients come back later,
    /// 3. waits for requests under way, up to the `drain` of its settings, and returns.
    ///
    /// # Errors
    /// When its threads cannot run.
    pub async fn run(self, shutdown: CancellationToken) -> io::Result<()> {
        let Self { api, mut server, .. } = self;
        tokio::select! {
            served = &mut server => return served,
            () = shutdown.cancelled() => {}
        }
        let stopping = server.handle().stop(true);
        api.closing.cancel();
        tokio::join!(server, stopping).0
    }
}

fn take(address: SocketAddr, stall: Duration) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    limit(&socket, stall);
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Connections inherit this. It bounds what a client that does not read costs, in bytes and in time: while nothing of what is
/// written goes out, a WebSocket is asked for no more and cannot end by itself, so the system ends the connection and lets
/// go of what it held. Where the system has no such options, its own limits hold.
#[cfg(target_os = "linux")]
fn limit(socket: &Socket, stall: Duration) {
    let set = socket
        .set_tcp_notsent_lowat(UNSENT)
        .and_then(|()| socket.set_tcp_user_timeout(Some(stall.saturating_add(GRACE))));
    if let Err(error) = set {
        tracing::debug!(%error, "the system limits no unread connections");
    }
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &Socket, _: Duration) {}
