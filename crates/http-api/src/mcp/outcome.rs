//! What a tool gives: words, and the same as JSON.

use crate::problem::Problem;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A tool's result.
pub(super) struct Outcome {
    text: String,
    structured: Value,
    is_error: bool,
}

impl Outcome {
    /// Words for a model, and an object for a program.
    pub(super) fn new(text: impl Into<String>, structured: impl Serialize) -> Result<Self, Problem> {
        let structured = serde_json::to_value(structured).map_err(Problem::internal)?;
        Ok(Self { text: text.into(), structured, is_error: false })
    }

    /// The same, where the tool did not do what it was asked.
    pub(super) fn failed(self) -> Self {
        Self { is_error: true, ..self }
    }

    /// A refusal, in the words of the problem that it is elsewhere.
    pub(super) fn refused(problem: &Problem) -> Self {
        let text = problem.tell("/mcp");
        Self { structured: json!({"error": text}), text, is_error: true }
    }

    pub(super) fn into_json(self) -> Value {
        let Self { text, structured, is_error } = self;
        let mut result = Map::new();
        result.insert("content".to_owned(), json!([{"type": "text", "text": text}]));
        result.insert("structuredContent".to_owned(), structured);
        result.insert("isError".to_owned(), is_error.into());
        Value::Object(result)
    }
}
