//! The server: wiring, and the way down.

mod providers;
mod settings;
mod voice;

pub(crate) use providers::providers;
pub(crate) use settings::{
    api_settings, chat_builder, company_limits, connection_settings, database, gateway_settings, upkeep,
};

pub(crate) use voice::voice;

use crate::config::Config;
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::ChatService;
use company_service::Company;
use http_api::{BindError, BoundServer};
use std::io::Write as _;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Runs until a signal comes.
pub(crate) fn serve(config: Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(run(&config));
    // What is still running after the phases below was asked to end and is not waited for.
    runtime.shutdown_background();
    served
}

async fn run(config: &Config) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let api = api_settings(config)?;
    let books = upkeep(config)?;
    let speech = voice(config)?;
    let limits = company_limits(config)?;
    let builder = chat_builder(config)?.awaiting_toolbox();
    // Before the database: where nothing can be served, none is founded or changed.
    let addresses = http_api::take_addresses(api).map_err(in_the_way)?;
    let chat = builder.start().await.map_err(opening)?;
    let company = Company::start_with(chat.clone(), limits).await?;
    let company = company.with_upkeep(books).with_voice(speech);
    if config.database.seed && company.is_empty().await? {
        let report = company.seed().await?;
        tracing::info!(made = report.made.len(), "the company was founded");
    }
    let server = match addresses.listen(chat.clone(), company.clone()) {
        Ok(server) => server,
        Err(error) => {
            chat.shutdown().await;
            return Err(in_the_way(error));
        }
    };
    announce(&server)?;
    company.connect();
    let stopping = CancellationToken::new();
    let mut serving = pin!(serve_until(&chat, server, &stopping));
    tokio::select! {
        served = &mut serving => return served,
        signal = signals.next() => tracing::info!(signal, "shutting down"),
    }
    stopping.cancel();
    tokio::select! {
        served = &mut serving => served,
        // Whoever asks twice does not want to wait.
        _ = signals.next() => Err(Failure::Failed(anyhow!("ended at once by a second signal"))),
    }
}

/// How long requests under way may take to finish by themselves. The server gives up on them a second later.
const FINISHING: Duration = Duration::from_secs(4);

/// Serves until `stopping`, then the phases of the way down:
/// 1. accept no more connections; 2. tell the sockets and end the streams; 3. let requests under way finish, bounded;
/// 4. keep the replies in the making as interrupted, which is told to those who still wait for them; end the programs of
///    connections;
/// 5. drain the writer, tidy the file, let go of its lock.
async fn serve_until(
    chat: &ChatService,
    server: BoundServer,
    stopping: &CancellationToken,
) -> Result<(), Failure> {
    let mut serving = pin!(server.run(stopping.clone()));
    let finishing = async {
        stopping.cancelled().await;
        tokio::time::sleep(FINISHING).await;
    };
    let served = tokio::select! {
        served = &mut serving => {
            chat.shutdown().await;
            served
        }
        () = finishing => tokio::join!(serving, chat.shutdown()).0,
    };
    served.context("the server failed")?;
    if !stopping.is_cancelled() {
        return Err(Failure::Failed(anyhow!("the server ended by itself")));
    }
    tracing::info!("shut down");
    Ok(())
}

/// The signals that end the program, heard from the moment this is made: none is lost between two waits.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Says that the server is ready, on standard output, whatever the log looks like.
fn announce(server: &BoundServer) -> Result<(), Failure> {
    let address = server.addresses().first().copied().context("no address is bound")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "daena ready http://{address}")?;
    out.flush()?;
    Ok(())
}

/// A refused database says what to do.
pub(crate) fn opening(error: chat_service::ChatError) -> Failure {
    match error {
        chat_service::ChatError::Store(error) => Failure::Failed(error.into()),
        other => Failure::Failed(other.into()),
    }
}

/// So does a port.
fn in_the_way(error: BindError) -> Failure {
    let hint = "is another server running there? --port takes another one, --port 0 any free one";
    Failure::Failed(anyhow::Error::from(error).context(hint))
}
