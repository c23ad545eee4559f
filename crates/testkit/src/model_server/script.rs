//! What a model server is to do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::chat_request::ChatRequest;

/// The name of the one model a default script serves.
pub const DEFAULT_MODEL: &str = "llama3.2:3b";

/// How a model server answers, from its next request on.
#[derive(Clone, Debug)]
pub struct Script {
    /// What the chat routes answer.
    pub answer: Answer,
    /// Calls of tools that follow the text of a streamed answer, by name and arguments: of each chat that brings tools
    /// and no answer of one.
    pub calls: Vec<(String, Value)>,
    /// Whether a streamed answer ends as one that was cut off at its most tokens.
    pub cut_off: bool,
    /// The models listed, and the only ones a chat may name; a name without a tag means `:latest`.
    pub models: Vec<ModelCard>,
    /// Ollama's version, as `/api/version` tells it.
    pub version: String,
    /// The pause before the first token. Ollama's wire sends its headers with the first token, OpenAI's
    /// before it.
    pub first_token_delay: Duration,
    /// The pause between one token and the next.
    pub token_delay: Duration,
    /// What a pull fetches. Delays, holds, splits and faults are those of a chat: a token is a part.
    pub pull: PullScript,
    /// What goes wrong, on the chat routes and with pulls.
    pub fault: Option<Fault>,
    /// The fault is shown by every route; those without tokens show the nearest thing (a cut, a silence, a
    /// 500).
    pub fault_everywhere: bool,
    /// Writes are cut to at most this many bytes, so that lines and characters are split. 0 counts as 1.
    pub split: Option<usize>,
    /// The whole answer goes out in one write, except where a hold or a fault comes between.
    pub coalesce: bool,
    /// Waits after this many tokens, before each further one and before the end, for the server's `release`
    /// or `step`.
    pub hold_after: Option<usize>,
    /// Picks another script for one chat, so that one speaker can fail while others answer; `None` keeps this
    /// one.
    pub choose: Option<Chooser>,
}

impl Script {
    /// Answers these tokens.
    pub fn tokens<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self { answer: Answer::Tokens(tokens.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// Answers the last user message, word by word.
    #[must_use]
    pub fn echo() -> Self {
        Self { answer: Answer::Echo, ..Self::default() }
    }

    /// Answers what the closure makes of the request.
    pub fn by(answer: impl Fn(&ChatRequest) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self { answer: Answer::By(Arc::new(answer)), ..Self::default() }
    }

    /// The default answer, gone wrong.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// The default script, except for the chats the closure has another one for.
    pub fn choose(choose: impl Fn(&ChatRequest) -> Option<Self> + Send + Sync + 'static) -> Self {
        Self { choose: Some(Chooser(Arc::new(choose))), ..Self::default() }
    }
}

impl Default for Script {
    /// Answers `Hello from the model.` in four tokens, as [`DEFAULT_MODEL`], at once and without fault.
    fn default() -> Self {
        Self {
            answer: Answer::Tokens(["Hello", " from", " the", " model."].map(str::to_owned).to_vec()),
            calls: Vec::new(),
            cut_off: false,
            models: vec![ModelCard::new(DEFAULT_MODEL, 8192)],
            version: "0.12.6".to_owned(),
            first_token_delay: Duration::ZERO,
            token_delay: Duration::ZERO,
            pull: PullScript::default(),
            fault: None,
            fault_everywhere: false,
            split: None,
            coalesce: false,
            hold_after: None,
            choose: None,
        }
    }
}

/// Makes the tokens of an answer from the request.
pub type MakeTokens = Arc<dyn Fn(&ChatRequest) -> Vec<String> + Send + Sync>;

/// Where the tokens of an answer come from.
#[derive(Clone)]
pub enum Answer {
    /// Always these.
    Tokens(Vec<String>),
    /// The last user message, word by word, spaces kept.
    Echo,
    /// What the closure makes of the request.
    By(MakeTokens),
}

impl Answer {
    pub(super) fn tokens(&self, request: &ChatRequest) -> Vec<String> {
        match self {
            Self::Tokens(tokens) => tokens.clone(),
            Self::Echo => request.last_user().split_inclusive(' ').map(str::to_owned).collect(),
            Self::By(make) => make(request),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(tokens) => f.debug_tuple("Tokens").field(tokens).finish(),
            Self::Echo => f.write_str("Echo"),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}

/// Picks the script of a single chat; made by [`Script::choose`].
#[derive(Clone)]
pub struct Chooser(PickScript);

type PickScript = Arc<dyn Fn(&ChatRequest) -> Option<Script> + Send + Sync>;

impl Chooser {
    pub(super) fn pick(&self, request: &ChatRequest) -> Option<Script> {
        (self.0)(request)
    }
}

impl fmt::Debug for Chooser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chooser(..)")
    }
}

/// A way for a model server to fail. To refuse connections, stop the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections are accepted and requests read, but nothing is ever answered, on any route.
    BlackHole,
    /// A chat is read and nothing is ever answered, not even headers.
    Silent,
    /// Headers and this many tokens, then nothing more while the connection stays open.
    SilentAfter(usize),
    /// This status, with the wire's JSON error body.
    Status(u16),
    /// A chat that brings tools is refused with 400, in Ollama's words; any other is answered.
    NoTools,
    /// 200 with an HTML page, as a captive portal or a wrong port answers.
    Html,
    /// The connection is closed without an answer.
    Drop,
    /// Headers and this many tokens, then the connection is cut in the middle of the body.
    DropAfter(usize),
    /// This many tokens, then an error record, then a clean end.
    ErrorLineAfter(usize),
    /// All tokens and a clean end of the body, but no final record (no `finish_reason`, no `[DONE]`).
    NoFinalRecord,
    /// A malformed record after the first token; the rest follows as if nothing was wrong.
    Garbage,
}

/// What a pull fetches: one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullScript {
    /// The size of the layer.
    pub total_bytes: u64,
    /// In how many parts it comes, each with a record of its own.
    pub parts: usize,
    /// What the error record of [`Fault::ErrorLineAfter`] says.
    pub error: String,
}

impl Default for PullScript {
    /// 400 bytes in four parts; an error is a registry that cannot be reached.
    fn default() -> Self {
        Self { total_bytes: 400, parts: 4, error: "max retries exceeded: unexpected EOF".to_owned() }
    }
}

/// A model as the listing routes describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCard {
    /// The full name, with its tag.
    pub name: String,
    /// The context window in tokens, as `/api/show` tells it.
    pub context_length: u64,
    /// The size on disk.
    pub size_bytes: u64,
    /// The architecture; `/api/show` uses it as the prefix of its keys.
    pub family: String,
    /// The number of parameters as Ollama writes it, `3.2B`.
    pub parameter_size: String,
    /// The quantization level, `Q4_K_M`.
    pub quantization: String,
    /// Whether `/api/ps` lists it.
    pub loaded: bool,
}

impl ModelCard {
    /// A quantized llama of 2 GB with this name and context window, not loaded.
    pub fn new(name: impl Into<String>, context_length: u64) -> Self {
        Self {
            name: name.into(),
            context_length,
            size_bytes: 2_019_393_189,
            family: "llama".to_owned(),
            parameter_size: "3.2B".to_owned(),
            quantization: "Q4_K_M".to_owned(),
            loaded: false,
        }
    }

    /// Whether a request that says `name` means this model.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.name.strip_suffix(":latest") == Some(name)
    }
}
