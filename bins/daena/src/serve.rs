//! The server: wiring, and the way down.

mod settings;

pub(crate) use settings::{api_settings, chat_builder, database, gateway_settings, model};

use crate::config::Config;
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::ChatService;
use company_service::Company;
use http_api::BoundServer;
use std::io::Write as _;
use tokio::signal::unix::{SignalKind, signal};
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
    let api = api_settings(config)?;
    let chat = chat_builder(config)?.start().await.map_err(opening)?;
    let company = Company::new(chat.clone());
    if config.database.seed && company.is_empty().await? {
        let report = company.seed().await?;
        tracing::info!(made = report.made.len(), "the company was founded");
    }
    let server = match http_api::bind(api, chat.clone(), company) {
        Ok(server) => server,
        Err(error) => {
            chat.shutdown().await;
            let hint = "is another server running there? --port takes another one, --port 0 any free one";
            return Err(Failure::Failed(anyhow::Error::from(error).context(hint)));
        }
    };
    announce(&server)?;
    let stopping = CancellationToken::new();
    tokio::select! {
        served = shut_down_on_signal(&chat, server, stopping) => served,
        signalled = second_signal() => signalled,
    }
}

/// The phases of the way down:
/// 1. accept no more connections; 2. tell the sockets and end the streams; 3. let requests under way finish, bounded;
/// 4. keep the replies in the making as interrupted; 5. drain the writer, tidy the file, let go of its lock.
async fn shut_down_on_signal(
    chat: &ChatService,
    server: BoundServer,
    stopping: CancellationToken,
) -> Result<(), Failure> {
    let running = server.run(stopping.clone());
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => {
            chat.shutdown().await;
            ended.context("the server ended by itself")?;
            return Err(Failure::Failed(anyhow!("the server ended by itself")));
        }
        signalled = next_signal() => tracing::info!(signal = signalled?, "shutting down"),
    }
    stopping.cancel();
    running.await.context("the server could not be shut down")?;
    chat.shutdown().await;
    tracing::info!("shut down");
    Ok(())
}

/// Waits for a signal, then for one more: whoever asks twice does not want to wait.
async fn second_signal() -> Result<(), Failure> {
    next_signal().await?;
    next_signal().await?;
    Err(Failure::Failed(anyhow!("ended at once by a second signal")))
}

async fn next_signal() -> Result<&'static str, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("SIGINT"),
    }
}

/// Says that the server is ready, on standard output, whatever the log looks like.
fn announce(server: &BoundServer) -> Result<(), Failure> {
    let address = server.addresses().into_iter().next().context("no address is bound")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "daena ready http://{address}")?;
    out.flush()?;
    Ok(())
}

/// A refused database says what to do.
fn opening(error: chat_service::ChatError) -> Failure {
    match error {
        chat_service::ChatError::Store(error) => Failure::Failed(error.into()),
        other => Failure::Failed(other.into()),
    }
}
