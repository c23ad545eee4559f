//! What a client of the wire is answered.

use chat_service::{Door, Finish, ToolCall, ToolCallDelta, Whole};
use domain::{Message, MessageId, Usage};
use serde::Serialize;
use utoipa::ToSchema;

/// An answer that is there as a whole.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatCompletion {
    /// `chatcmpl-` and the reply's id.
    id: String,
    #[schema(example = "chat.completion")]
    object: &'static str,
    /// In seconds since 1970.
    created: i64,
    /// As it was asked for.
    model: String,
    choices: Vec<Choice>,
    /// From the model server's own counters; null where it gave none.
    usage: Option<UsageView>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatCompletionChoice)]
struct Choice {
    index: u32,
    message: AnswerMessage,
    #[schema(value_type = Option<Object>)]
    logprobs: Option<()>,
    /// `stop`, `length` or `tool_calls`.
    finish_reason: &'static str,
}

/// What was said.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatCompletionAnswer)]
struct AnswerMessage {
    #[schema(example = "assistant")]
    role: &'static str,
    /// The text; null where there are only calls.
    content: Option<String>,
    #[schema(value_type = Option<String>)]
    refusal: Option<()>,
    /// What a model asks to have called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    tool_calls: Vec<ToolCall>,
}

/// The tokens used.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatCompletionUsage)]
pub(super) struct UsageView {
    prompt_tokens: i64,
    completion_tokens: i64,
    total_tokens: i64,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let Usage { prompt_tokens, completion_tokens } = usage;
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
        }
    }
}

/// A part of an answer that comes as server-sent events.
#[derive(Serialize)]
pub(super) struct ChatCompletionChunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: Vec<ChunkChoice<'a>>,
    /// Left out unless asked for; then null in every chunk but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<UsageView>>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

/// What is new.
#[derive(Serialize, Default)]
pub(super) struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_calls: Vec<CallPiece<'a>>,
}

/// A piece of a call. The first one has its id and the tool's name.
#[derive(Serialize)]
pub(super) struct CallPiece<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: FunctionPiece<'a>,
}

#[derive(Serialize)]
struct FunctionPiece<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl<'a> From<&'a ToolCallDelta> for CallPiece<'a> {
    fn from(piece: &'a ToolCallDelta) -> Self {
        Self {
            index: piece.index,
            id: piece.id.as_deref(),
            kind: piece.id.is_some().then_some("function"),
            function: FunctionPiece { name: piece.name.as_deref(), arguments: &piece.arguments },
        }
    }
}

/// The word for why an answer ended.
pub(super) const fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Calls => "tool_calls",
    }
}

/// What is the same in every part of an answer.
pub(super) struct Form {
    id: String,
    created: i64,
    model: String,
}

impl Form {
    pub(super) fn new(reply: &Message, model: &str) -> Self {
        let id: MessageId = reply.id;
        let created = reply.created_at.as_micros().div_euclid(1_000_000);
        Self { id: format!("chatcmpl-{id}"), created, model: model.to_owned() }
    }

    pub(super) fn whole(self, whole: Whole) -> ChatCompletion {
        let content = if whole.text.is_empty() && !whole.calls.is_empty() { None } else { Some(whole.text) };
        let message = AnswerMessage { role: "assistant", content, refusal: None, tool_calls: whole.calls };
        let finish_reason = finish_reason(whole.finish);
        ChatCompletion {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: vec![Choice { index: 0, message, logprobs: None, finish_reason }],
            usage: whole.reply.usage.map(Into::into),
        }
    }

    /// A chunk with what is new.
    pub(super) fn chunk<'a>(
        &'a self,
        delta: Delta<'a>,
        finish_reason: Option<&'static str>,
        include_usage: bool,
    ) -> ChatCompletionChunk<'a> {
        let choices = vec![ChunkChoice { index: 0, delta, logprobs: None, finish_reason }];
        self.with(choices, include_usage.then_some(None))
    }

    /// The chunk that tells the tokens used.
    pub(super) fn usage(&self, usage: Option<Usage>) -> ChatCompletionChunk<'_> {
        self.with(Vec::new(), Some(usage.map(Into::into)))
    }

    fn with<'a>(
        &'a self,
        choices: Vec<ChunkChoice<'a>>,
        usage: Option<Option<UsageView>>,
    ) -> ChatCompletionChunk<'a> {
        let Self { id, created, model } = self;
        ChatCompletionChunk { id, object: "chat.completion.chunk", created: *created, model, choices, usage }
    }
}

/// A name that can be asked.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelEntry)]
pub(crate) struct ModelView {
    /// What to give as `model`.
    id: String,
    #[schema(example = "model")]
    object: &'static str,
    /// When it was made or last changed, in seconds since 1970; 0 where that is not known.
    created: i64,
    /// `daena` for who is of the company, else the provider.
    owned_by: String,
}

/// All names that can be asked.
#[derive(Serialize, ToSchema)]
#[schema(as = ModelEntries)]
pub(crate) struct ModelList {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<ModelView>,
}

impl From<Door> for ModelView {
    fn from(door: Door) -> Self {
        let created = door.since.map_or(0, |since| since.as_micros().div_euclid(1_000_000));
        Self { id: door.name, object: "model", created, owned_by: door.owner }
    }
}

impl From<Vec<Door>> for ModelList {
    fn from(doors: Vec<Door>) -> Self {
        Self { object: "list", data: doors.into_iter().map(Into::into).collect() }
    }
}
