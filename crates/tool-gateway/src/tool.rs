//! Tools, and what they give back.

use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// A tool, as its server describes it. All of it is the server's word: text to be shown, not to be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name at its server.
    pub name: String,
    /// Its name for people.
    pub title: Option<String>,
    /// What it does, for the model.
    pub description: Option<String>,
    /// The JSON schema of its arguments, always of an object.
    pub input_schema: Value,
    /// What the server says of its effects.
    pub hints: ToolHints,
}

/// What a server says of a tool's effects; `None` where it says nothing. A lying server says what it likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToolHints {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// What it changes may be lost for good. MCP's default, where it changes anything, is that it may.
    pub destructive: Option<bool>,
    /// The same call again changes nothing more.
    pub idempotent: Option<bool>,
    /// It reaches beyond its server: into the web, for one.
    pub open_world: Option<bool>,
}

/// What a call gave back. Untrusted: it is data for whoever asked, never markup, an instruction of ours or a grant.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// The parts, in the server's order.
    pub content: Vec<Content>,
    /// The same as JSON, where the tool gives that too.
    pub structured: Option<Value>,
    /// The tool says that it failed; the parts say why.
    pub is_error: bool,
    /// Something was left out, because it was longer than [`crate::GatewaySettings::result_limit`].
    pub cut: bool,
    /// From sending until the answer was there.
    pub duration: Duration,
}

/// A part of a result. As JSON it is what MCP has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Words.
    Text {
        /// They.
        text: String,
    },
    /// A picture.
    Image {
        /// Base64.
        data: String,
        /// Such as `image/png`.
        #[serde(rename = "mimeType")]
        mime_type: String,
    },
    /// Sound.
    Audio {
        /// Base64.
        data: String,
        /// Such as `audio/wav`.
        #[serde(rename = "mimeType")]
        mime_type: String,
    },
    /// A resource, with what it holds.
    Resource {
        /// It.
        resource: Embedded,
    },
    /// A resource that can be read elsewhere.
    ResourceLink {
        /// Where it is.
        uri: String,
        /// What it is called.
        name: String,
    },
}

/// A resource inside a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Embedded {
    /// Where it is.
    pub uri: String,
    /// What kind of thing it is.
    #[serde(rename = "mimeType", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its words, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Base64, if it has no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
}

/// How far a call has come, in the tool's own measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Rises with each.
    pub progress: f64,
    /// Where it ends, if that is known.
    pub total: Option<f64>,
    /// What is being done. One line, at most 300 characters.
    pub message: Option<String>,
}

impl ToolResult {
    /// The result in words, as a model is given it: texts as they are, and one bracketed line for each other part. Where
    /// there are no parts, the JSON.
    pub fn text(&self) -> String {
        if self.content.is_empty() {
            return self.structured.as_ref().map(Value::to_string).unwrap_or_default();
        }
        let parts: Vec<String> = self.content.iter().map(Content::words).collect();
        parts.join("\n")
    }
}

impl Content {
    fn words(&self) -> String {
        match self {
            Self::Text { text } => text.clone(),
            Self::Image { data, mime_type } | Self::Audio { data, mime_type } => {
                format!("[{mime_type}, {} bytes]", data.len() / 4 * 3)
            }
            Self::Resource { resource: Embedded { text: Some(text), .. } } => text.clone(),
            Self::Resource { resource } => format!("[{}]", resource.uri),
            Self::ResourceLink { uri, name } => format!("[{name}: {uri}]"),
        }
    }
}
