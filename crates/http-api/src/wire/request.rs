//! What a client of the wire asks.

use super::message::{SaidSoFar, WireMessage};
use crate::problem::Problem;
use chat_service::{PromptMessage, Recipient, SendMessage, Terms, Tools};
use domain::SessionId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A chat completion that is asked for. What is not named here is ignored.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChatCompletionRequest)]
pub(crate) struct ChatCompletionBody {
    /// `daena`, a department's or an agent's slug, or a model's name; `raw/` before it always means a model.
    pub(crate) model: String,
    /// The talk so far. The last message of a user is the question, and the only one that is stored.
    #[schema(min_items = 1)]
    messages: Vec<WireMessage>,
    /// Whether the answer is to come as server-sent events.
    pub(crate) stream: Option<bool>,
    pub(crate) stream_options: Option<StreamOptions>,
    /// The most tokens of the answer.
    #[schema(minimum = 1)]
    max_tokens: Option<i64>,
    /// The newer name of `max_tokens`, which it goes before.
    #[schema(minimum = 1)]
    max_completion_tokens: Option<i64>,
    /// How many answers: one.
    #[schema(minimum = 1, maximum = 1)]
    n: Option<i64>,
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[schema(minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    top_k: Option<i64>,
    #[schema(minimum = 0, maximum = 1)]
    min_p: Option<f64>,
    #[schema(minimum = -2, maximum = 2)]
    frequency_penalty: Option<f64>,
    #[schema(minimum = -2, maximum = 2)]
    presence_penalty: Option<f64>,
    seed: Option<i64>,
    stop: Option<Stop>,
    logit_bias: Option<Map<String, Value>>,
    /// `{"type": "text"}`, `{"type": "json_object"}` or `{"type": "json_schema", …}`.
    #[schema(value_type = Option<Object>)]
    response_format: Option<Map<String, Value>>,
    reasoning_effort: Option<String>,
    /// Tools that a model may ask to have called. Daena, departments and agents ask for none.
    #[schema(value_type = Option<Vec<Object>>)]
    tools: Option<Vec<Map<String, Value>>>,
    /// `none`, `auto`, `required`, or one of the tools.
    #[schema(value_type = Option<Object>)]
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
}

/// How to stream.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChatCompletionStreamOptions)]
pub(crate) struct StreamOptions {
    /// Whether a last chunk tells the tokens used.
    pub(crate) include_usage: Option<bool>,
}

/// Where the answer is to end.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ChatCompletionStop)]
enum Stop {
    /// Before this text.
    One(String),
    /// Before any of these.
    Any(Vec<String>),
}

/// The most texts to stop before, as OpenAI has it.
const MOST_STOPS: usize = 4;
/// The most tools, as OpenAI has it.
const MOST_TOOLS: usize = 128;

impl ChatCompletionBody {
    /// Refuses what cannot be, and sorts the messages.
    pub(super) fn check(&self) -> Result<SaidSoFar, Problem> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(Problem::invalid("/n", "is 1: an answer is a turn of a session"));
        }
        for (name, tokens) in
            [("max_tokens", self.max_tokens), ("max_completion_tokens", self.max_completion_tokens)]
        {
            if tokens.is_some_and(|tokens| tokens < 1) {
                return Err(Problem::invalid(format!("/{name}"), "is at least 1"));
            }
        }
        for (name, value, from, to) in [
            ("temperature", self.temperature, 0.0, 2.0),
            ("top_p", self.top_p, 0.0, 1.0),
            ("min_p", self.min_p, 0.0, 1.0),
            ("frequency_penalty", self.frequency_penalty, -2.0, 2.0),
            ("presence_penalty", self.presence_penalty, -2.0, 2.0),
        ] {
            if value.is_some_and(|value| value < from || value > to) {
                return Err(Problem::invalid(format!("/{name}"), format!("is from {from} to {to}")));
            }
        }
        if self.stops().len() > MOST_STOPS {
            return Err(Problem::invalid("/stop", format!("is at most {MOST_STOPS} texts")));
        }
        if let Some(format) = &self.response_format {
            let kind = format.get("type").and_then(Value::as_str);
            if !matches!(kind, Some("text" | "json_object" | "json_schema")) {
                return Err(Problem::invalid("/response_format/type", "is text, json_object or json_schema"));
            }
        }
        SaidSoFar::read(&self.messages)
    }

