//! How a session begins.

use super::guard::Guard;
use super::{Lists, Pace, Session, Signs};
use crate::http::{Endpoint, HttpClient};
use crate::stdio::{Lines, Program};
use crate::words::Words;
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
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

const NO_BEGINNING: &str = "it ended before it had introduced itself";
/// How long a program that is of no use has to say why.
const TO_TELL: Duration = Duration::from_millis(500);

type Service = RunningService<RoleClient, InitializeRequestParams>;
type Begun = (Arc<Session>, Service);

/// A session, and what ends with it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) session: Arc<Session>,
    service: Service,
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
        match &spec.transport {
            Transport::Stdio { command, args, env, directory } => {
                let what = (command.as_str(), args.as_slice());
                let (program, input, output) =
                    Program::start(what, &settings.minder, env, directory.as_deref(), words.clone(), tasks)?;
                let pace = Pace::new(settings.messages_per_second);
                let lines = Lines::new(input, output, settings.message_limit, pace, Arc::clone(&signs));
                Self::with_program(
                    program,
                    timeout(within, Self::begin(lines, settings, words, &signs)),
                    &signs,
                )
                .await
                .unwrap_or_else(|said| Err(late(within, said)))
            }
            Transport::Http { url, headers, allow_private } => {
                let endpoint = Endpoint::new(url, headers, *allow_private)?;
                let answer_within = spec.timeouts.call.unwrap_or(settings.call_timeout);
                let heard = (words.clone(), Arc::clone(&signs));
                let client = HttpClient::new(&endpoint, settings, answer_within, heard)?;
                let config = StreamableHttpClientTransportConfig::with_uri(endpoint.url())
                    .max_concurrent_requests(settings.calls_at_once + 4);
                let transport = StreamableHttpClientTransport::with_client(client, config);
                let begun = timeout(within, Self::begin(transport, settings, words, &signs)).await;
                let (session, service) = begun
                    .map_err(|_| late(within, None))?
                    .map_err(|why| signs.fault().or(why).unwrap_or_else(|| NO_BEGINNING.to_owned()))?;
                Ok(Self { session, service, program: None })
            }
        }
    }

    /// Begins with a program; if that takes too long, the error is what it said last.
    async fn with_program(
        mut program: Program,
        beginning: impl Future<Output = Result<Result<Begun, Option<String>>, Elapsed>>,
        signs: &Signs,
    ) -> Result<Result<Self, String>, Option<String>> {
        // What the program started may hold its output open after its death.
        let begun = tokio::select! {
            begun = beginning => begun.map_err(|_| program.last_words())?,
            () = program.exited() => Err(None),
        };
        Ok(match begun {
            Ok((session, service)) => Ok(Self { session, service, program: Some(program) }),
            Err(why) => {
                let ended = program.stop(TO_TELL).await;
                Err(signs.fault().or(why).or(ended).unwrap_or_else(|| NO_BEGINNING.to_owned()))
            }
        })
    }

    /// Waits until nothing comes from the server any more, or its program has ended.
    pub(crate) async fn ended(&mut self) {
        match &mut self.program {
            Some(program) => tokio::select! {
                () = self.session.ended() => {}
                () = program.exited() => {}
            },
            None => self.session.ended().await,
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

    /// Introduces us and reads the lists; the error is `None` where the server was just gone.
    async fn begin<T>(
        transport: T,
        settings: &GatewaySettings,
        words: &Words,
        signs: &Arc<Signs>,
    ) -> Result<Begun, Option<String>>
    where
        T: rmcp::transport::Transport<RoleClient> + 'static,
    {
        let pace = Pace::new(settings.messages_per_second);
        let guard = Guard::new(transport, pace, Arc::clone(signs), words.clone());
        let us = Implementation::new("daena", env!("CARGO_PKG_VERSION"));
        let introduction = InitializeRequestParams::new(ClientCapabilities::default(), us)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let service = introduction.serve(guard).await.map_err(why)?;
        let peer = service.peer().clone();
        let info = peer.peer_info().and_then(|info| info.server_info.clone());
        let server = info.map(|server| ServerInfo {
            name: words.clean(&server.name),
            version: words.clean(&server.version),
        });
        let session = Arc::new(Session {
            peer,
            server,
            lists: Mutex::new(Arc::new(Lists::default())),
            signs: Arc::clone(signs),
            words: words.clone(),
            calls: Semaphore::new(settings.calls_at_once),
            calls_at_once: settings.calls_at_once,
        });
        let listed = session.list(settings, settings.connect_timeout).await;
        listed.map_err(|why| (!signs.ended.is_cancelled()).then_some(why))?;
        Ok((session, service))
    }
}

fn late(within: Duration, last_words: Option<String>) -> String {
    let late = format!("it was not ready within {} s", within.as_secs_f64());
    match last_words {
        Some(words) => format!("{late}; its last words: {words}"),
        None => late,
    }
}

fn why(error: ClientInitializeError) -> Option<String> {
    match error {
        ClientInitializeError::JsonRpcError(error) => Some(format!("it refused to begin: {}", error.message)),
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => None,
        other => Some(format!("it did not introduce itself: {other}")),
    }
}
