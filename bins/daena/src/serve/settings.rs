//! The configuration as the crates want it.

use super::providers;
use crate::config::{Config, without_credentials};
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::{ChatLimits, ChatService, ChatServiceBuilder, GatewaySettings, ToolLimits};
use company_service::{
    CompanyLimits, ConnectionSettings, KeySource, Retention, TaskLimits, ToolGatewaySettings, UpkeepSettings,
};
use http_api::{ApiSettings, Origin, Page, StaticFile, Token};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

/// The database file.
pub(crate) fn database(config: &Config) -> Result<&Path, Failure> {
    config.database.file.as_deref().ok_or_else(|| Failure::Usage(anyhow!("no database file")))
}

/// The database file, which must hold one: a command for a company that is there founds no other.
pub(crate) fn founded(config: &Config) -> Result<&Path, Failure> {
    let file = database(config)?;
    let why = match std::fs::metadata(file) {
        Ok(found) if found.is_file() && found.len() > 0 => return Ok(file),
        Ok(found) if found.is_file() => "is empty: it holds no database",
        Ok(_) => "is no file",
        Err(_) => "is not there",
    };
    Err(Failure::Failed(anyhow!("{} {why}", file.display())))
}

/// How the API is served. An address that others can reach needs a token.
pub(crate) fn api_settings(config: &Config) -> Result<ApiSettings, Failure> {
    let addresses = addresses(&config.server.host, config.server.port).map_err(Failure::Usage)?;
    let token = match &config.server.token_file {
        Some(path) => Some(token(path).map_err(Failure::Usage)?),
        None => None,
    };
    if token.is_none() && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Failure::Usage(anyhow!(
            "{} can be reached from other machines, so a token is needed: --token-file FILE (or stay on 127.0.0.1)",
            config.server.host
        )));
    }
    Ok(ApiSettings {
        addresses,
        token,
        allowed_origins: origins(&config.server.allowed_origins).map_err(Failure::Usage)?,
        heartbeat: Duration::from_secs(config.server.heartbeat_s),
        stall: Duration::from_secs(config.server.stall_s),
        page: page(),
        ..ApiSettings::default()
    })
}

/// The page, as the API gives it out.
fn page() -> Page {
    let file = |file: &'static web_ui::File| StaticFile {
        path: file.path,
        content_type: file.content_type,
        etag: file.etag,
        immutable: file.immutable,
        plain: file.plain,
        gzip: file.gzip,
    };
    Page::new(web_ui::POLICY, web_ui::FILES.iter().map(file))
}

fn origins(allowed: &[String]) -> anyhow::Result<Vec<Origin>> {
    let origin = |(place, text): (usize, &String)| {
        text.parse().with_context(|| {
            format!("[server] allowed_origins, number {}: {:?}", place + 1, without_credentials(text))
        })
    };
    allowed.iter().enumerate().map(origin).collect()
}

fn addresses(host: &str, port: u16) -> anyhow::Result<Vec<SocketAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> =
        (bare, port).to_socket_addrs().with_context(|| format!("--host {host:?} is no address"))?.collect();
    // One port for all names of the machine: with port 0 each address would get another one.
    Ok(if port == 0 { addresses.into_iter().take(1).collect() } else { addresses })
}

fn token(path: &Path) -> anyhow::Result<Token> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the token file {}", path.display()))?;
    Token::new(&text).with_context(|| format!("the token file {} holds no token", path.display()))
}

/// How the books are kept: backups and retention.
pub(crate) fn upkeep(config: &Config) -> Result<UpkeepSettings, Failure> {
    let mut retention = Retention { default_days: config.retention.default_days, days: Vec::new() };
    for (name, days) in &config.retention.days {
        let action = name.parse().with_context(|| format!("[retention] days: {name:?}"));
        retention.days.push((action.map_err(Failure::Usage)?, *days));
    }
    Ok(UpkeepSettings { backups: config.backup.folder.clone(), keep: config.backup.keep, retention })
}

