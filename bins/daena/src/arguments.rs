//! The command line.

use crate::config::LogFormat;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  daena                                            serve on http://127.0.0.1:8000 with the Ollama of this machine
  daena --port 0 --database /tmp/try.db            any free port, a database to throw away
  daena --openai-url http://127.0.0.1:8080         a llama.cpp, vLLM or LM Studio server instead of Ollama
  daena --host 0.0.0.0 --token-file token.txt      reachable from other machines, with a token
  daena doctor                                     look at the database and the model server

Every flag has an environment variable; defaults < file (--config) < environment < flags.";

/// An AI company on its owner's own machine.
#[derive(Debug, Parser)]
#[command(name = "daena", version, after_help = EXAMPLES, max_term_width = 120)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What to do; without one, serve.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Command {
    /// Run the server (the default).
    Serve,
    /// Bring the database to this version's schema; a copy is put beside it first.
    Migrate,
    /// Read the configuration, say what is in force, and stop.
    CheckConfig,
    /// Look at the configuration, the database and the model server, and say what is wrong.
    Doctor,
    /// Say which version this is.
    Version,
    /// Print the OpenAPI document.
    #[command(hide = true)]
    PrintOpenapi,
    /// Print the example configuration.
    #[command(hide = true)]
    PrintExampleConfig,
}

/// Settings from flags and environment; what is not given is taken from the file or the default.
#[derive(Debug, Default, Args)]
pub(crate) struct Options {
    /// The address to listen on [default: 127.0.0.1]. Any other than loopback needs a token.
    #[arg(long, env = "DAENA_HOST", global = true, value_name = "ADDRESS")]
    pub(crate) host: Option<String>,
    /// The port to listen on; 0 takes any free one [default: 8000].
    #[arg(long, env = "DAENA_PORT", global = true)]
    pub(crate) port: Option<u16>,
    /// The database file [default: daena.db in the data directory].
    #[arg(long, env = "DAENA_DATABASE", global = true, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// The Ollama server [default: http://127.0.0.1:11434]. OLLAMA_BASE_URL and OLLAMA_HOST are understood too.
    #[arg(long, env = "DAENA_OLLAMA_URL", global = true, value_name = "URL")]
    pub(crate) ollama_url: Option<String>,
    /// A server that speaks the OpenAI wire, used instead of Ollama.
    #[arg(long, env = "DAENA_OPENAI_URL", global = true, value_name = "URL")]
    pub(crate) openai_url: Option<String>,
    /// The file with that server's key.
    #[arg(long, env = "DAENA_OPENAI_KEY_FILE", global = true, value_name = "FILE")]
    pub(crate) openai_key_file: Option<PathBuf>,
    /// The file with the token that all requests must carry.
    #[arg(long, env = "DAENA_TOKEN_FILE", global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The configuration file (TOML); `daena.example.toml` explains every key.
    #[arg(long, env = "DAENA_CONFIG", global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Leave an empty database empty.
    #[arg(long, env = "DAENA_NO_SEED", global = true)]
    pub(crate) no_seed: bool,
    /// How log lines look [default: pretty].
    #[arg(long, env = "DAENA_LOG_FORMAT", global = true, value_enum, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// Which log lines are written, such as `info` or `debug,hyper=warn` [default: info].
    #[arg(long, env = "DAENA_LOG_FILTER", global = true, value_name = "FILTER")]
    pub(crate) log_filter: Option<String>,
}
