//! The configuration: defaults, then the file, then the environment, then flags. The only place that reads any of them.

mod example;
mod load;
mod providers;
mod spending;
mod url;
mod voice;

pub(crate) use example::example;
pub(crate) use load::load;
pub(crate) use providers::{ProviderConfig, ProviderKindConfig, WireConfig};
pub(crate) use url::without_credentials;
pub(crate) use voice::Voice;

use company_service::KeyRing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The whole configuration. The doc comments of this file are what `daena.example.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Who may reach the server, and where.
    pub(crate) server: Server,
    /// Where everything is kept.
    pub(crate) database: Database,
    /// The model server and how long it may take.
    pub(crate) brain: Brain,
    /// Limits of conversations.
    pub(crate) chat: Chat,
    /// Backups that the server takes.
    pub(crate) backup: Backup,
    /// How long events are kept. Without any of these: for ever.
    pub(crate) retention: Retention,
    /// Limits of tasks. Those beyond them wait for their turn.
    pub(crate) tasks: Tasks,
    /// Connections to outside tools, over MCP.
    pub(crate) connections: Connections,
    /// Speech: a server that hears and speaks, and espeak-ng where there is none.
    pub(crate) voice: Voice,
    /// Log lines, on standard error.
    pub(crate) log: Log,
}

impl Config {
    /// As it may be shown: no URL with credentials, not even one that is not used.
    pub(crate) fn shown(&self) -> Self {
        let mut shown = self.clone();
        let brain = &mut shown.brain;
        let named = brain.providers.iter_mut().map(|provider| &mut provider.url);
        let urls =
            named.chain([&mut brain.ollama_url]).chain(&mut brain.openai_url).chain(&mut shown.voice.url);
        for url in urls {
            *url = without_credentials(url);
        }
        shown
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// The address to listen on. Any other than loopback needs a token.
    pub(crate) host: String,
    /// The port to listen on; 0 takes any free one.
    pub(crate) port: u16,
    /// The file with the token that all requests must carry (all but /healthz and /readyz).
    #[schemars(example = "/etc/daena/token")]
    pub(crate) token_file: Option<PathBuf>,
    /// Origins, such as `https://daena.example`, whose pages may write and open sockets besides the server's own. On
    /// loopback requests for their hosts are answered, too, which a reverse proxy passes on.
    pub(crate) allowed_origins: Vec<String>,
    /// Seconds between two heartbeats of a socket or a stream.
    pub(crate) heartbeat_s: u64,
    /// Seconds a socket's client may leave its bytes unread before it is closed as too slow. On Linux, any connection
    /// whose client takes no byte for five more is cut off.
    pub(crate) stall_s: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// The database file. Without it: daena.db in the user's data directory.
    #[schemars(example = "/var/lib/daena/daena.db")]
    pub(crate) file: Option<PathBuf>,
    /// Whether an empty database is filled with the company it starts with.
    pub(crate) seed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Brain {
    /// The Ollama server. Empty: none, only the providers below.
    pub(crate) ollama_url: String,
    /// A server that speaks the OpenAI wire (llama.cpp, vLLM, LM Studio, LocalAI), used instead of Ollama.
    #[schemars(example = "http://127.0.0.1:8080/v1")]
    pub(crate) openai_url: Option<String>,
    /// The file with that server's key.
    #[schemars(example = "/etc/daena/openai-key")]
    pub(crate) openai_key_file: Option<PathBuf>,
    /// More model servers, asked where the one above is away or lacks the model. Each is a table [[brain.providers]] with
    /// name, wire ("ollama" or "openai"), url, and perhaps key_file or key_env (an environment variable), kind ("local" or
    /// "api"; else read from the address), concurrency, context_tokens, model (answers where it lacks the active one).
    /// The setting brain.routing says which kinds are asked.
    pub(crate) providers: Vec<ProviderConfig>,
    /// Milliseconds to connect in.
    pub(crate) connect_timeout_ms: u64,
    /// Milliseconds until the first token: long enough to load a model.
    pub(crate) first_token_timeout_ms: u64,
    /// Milliseconds of silence between two tokens.
    pub(crate) silence_timeout_ms: u64,
    /// Milliseconds a department's agents have for their notes.
    pub(crate) note_deadline_ms: u64,
    /// Milliseconds between two looks at whether the server is there.
    pub(crate) probe_interval_ms: u64,
    /// How many generations the server is asked for at once; more wait in line.
    pub(crate) concurrency: usize,
    /// The most tokens of a model's context that are used; a model with less gets less.
    pub(crate) context_tokens: u32,
    /// The most tokens of an answer, unless an agent's own parameters say something else; 0 sets no limit.
    pub(crate) answer_tokens: u32,
    /// The currency of prices and budgets.
    #[schemars(example = &"EUR")]
    pub(crate) currency: Option<String>,
    /// What models cost: [{ model = "gpt-*", prompt_per_million = 0.15, completion_per_million = 0.6 }]. A `*` stands for
    /// any rest of a name, and of a price that changes: from = "2026-01-01" is the first day. Tokens of a model without a
    /// price have no cost, which is not the same as costing nothing.
    pub(crate) prices: Vec<Price>,
    /// What may be used up: daily_tokens, monthly_tokens, daily_cost and monthly_cost, by the calendar in UTC. What is
    /// beyond is refused, and what waits goes on waiting.
    pub(crate) budget: Budget,
}