/// Time-outs and limits of the model side.
pub(crate) fn gateway_settings(config: &Config) -> GatewaySettings {
    let brain = &config.brain;
    GatewaySettings {
        first_token_timeout: Duration::from_millis(brain.first_token_timeout_ms),
        silence_timeout: Duration::from_millis(brain.silence_timeout_ms),
        probe_interval: Duration::from_millis(brain.probe_interval_ms),
        concurrency: brain.concurrency,
        context_tokens: brain.context_tokens,
        ..GatewaySettings::default()
    }
}

/// The conversation service of the configuration, to be started.
pub(crate) fn chat_builder(config: &Config) -> Result<ChatServiceBuilder, Failure> {
    let limits = ChatLimits {
        max_message_chars: config.chat.max_message_chars,
        max_open_replies: config.chat.max_open_replies,
        note_deadline: Duration::from_millis(config.brain.note_deadline_ms),
        checkpoint_interval: Duration::from_millis(config.chat.checkpoint_interval_ms),
        answer_tokens: Some(config.brain.answer_tokens).filter(|tokens| *tokens > 0),
        max_import_bytes: config.chat.max_import_mb.saturating_mul(1024 * 1024),
        tools: ToolLimits {
            calls: config.chat.tool_calls,
            rounds: config.chat.tool_rounds,
            time: Duration::from_secs(config.chat.tool_time_s),
            result_chars: config.chat.tool_result_chars,
            approval: Duration::from_secs(config.chat.approval_expires_s),
        },
        ..ChatLimits::default()
    };
    let builder = ChatService::builder().database(database(config)?);
    Ok(providers(config)?
        .into_iter()
        .fold(builder, ChatServiceBuilder::provider)
        .gateway(gateway_settings(config))
        .limits(limits)
        .prices(config.brain.prices().map_err(Failure::Usage)?)
        .budgets(config.brain.budgets().map_err(Failure::Usage)?))
}

/// How much the company does at a time.
pub(crate) fn company_limits(config: &Config) -> Result<CompanyLimits, Failure> {
    let tasks = TaskLimits { per_agent: config.tasks.per_agent, in_all: config.tasks.in_all };
    let connections = connection_settings(config)?;
    Ok(CompanyLimits { tasks, connections, ..CompanyLimits::default() })
}

/// What Linux calls the program that runs, also when its file is another one by now, or gone.
const OURSELVES: &str = "/proc/self/exe";

/// This program again, to end what it started should it be killed. One that cannot tell where it is does without.
fn minder() -> Vec<String> {
    let ourselves = if cfg!(target_os = "linux") {
        // A process is called as the file it was started by: who kills all that are called `daena` leaves the minders.
        Some(OURSELVES.to_owned()).filter(|path| Path::new(path).exists())
    } else {
        std::env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok())
    };
    let ourselves = ourselves.into_iter();
    ourselves.flat_map(|path| [path, "mind".to_owned(), std::process::id().to_string()]).collect()
}

/// Times and limits of connections, and where the keys of their secrets are.
pub(crate) fn connection_settings(config: &Config) -> Result<ConnectionSettings, Failure> {
    let connections = &config.connections;
    let keys = match &connections.keys {
        Some(keys) => KeySource::Given(keys.clone()),
        None => KeySource::file(database(config)?, connections.key_file.as_deref()),
    };
    let gateway = ToolGatewaySettings {
        connect_timeout: Duration::from_millis(connections.connect_timeout_ms),
        call_timeout: Duration::from_millis(connections.call_timeout_ms),
        probe_interval: Duration::from_millis(connections.probe_interval_ms),
        result_limit: connections.max_result_kb.saturating_mul(1024),
        minder: minder(),
        ..ToolGatewaySettings::default()
    };
    Ok(ConnectionSettings { gateway, keys: Some(keys) })
}
