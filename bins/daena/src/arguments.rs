//! The command line.

use crate::config::LogFormat;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  daena                                            serve on http://127.0.0.1:8000 with the Ollama of this machine
  daena --port 0 --database /tmp/try.db            any free port, a database to throw away
  daena --openai-url http://127.0.0.1:8080         a llama.cpp, vLLM or LM Studio server instead of Ollama
  daena --host 0.0.0.0 --token-file token.txt      reachable from other machines, with a token
  daena --voice-url http://127.0.0.1:11700         hear and speak through a speech server
  daena backup FILE                                copy the database, also while the server runs
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

const BACKUP_EXAMPLES: &str = "\
Examples:
  daena backup /mnt/disk/daena.db                  the database in force, also while a server runs
  daena backup --force last.db --database try.db   another database, over the backup before";

const RESTORE_EXAMPLES: &str = "\
Examples:
  daena restore /mnt/disk/daena.db                 stop the server first; what is there is kept beside
  daena restore backups/daena-20261122T101500Z.db --database daena.db";

const ROTATE_EXAMPLES: &str = "\
Examples:
  daena rotate-key                                 a new key, in the file beside the database
  DAENA_SECRET_KEY=NEW,OLD daena rotate-key        keys that are handed over: all is sealed with the first";

const MCP_EXAMPLES: &str = "\
Examples:
  daena mcp                                        the server on this machine, on the configured port
  daena mcp --url http://127.0.0.1:8123            another one
  daena mcp --token-file token.txt                 one that asks for a token";

const AUDIT_EXAMPLES: &str = "\
Examples:
  daena audit verify                               the database in force, also while a server runs
  daena audit verify --database backup.db          a backup";

/// What to do; without one, serve.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Run the server (the default).
    Serve,
    /// Bring the database to this version's schema; a copy is put beside it first.
    Migrate,
    /// Read the configuration, say what is in force, and stop.
    CheckConfig,
    /// Look at the configuration, the database and the model server, and say what is wrong.
    Doctor,
    /// Copy the database into a file, also beside a running server. The copy is checked before it gets its name.
    #[command(after_help = BACKUP_EXAMPLES)]
    Backup {
        /// The file to make.
        file: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the place of the database. The server must be stopped; what was there is kept beside.
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Seal all secrets of connections with a new key. The server must be stopped.
    #[command(after_help = ROTATE_EXAMPLES)]
    RotateKey,
    /// Look into the event log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Offer the company to an MCP host, over standard input and output. It carries messages to a running server.
    #[command(after_help = MCP_EXAMPLES)]
    Mcp {
        /// The server [default: the one that the configuration describes].
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Say which version this is.
    Version,
    /// Print the OpenAPI document.
    #[command(hide = true)]
    PrintOpenapi,
    /// Print the example configuration.
    #[command(hide = true)]
    PrintExampleConfig,
    /// Run a connection's program, and end it when the server that asked for it is gone.
    #[command(hide = true)]
    Mind {
        /// The server's process.
        server: u32,
        /// The program and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        line: Vec<OsString>,
    },
}

/// What to do with the event log.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum AuditCommand {
    /// Read the log and say whether every event is as it was written; the first that is not ends it with status 1.
    #[command(after_help = AUDIT_EXAMPLES)]
    Verify,
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
    /// A speech server that speaks the OpenAI audio wire (Whisper, Piper, Kokoro).
    #[arg(long, env = "DAENA_VOICE_URL", global = true, value_name = "URL")]
    pub(crate) voice_url: Option<String>,
    /// The file with the token that all requests must carry.
    #[arg(long, env = "DAENA_TOKEN_FILE", global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The file with the keys that secrets of connections are sealed with [default: beside the database, with .key behind
    /// its name]. DAENA_SECRET_KEY holds them instead of a file.
    #[arg(long, env = "DAENA_SECRET_KEY_FILE", global = true, value_name = "FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// The configuration file (TOML); `daena.example.toml` explains every key.
    #[arg(long, env = "DAENA_CONFIG", global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Leave an empty database empty.
    #[arg(long, env = "DAENA_NO_SEED", global = true, value_parser = switch)]
    pub(crate) no_seed: bool,
    /// How log lines look [default: pretty].
    #[arg(long, env = "DAENA_LOG_FORMAT", global = true, value_enum, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// Which log lines are written, such as `info` or `debug,hyper=warn` [default: info].
    #[arg(long, env = "DAENA_LOG_FILTER", global = true, value_name = "FILTER")]
    pub(crate) log_filter: Option<String>,
}

/// A switch as a variable says it; an empty one says nothing.
fn switch(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is 1, true, yes or on, or 0, false, no or off"),
    }
}
