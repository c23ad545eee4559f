//! `daena mcp`: the company for an MCP host, by way of the server that runs. A second process never opens its database.

use crate::config::{Config, without_credentials};
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use tokio::io::{BufReader, stdin, stdout};
use tool_gateway::{Bridge, Secret};

/// Carries messages until the host closes our input.
pub(crate) fn mcp(config: &Config, url: Option<&str>) -> Result<(), Failure> {
    let base = url.map_or_else(|| own(config), |url| url.trim_end_matches('/').to_owned());
    let token = match &config.server.token_file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the token file {}", path.display()))
                .map_err(Failure::Usage)?;
            Some(Secret::trimmed(&text))
        }
        None => None,
    };
    let bridge = Bridge::new(&format!("{base}/mcp"), token.as_ref())
        .map_err(|why| Failure::Usage(anyhow!("{}: {why}", without_credentials(&base))))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let carried: Result<(), Failure> = runtime.block_on(async {
        bridge
            .check()
            .await
            .map_err(|why| anyhow!("{why}\nstart the server first with `daena`, or name it with --url"))?;
        Ok(bridge.run(BufReader::new(stdin()), stdout()).await?)
    });
    // Standard input is read in a thread that nothing can interrupt.
    runtime.shutdown_background();
    carried
}

/// Where the server of this configuration is. One that listens everywhere is here, too.
fn own(config: &Config) -> String {
    let host = match config.server.host.as_str() {
        "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
        host => host.to_owned(),
    };
    format!("http://{host}:{}", config.server.port)
}
