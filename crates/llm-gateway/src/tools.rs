//! Tools: what a model may ask to have called. Nothing is called here; it all passes through.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// The tools a model may ask for, in the form of the OpenAI wire, to the letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tools {
    /// Each one's description; empty: the model is told of none.
    pub offered: Vec<Value>,
    /// Whether and which one it is to ask for: `none`, `auto`, `required`, or one of them by its name. Ollama knows only
    /// `none`, and is then told of no tools; any other is left to the model there.
    pub choice: Option<Value>,
    /// Whether it may ask for several at once. Ollama has no such thing.
    pub parallel: Option<bool>,
}

impl Tools {
    /// Whether the model is to know of them.
    pub(crate) fn are_offered(&self) -> bool {
        !self.offered.is_empty() && self.choice.as_ref().is_none_or(|choice| choice != "none")
    }
}

/// A call that a model asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Its name in the talk: the answer to it carries the same.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments: JSON, as the model wrote it.
    pub arguments: String,
}

/// A piece of a call on its way: the first one of an index has its name, and all their arguments in order are the call's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolCallDelta {
    /// Which of the answer's calls, from 0.
    pub index: usize,
    /// Its id; none where the server gives none.
    pub id: Option<String>,
    /// The tool.
    pub name: Option<String>,
    /// What follows of its arguments.
    pub arguments: String,
}

/// As the OpenAI wire writes it.
impl Serialize for ToolCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut call = serializer.serialize_struct("ToolCall", 3)?;
        call.serialize_field("id", &self.id)?;
        call.serialize_field("type", "function")?;
        call.serialize_field("function", &json!({"name": self.name, "arguments": self.arguments}))?;
        call.end()
    }
}
