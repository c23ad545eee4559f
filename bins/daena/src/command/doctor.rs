//! Looking at everything a server needs.

use crate::config::Config;
use crate::exit::Failure;
use crate::serve;
use anyhow::anyhow;
use chat_service::{Gateway, Inspection, SystemClock};
use std::path::Path;
use std::sync::Arc;

/// Says how things stand; fails when something needs mending. A brain that is offline is a normal state.
pub(crate) fn doctor(config: &Config) -> Result<(), Failure> {
    println!("daena {}", env!("CARGO_PKG_VERSION"));
    serve::api_settings(config)?;
    println!("configuration  valid");
    let sound = database(serve::database(config)?);
    brain(config)?;
    if sound { Ok(()) } else { Err(Failure::Failed(anyhow!("the database needs mending"))) }
}

fn database(path: &Path) -> bool {
    println!("database       {}", path.display());
    if !path.exists() {
        println!("               not there yet: the first start makes it");
        return true;
    }
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    println!("               {:.1} MiB", size as f64 / 1_048_576.0);
    let found = match Inspection::of(path) {
        Ok(found) => found,
        Err(error) => {
            println!("               PROBLEM: {error}");
            return false;
        }
    };
    if let Some(version) = &found.version {
        println!("               schema {version}, {} migrations to run", found.pending);
    }
    if let Some((epoch, head, floor)) = &found.log {
        println!("               events up to {head}, kept from {floor}, log {}", epoch.as_str());
    }
    match &found.damage {
        None => println!("               sound"),
        Some(damage) => println!("               PROBLEM: damaged ({damage}): restore a backup"),
    }
    found.damage.is_none()
}

fn brain(config: &Config) -> Result<(), Failure> {
    let model = serve::model(config)?;
    let gateway =
        Gateway::builder(model, Arc::new(SystemClock)).settings(serve::gateway_settings(config)).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(gateway.probe());
    println!("brain          {} at {}", status.provider, status.base_url);
    if status.connected {
        let names: Vec<&str> = status.models.iter().map(|model| model.name.as_str()).collect();
        let version = status.version.as_deref().unwrap_or("of an unnamed version");
        println!("               connected, {version}, {} models: {}", names.len(), names.join(", "));
    } else {
        let error = status.error.as_deref().unwrap_or("no answer");
        println!("               offline ({error}): messages are kept and answered when it is back");
    }
    Ok(())
}
