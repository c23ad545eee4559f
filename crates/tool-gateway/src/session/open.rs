//! How a session begins.

use super::guard::Guard;
use super::{Lists, Pace, Session, Signs};
use crate::http::{Endpoint, HttpClient};
use crate::stdio::{Lines, Program};
use crate::words::{Words, detail};
use crate::{GatewaySettings, ServerInfo, ServerSpec, Transport};
use rmcp::model::{ClientCapabilities, Implementation, InitializeRequestParams, ProtocolVersion};
use rmcp::service::{ClientInitializeError, RunningService};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
};
use rmcp::{RoleClient, ServiceExt};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// A session, and what ends with it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) session: Arc<Session>,
    service: RunningService<RoleClient, InitializeRequestParams>,
    program: Option<Program>,
}

impl Opened {
    /// Connects, introduces itself and reads the lists, all within one time.
    pub(crate) async fn open(
        spec: &ServerSpec,
        settings: &GatewaySettings,
        words: &Words,
        tasks: &TaskTracker,
    ) -> Result<Self, String> {
        let within = spec.timeouts.connect.unwrap_or(settings.connect_timeout);
        let signs = Arc::<Signs>::default();
        let pace = Pace::new(settings.messages_per_second);
        match &spec.transport {
            Transport::Stdio { command, args, env, directory } => {
                let what = (command.as_str(), args.as_slice());
                let (program, input, output) =
                    Program::start(what, env, directory.as_deref(), words.clone(), tasks)?;
                let lines =
                    Lines::new(input, output, settings.message_limit, pace.clone(), Arc::clone(&signs));
                let begun = timeout(
                    within,
                    Self::begin(Guard::new(lines, pace, Arc::clone(&signs)), settings, &signs),
                );
                match begun.await {
                    Ok(Ok((session, service))) => Ok(Self { session, service, program: Some(program) }),
                    Ok(Err(why)) => {
                        let ended = program.stop(Duration::from_millis(500)).await;
                        Err(signs.fault().or(ended).unwrap_or(why))
                    }
                    Err(_) => Err(match program.last_words() {
                        Some(words) => format!("{}; its last words: {words}", late(within)),
                        None => late(within),
                    }),
                }
            }
            Transport::Http { url, headers, allow_private } => {
                let endpoint = Endpoint::new(url, headers, *allow_private)?;
                let answer_within = spec.timeouts.call.unwrap_or(settings.call_timeout);
                let client = HttpClient::new(&endpoint, settings, answer_within, Arc::clone(&signs))?;
                let config = StreamableHttpClientTransportConfig::with_uri(endpoint.url())
                    .max_concurrent_requests(settings.calls_at_once + 4);
                let transport = StreamableHttpClientTransport::with_client(client, config);
                let begun = timeout(
                    within,
                    Self::begin(Guard::new(transport, pace, Arc::clone(&signs)), settings, &signs),
                );
                let (session, service) = begun.await.map_err(|_| late(within))??;
                Ok(Self { session, service, program: None })
            }
        }
    }

    /// Ends the session and its program, and says how the latter ended, where it did so by itself.
    pub(crate) async fn close(self, grace: Duration) -> Option<String> {
        let Self { mut service, program, .. } = self;
        let closing = async {
            service.close_with_timeout(grace).await.ok();
        };
        match program {
            // The program's input is closed by the session's end.
            Some(program) => tokio::join!(closing, program.stop(grace)).1,
            None => {
                closing.await;
                None
            }
        }
    }

    async fn begin<T>(
        transport: Guard<T>,
        settings: &GatewaySettings,
        signs: &Arc<Signs>,
    ) -> Result<(Arc<Session>, RunningService<RoleClient, InitializeRequestParams>), String>
    where
        T: rmcp::transport::Transport<RoleClient> + 'static,
    {
        let us = Implementation::new("daena", env!("CARGO_PKG_VERSION"));
        let introduction = InitializeRequestParams::new(ClientCapabilities::default(), us)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let service = introduction.serve(transport).await.map_err(|error| why(error, signs))?;
        let peer = service.peer().clone();
        let info = peer.peer_info().and_then(|info| info.server_info.clone());
        let server =
            info.map(|server| ServerInfo { name: detail(&server.name), version: detail(&server.version) });
        let session = Arc::new(Session {
            peer,
            server,
            lists: Mutex::new(Arc::new(Lists::default())),
            signs: Arc::clone(signs),
            calls: Semaphore::new(settings.calls_at_once),
            calls_at_once: settings.calls_at_once,
        });
        session.list(settings, settings.connect_timeout).await?;
        Ok((session, service))
    }
}

fn late(within: Duration) -> String {
    format!("it was not ready within {} s", within.as_secs_f64())
}

fn why(error: ClientInitializeError, signs: &Signs) -> String {
    match error {
        ClientInitializeError::JsonRpcError(error) => format!("it refused to begin: {}", error.message),
        ClientInitializeError::ConnectionClosed(_) => {
            signs.fault().unwrap_or_else(|| "it ended before it had introduced itself".to_owned())
        }
        other => signs.fault().unwrap_or_else(|| format!("it did not introduce itself: {other}")),
    }
}
