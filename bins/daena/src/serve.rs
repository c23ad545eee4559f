//! The server: wiring, and the way down.

mod plan;
mod providers;
mod settings;
mod voice;

pub(crate) use plan::Plan;
pub(crate) use providers::providers;
pub(crate) use settings::{chat_builder, connection_settings, database, founded, gateway_settings, upkeep};

use settings::{api_settings, company_limits};
use voice::voice;

use crate::config::Config;
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::ChatService;
use company_service::Company;
use http_api::{BindError, BoundServer};
use std::io::Write as _;
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::Handle;
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
    let plan = Plan::of(config)?;
    let stopping = CancellationToken::new();
    let mut living = pin!(live(plan, &stopping));
    tokio::select! {
        lived = &mut living => return lived,
        signal = signals.next() => tracing::info!(signal, "shutting down"),
    }
    stopping.cancel();
    tokio::select! {
        lived = &mut living => lived,
        // Whoever asks twice does not want to wait.
        _ = signals.next() => Err(Failure::Failed(anyhow!("ended at once by a second signal"))),
    }
}

/// How long the opening of a database is waited for once the server is to stop. What it has not done by then is done at the
/// next start: each step of it is one transaction.
const OPENING: Duration = Duration::from_secs(8);

/// Starts up, serves until `stopping`, and closes all again, however far it came.
async fn live(plan: Plan, stopping: &CancellationToken) -> Result<(), Failure> {
    // On a thread of its own: opening a database blocks, and signals are to be heard meanwhile.
    let (runtime, stop) = (Handle::current(), stopping.clone());
    let starting = tokio::task::spawn_blocking(move || runtime.block_on(start_up(plan, &stop)));
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(OPENING).await;
    };
    let started = tokio::select! {
        started = starting => started??,
        () = late => {
            return Err(Failure::Failed(anyhow!("ended while the database was being opened: the next start goes on with it")));
        }
    };
    let Some(Started { chat, company, server }) = started else {
        tracing::info!("shut down before the server was ready");
        return Ok(());
    };
    if let Err(failure) = announce(&server) {
        chat.shutdown().await;
        return Err(failure);
    }
    company.connect();
    serve_until(&chat, server, stopping).await
}

/// What listens and does not answer yet.
struct Started {
    chat: ChatService,
    company: Company,
    server: BoundServer,
}

/// Opens the database and listens; nothing is left open when that fails, or when the server is to stop on the way.
async fn start_up(plan: Plan, stopping: &CancellationToken) -> Result<Option<Started>, Failure> {
    // Before the database: where nothing can be served, none is founded or changed.
    let addresses = http_api::take_addresses(plan.api).map_err(in_the_way)?;
    let chat = plan.chat.awaiting_toolbox().start().await.map_err(opening)?;
    let founding = async {
        if stopping.is_cancelled() {
            return Ok(None);
        }
        let company = Company::start_with(chat.clone(), plan.limits).await?;
        let company = company.with_upkeep(plan.books).with_voice(plan.speech);
        if plan.seed && !stopping.is_cancelled() && company.is_empty().await? {
            let report = company.seed().await?;
            tracing::info!(made = report.made.len(), "the company was founded");
        }
        if stopping.is_cancelled() {
            return Ok(None);
        }
        let server = addresses.listen(chat.clone(), company.clone()).map_err(in_the_way)?;
        Ok(Some((company, server)))
    };
    match founding.await {
        Ok(Some((company, server))) => Ok(Some(Started { chat, company, server })),
        Ok(None) => {
            chat.shutdown().await;
            Ok(None)
        }
        Err(failure) => {
            chat.shutdown().await;
            Err(failure)
        }
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