/// What a model's tokens cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// The model's name; a `*` at its end stands for any rest.
    pub(crate) model: String,
    /// The first day on which it holds; without it: from ever.
    pub(crate) from: Option<String>,
    /// A million tokens read.
    pub(crate) prompt_per_million: f64,
    /// A million tokens written.
    pub(crate) completion_per_million: f64,
}

/// The most that may be used up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Budget {
    /// Tokens, read and written, of a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) daily_tokens: Option<i64>,
    /// Tokens of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) monthly_tokens: Option<i64>,
    /// Money of a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) daily_cost: Option<f64>,
    /// Money of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) monthly_cost: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Chat {
    /// The most characters of a message.
    pub(crate) max_message_chars: usize,
    /// The most replies in the making; one more turn is answered as busy.
    pub(crate) max_open_replies: usize,
    /// Milliseconds between two checkpoints of replies in the making.
    pub(crate) checkpoint_interval_ms: u64,
    /// The most megabytes (of 1,048,576 bytes) of a file of sessions that is imported.
    pub(crate) max_import_mb: u64,
    /// Seconds that a call of a tool waits for the Founder's yes; then the model is told that it was not allowed.
    pub(crate) approval_expires_s: u64,
    /// The most calls of tools for one reply.
    pub(crate) tool_calls: usize,
    /// The most times that the model is asked with tools for one reply.
    pub(crate) tool_rounds: usize,
    /// Seconds that asking and calling may take together for one reply; waiting for the Founder takes none of them.
    pub(crate) tool_time_s: u64,
    /// The most characters of a tool's answer that are kept and given to the model.
    pub(crate) tool_result_chars: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Backup {
    /// The folder. Without it: backups, beside the database.
    #[schemars(example = "/var/backups/daena")]
    pub(crate) folder: Option<PathBuf>,
    /// How many are kept; the oldest ones beyond are removed.
    pub(crate) keep: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    /// For how many days events are kept that no rule below names. What is older is removed, daily.
    #[schemars(example = 365)]
    pub(crate) default_days: Option<u32>,
    /// For how many days by type of event: { "chat.reply.*" = 30, "chat.message" = 365 }. The narrower rule holds.
    pub(crate) days: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tasks {
    /// The most tasks that one agent works on at a time.
    pub(crate) per_agent: usize,
    /// The most tasks that all agents together work on at a time, so that chats are not starved.
    pub(crate) in_all: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Connections {
    /// The file with the keys that secrets of connections are sealed with. Without it: beside the database, with .key behind
    /// its name. Instead of a file, the environment variable DAENA_SECRET_KEY may hold them.
    #[schemars(example = "/etc/daena/secret-key")]
    pub(crate) key_file: Option<PathBuf>,
    /// The keys themselves, from the environment.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) keys: Option<KeyRing>,
    /// Milliseconds until a server's tools are known: long enough for a program that is fetched when it starts.
    pub(crate) connect_timeout_ms: u64,
    /// Milliseconds one call of a tool may take.
    pub(crate) call_timeout_ms: u64,
    /// Milliseconds between two looks at whether a server is there.
    pub(crate) probe_interval_ms: u64,
    /// The most kilobytes (of 1,024 bytes) of a tool's result; what is longer is cut.
    pub(crate) max_result_kb: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// How lines look: "pretty" for people, "json" for machines.
    pub(crate) format: LogFormat,
    /// Which lines are written, such as "info" or "debug,hyper=warn". Each request: "info,daena::access=debug".
    pub(crate) filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
            token_file: None,
            allowed_origins: Vec::new(),
            heartbeat_s: 15,
            stall_s: 30,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { file: None, seed: true }
    }
}

impl Default for Brain {
    fn default() -> Self {
        Self {
            ollama_url: "http://127.0.0.1:11434".to_owned(),
            openai_url: None,
            openai_key_file: None,
            providers: Vec::new(),
            connect_timeout_ms: 2_000,
            first_token_timeout_ms: 120_000,
            silence_timeout_ms: 60_000,
            note_deadline_ms: 30_000,
            probe_interval_ms: 2_000,
            concurrency: 32,
            context_tokens: 8_192,
            answer_tokens: 4_096,
            currency: None,
            prices: Vec::new(),
            budget: Budget::default(),
        }
    }
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            max_message_chars: 100_000,
            max_open_replies: 1_024,
            checkpoint_interval_ms: 250,
            max_import_mb: 1_024,
            approval_expires_s: 86_400,
            tool_calls: 16,
            tool_rounds: 8,
            tool_time_s: 600,
            tool_result_chars: 20_000,
        }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self { folder: None, keep: 10 }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self { per_agent: 1, in_all: 4 }
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            key_file: None,
            keys: None,
            connect_timeout_ms: 60_000,
            call_timeout_ms: 60_000,
            probe_interval_ms: 30_000,
            max_result_kb: 1_024,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, filter: "info".to_owned() }
    }
}
