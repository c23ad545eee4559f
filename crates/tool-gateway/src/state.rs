//! What is known of a connection.

use crate::Tool;
use domain::{ConnectionId, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// What is known of a connection, from its last probe. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionState {
    /// Which one.
    pub id: ConnectionId,
    /// How it stands.
    pub status: ConnectionStatus,
    /// Why it failed; of one that is connecting again, why it was lost; of a connected one, what was left out of its
    /// lists. One line, at most 300 characters, with no secret of the connection in it.
    pub error: Option<String>,
    /// When a probe last ended, well or not.
    pub checked_at: Option<Timestamp>,
    /// How long the last good probe took.
    pub latency: Option<Duration>,
    /// What the server calls itself.
    pub server: Option<ServerInfo>,
    /// Its tools, as it last listed them; kept while it is away.
    pub tools: Arc<[Tool]>,
    /// Its resources.
    pub resources: Arc<[Resource]>,
    /// Its prompts.
    pub prompts: Arc<[Prompt]>,
}

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionStatus {
    /// It is being made.
    Connecting,
    /// Tools can be called.
    Connected,
    /// It could not be made or was lost, and is tried again after a while.
    Failed,
    /// It is switched off.
    Disabled,
}

/// What a server calls itself. Its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Something a server offers to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Where it is.
    pub uri: String,
    /// What it is called.
    pub name: String,
    /// What it is for people.
    pub title: Option<String>,
    /// What it holds.
    pub description: Option<String>,
    /// What kind of thing it is.
    pub mime_type: Option<String>,
}

/// A text with gaps that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is called.
    pub name: String,
    /// What it is for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its gaps.
    pub arguments: Vec<PromptArgument>,
}

/// A gap in a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptArgument {
    /// What it is called.
    pub name: String,
    /// What is to be put there.
    pub description: Option<String>,
    /// Whether the prompt needs it.
    pub required: bool,
}

impl ConnectionState {
    /// Nothing is known yet.
    pub(crate) fn new(id: ConnectionId, status: ConnectionStatus) -> Self {
        Self {
            id,
            status,
            error: None,
            checked_at: None,
            latency: None,
            server: None,
            tools: Arc::default(),
            resources: Arc::default(),
            prompts: Arc::default(),
        }
    }

    /// A tool by its name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Whether both say the same but for when it was looked, and how long that took.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        self.status == other.status
            && self.error == other.error
            && self.server == other.server
            && self.tools == other.tools
            && self.resources == other.resources
            && self.prompts == other.prompts
    }
}