    /// Refuses tools that are none, and calls of somebody who makes none.
    pub(super) fn check_tools(&self, to: &Recipient, said: &SaidSoFar) -> Result<(), Problem> {
        let tools = self.tools.as_deref().unwrap_or_default();
        if tools.len() > MOST_TOOLS {
            return Err(Problem::invalid("/tools", format!("is at most {MOST_TOOLS} tools")));
        }
        for (place, tool) in tools.iter().enumerate() {
            if tool.get("type").and_then(Value::as_str) != Some("function") {
                return Err(Problem::invalid(format!("/tools/{place}/type"), "is function"));
            }
            let name = tool.get("function").and_then(|function| function.get("name")?.as_str());
            if name.is_none_or(str::is_empty) {
                return Err(Problem::invalid(format!("/tools/{place}/function/name"), "is missing"));
            }
        }
        let must = match &self.tool_choice {
            None | Some(Value::Null) => false,
            Some(Value::String(word)) if matches!(word.as_str(), "none" | "auto") => false,
            Some(Value::String(word)) if word == "required" => true,
            Some(Value::Object(_)) => true,
            Some(_) => return Err(Problem::invalid("/tool_choice", "is none, auto, required or a tool")),
        };
        if must && tools.is_empty() {
            return Err(Problem::invalid("/tool_choice", "there are no tools to choose from"));
        }
        if matches!(to, Recipient::Model(_)) {
            return Ok(());
        }
        let only = "only a model as itself calls tools: Daena, departments and agents do not";
        match (must, said.after.is_empty()) {
            (true, _) => Err(Problem::invalid("/tool_choice", only)),
            (_, false) => Err(Problem::invalid("/messages", only)),
            _ => Ok(()),
        }
    }

    /// The question, and the terms it is asked on. `talk`: whether the request's own talk comes before it, in place of the
    /// session's.
    pub(super) fn question(
        &self,
        to: Recipient,
        said: SaidSoFar,
        session_id: Option<SessionId>,
        talk: bool,
        key: String,
    ) -> (SendMessage, Terms) {
        let SaidSoFar { instructions, mut before, question, after, .. } = said;
        let model = match &to {
            Recipient::Model(name) => Some(name.clone()),
            _ => None,
        };
        let tools = self.tools.iter().flatten().cloned().map(Value::Object).collect::<Vec<_>>();
        let offered = model.is_some() && !tools.is_empty();
        let choice = self.tool_choice.clone().filter(|choice| !choice.is_null());
        before.push(PromptMessage::user(&question));
        let terms = Terms {
            instructions,
            talk: talk.then_some(before),
            after,
            params: self.params(),
            max_tokens: self
                .max_completion_tokens
                .or(self.max_tokens)
                .map(|it| u32::try_from(it).unwrap_or(u32::MAX)),
            tools: offered.then_some(Tools { offered: tools, choice, parallel: self.parallel_tool_calls }),
        };
        (SendMessage { to, session_id, text: question, client_message_id: Some(key), model }, terms)
    }

    fn stops(&self) -> Vec<&str> {
        match &self.stop {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text],
            Some(Stop::Any(texts)) => texts.iter().map(String::as_str).collect(),
        }
    }

    /// The sampling parameters that are given; the gateway passes on those that the model's server knows.
    fn params(&self) -> Map<String, Value> {
        let stops = self.stops();
        let given = [
            ("temperature", self.temperature.map(Value::from)),
            ("top_p", self.top_p.map(Value::from)),
            ("top_k", self.top_k.map(Value::from)),
            ("min_p", self.min_p.map(Value::from)),
            ("frequency_penalty", self.frequency_penalty.map(Value::from)),
            ("presence_penalty", self.presence_penalty.map(Value::from)),
            ("seed", self.seed.map(Value::from)),
            // A list on every wire: Ollama takes no single text.
            ("stop", Some(stops).filter(|stops| !stops.is_empty()).map(Value::from)),
            ("logit_bias", self.logit_bias.clone().map(Value::from)),
            ("response_format", self.response_format.clone().map(Value::from)),
            ("reasoning_effort", self.reasoning_effort.clone().map(Value::from)),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
