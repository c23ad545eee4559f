//! Looking at everything a server needs.

use crate::config::Config;
use crate::exit::Failure;
use crate::output::say;
use crate::serve;
use anyhow::anyhow;
use chat_service::{FileSizes, Gateway, GatewayBuilder, Inspection, LogCheck, SystemClock};
use company_service::{Backups, KeySource};
use std::path::Path;
use std::sync::Arc;

/// Says how things stand; fails when something needs mending. A brain that is offline is a normal state.
pub(crate) fn doctor(config: &Config) -> Result<(), Failure> {
    say!("daena {}", env!("CARGO_PKG_VERSION"))?;
    serve::Plan::of(config)?;
    say!("configuration  valid")?;
    let sound = database(serve::database(config)?)?;
    let readable = secrets(config)?;
    books(config)?;
    brain(config)?;
    match (sound, readable) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Failed(anyhow!("secrets cannot be opened"))),
        (false, _) => Err(Failure::Failed(anyhow!("the database needs mending"))),
    }
}

fn database(path: &Path) -> Result<bool, Failure> {
    say!("database       {}", path.display())?;
    if !path.exists() {
        say!("               not there yet: the first start makes it")?;
        return Ok(true);
    }
    let sizes = FileSizes::of(path);
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    say!(
        "               {:.1} MiB, and {:.1} MiB not yet taken into it",
        mib(sizes.database),
        mib(sizes.wal)
    )?;
    let found = match Inspection::of(path) {
        Ok(found) => found,
        Err(error) => {
            say!("               PROBLEM: {error}")?;
            return Ok(false);
        }
    };
    if let Some(version) = &found.version {
        say!("               schema {version}, {} migrations to run", found.pending)?;
    }
    if let Some((epoch, head, floor)) = &found.log {
        let (events, epoch) = (found.events, epoch.as_str());
        say!("               {events} events up to {head}, to be followed from {floor}, log {epoch}")?;
    }
    if let Some(newer) = &found.newer {
        say!("               PROBLEM: a newer version wrote it (migration {newer}): use that version")?;
    }
    let intact = chain(&found)? && found.newer.is_none();
    match &found.damage {
        None => say!("               sound")?,
        Some(damage) => say!("               PROBLEM: damaged ({damage}): restore a backup")?,
    }
    Ok(found.damage.is_none() && intact)
}

/// Whether the newest events are as they were written.
fn chain(found: &Inspection) -> Result<bool, Failure> {
    match &found.chain {
        None => Ok(true),
        Some(LogCheck { breach: Some(breach), .. }) => {
            say!("               PROBLEM: {breach}; `daena audit verify` reads the whole log")?;
            Ok(false)
        }
        Some(check) => {
            say!("               the newest {} events are as they were written", check.verified)?;
            Ok(true)
        }
    }
}

/// Whether every secret has its key. A database that was moved without its key file has secrets that nobody can open.
fn secrets(config: &Config) -> Result<bool, Failure> {
    let path = serve::database(config)?;
    // What is wrong with the database is told already.
    let sealed = Inspection::of(path).map(|found| found.secrets).unwrap_or_default();
    let Some(source) = serve::connection_settings(config)?.keys else { return Ok(true) };
    let place = match &source {
        KeySource::File(file) => file.display().to_string(),
        KeySource::Given(_) => "DAENA_SECRET_KEY".to_owned(),
    };
    let keys = match source.keys() {
        Ok(keys) => keys,
        Err(error) => {
            say!("secrets        PROBLEM: {place}: {error}")?;
            return Ok(false);
        }
    };
    if sealed.is_empty() {
        say!("secrets        none; their key is to be in {place}")?;
        return Ok(true);
    }
    let known: Vec<String> = keys.ids().collect();
    let mut all = true;
    for (key, count) in sealed {
        if known.contains(&key) {
            say!("secrets        {count} sealed with the key {key} in {place}")?;
        } else {
            say!("secrets        PROBLEM: {count} sealed with the key {key}, which is not in {place}:")?;
            say!("               put that file beside the database again, or enter the secrets anew")?;
            all = false;
        }
    }
    Ok(all)
}

/// What is kept besides the database, and for how long.
fn books(config: &Config) -> Result<(), Failure> {
    let (database, set) = (serve::database(config)?, config.backup.folder.as_deref());
    let folder = Backups::folder(database, set);
    match Backups::of(database, set) {
        Ok(Backups { count: 0, .. }) => say!("backups        none in {}", folder.display())?,
        Ok(Backups { count, newest }) => {
            say!("backups        {count} in {}, the newest {newest}", folder.display())?;
        }
        Err(error) => say!("backups        {} cannot be read: {error}", folder.display())?,
    }
    let retention = serve::upkeep(config)?.retention;
    match (retention.is_on(), retention.default_days) {
        (false, _) => say!("retention      events are kept for ever")?,
        (true, default) => {
            let rules = retention.days.iter().map(|(action, days)| format!("{action} {days} days"));
            let rest = default.map_or("others for ever".to_owned(), |days| format!("others {days} days"));
            say!("retention      {}", rules.chain([rest]).collect::<Vec<_>>().join(", "))?;
        }
    }
    Ok(())
}

fn brain(config: &Config) -> Result<(), Failure> {
    let mut providers = serve::providers(config)?.into_iter();
    let Some(first) = providers.next() else { return Ok(()) };
    let gateway = providers
        .fold(Gateway::to(first, Arc::new(SystemClock)), GatewayBuilder::provider)
        .settings(serve::gateway_settings(config))
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(gateway.probe());
    for provider in &status.providers {
        let (name, kind) = (&provider.name, provider.kind.as_str());
        say!("brain          {} at {} ({name}, {kind})", provider.provider, provider.base_url)?;
        if provider.connected {
            let names: Vec<&str> = provider.models.iter().map(|model| model.name.as_str()).collect();
            let version = provider.version.as_deref().unwrap_or("of an unnamed version");
            say!("               connected, {version}, {} models: {}", names.len(), names.join(", "))?;
        } else {
            let error = provider.error.as_deref().unwrap_or("no answer");
            say!("               offline ({error}): messages are kept and answered when it is back")?;
        }
    }
    Ok(())
}
