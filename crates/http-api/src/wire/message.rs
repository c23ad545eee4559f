//! The messages of a request.

use crate::problem::Problem;
use chat_service::{CallId, PromptMessage, PromptRole, ToolCall};
use serde::Deserialize;
use utoipa::ToSchema;

/// One message of the talk so far.
#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionMessage)]
pub(crate) struct WireMessage {
    /// `system` or `developer`, `user`, `assistant`, `tool`.
    role: String,
    /// The text, whole or in parts.
    content: Option<Content>,
    /// Of an assistant: the calls it asked for.
    tool_calls: Option<Vec<WireCall>>,
    /// Of a tool: the call that it answers.
    tool_call_id: Option<String>,
}

/// A message's text.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CompletionContent)]
enum Content {
    /// Whole.
    Text(String),
    /// In parts, all of type `text`.
    Parts(Vec<Part>),
}

/// A part of a message's text.
#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionPart)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

/// A call that an assistant asked for.
#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionCall)]
struct WireCall {
    id: String,
    function: WireFunction,
}

/// What is called, and with what.
#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionFunction)]
struct WireFunction {
    name: String,
    arguments: String,
}

/// The messages, by their part in the turn.
#[derive(Debug)]
pub(crate) struct SaidSoFar {
    /// Everything the system and the developer say.
    pub(super) instructions: String,
    /// The talk before the question.
    pub(super) before: Vec<PromptMessage>,
    /// The last message of a user.
    pub(super) question: String,
    /// Calls that followed it, and what they gave.
    pub(super) after: Vec<PromptMessage>,
    place: usize,
    answered: Option<CallId>,
}

impl SaidSoFar {
    /// Sorts the messages.
    pub(super) fn read(messages: &[WireMessage]) -> Result<Self, Problem> {
        let mut instructions: Vec<String> = Vec::new();
        let mut talk = Vec::new();
        let mut answered = None;
        for (place, message) in messages.iter().enumerate() {
            let text = message.text(place)?;
            match message.role.as_str() {
                "system" | "developer" => instructions.push(text),
                "user" => talk.push((place, PromptMessage::user(text))),
                "assistant" => {
                    let calls = message.tool_calls.iter().flatten().map(WireCall::to_call).collect();
                    talk.push((place, PromptMessage { calls, ..PromptMessage::assistant(text) }));
                }
                "tool" => {
                    let id = message.tool_call_id.as_deref().ok_or_else(|| {
                        Problem::invalid(format!("/messages/{place}/tool_call_id"), "is missing")
                    })?;
                    answered = CallId::parse(id);
                    let answers = Some(to_server(id));
                    talk.push((
                        place,
                        PromptMessage { answers, ..PromptMessage::new(PromptRole::Tool, text) },
                    ));
                }
                _ => {
                    let detail = "is system, developer, user, assistant or tool";
                    return Err(Problem::invalid(format!("/messages/{place}/role"), detail));
                }
            }
        }
        let nothing = || Problem::invalid("/messages", "holds no message of a user");
        let question = talk.iter().rposition(|(_, it)| it.role == PromptRole::User).ok_or_else(nothing)?;
        if talk.last().is_some_and(|(_, it)| it.role == PromptRole::Assistant) {
            return Err(Problem::invalid("/messages", "ends with a message of a user or of a tool"));
        }
        let after: Vec<_> = talk.split_off(question + 1).into_iter().map(|(_, it)| it).collect();
        let (place, question) = talk.pop().ok_or_else(nothing)?;
        Ok(Self {
            instructions: instructions.join("\n\n"),
            before: talk.into_iter().map(|(_, it)| it).collect(),
            question: question.content,
            answered: answered.filter(|_| !after.is_empty()),
            after,
            place,
        })
    }

    /// Where the question stands among the messages.
    pub(crate) const fn place(&self) -> usize {
        self.place
    }

    /// A call that is answered behind the question, if it was asked for here.
    pub(crate) fn answered_call(&self) -> Option<CallId> {
        self.answered.clone()
    }
}

impl WireMessage {
    fn text(&self, place: usize) -> Result<String, Problem> {
        match &self.content {
            Some(Content::Text(text)) => Ok(text.clone()),
            Some(Content::Parts(parts)) => {
                let mut text = String::new();
                for (number, part) in parts.iter().enumerate() {
                    match (part.kind.as_str(), &part.text) {
                        ("text" | "refusal", Some(more)) => text.push_str(more),
                        ("text", None) => {
                            let pointer = format!("/messages/{place}/content/{number}/text");
                            return Err(Problem::invalid(pointer, "is missing"));
                        }
                        (kind, _) => {
                            let pointer = format!("/messages/{place}/content/{number}/type");
                            let detail = format!("parts of type {kind:?} are not understood: text is");
                            return Err(Problem::invalid(pointer, detail));
                        }
                    }
                }
                Ok(text)
            }
            // An assistant that only calls says nothing.
            None if self.role == "assistant" => Ok(String::new()),
            None => Err(Problem::invalid(format!("/messages/{place}/content"), "is missing")),
        }
    }
}

impl WireCall {
    fn to_call(&self) -> ToolCall {
        let WireFunction { name, arguments } = &self.function;
        ToolCall { id: to_server(&self.id), name: name.clone(), arguments: arguments.clone() }
    }
}

/// The id by which the model's server knows a call.
fn to_server(id: &str) -> String {
    CallId::parse(id).map_or_else(|| id.to_owned(), |known| known.to_server())
}
