//! Connections and their tools. Values of variables and headers only ever come in.

use company_service::{
    ConnectionEdit, Content, Listed, NewConnection, Prompt, Resource, SecretEdits, ToolListed, ToolResult,
};
use domain::view::ConnectionView;
use domain::{AccessSource, Connection, ConnectionId, Position, ToolAccess, ToolApproval, TransportKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::extract::{cleared, given};

/// A connection to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewConnection)]
pub(crate) struct NewConnectionBody {
    /// The name people see, on one line. No two connections have the same.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// How its server is reached.
    transport: TransportKind,
    /// The program to start, without a shell; of stdio.
    #[schema(min_length = 1, max_length = 1000)]
    command: Option<String>,
    /// Its arguments, each one whole.
    #[schema(max_items = 100)]
    args: Option<Vec<String>>,
    /// Variables the program gets, by name. The values are kept sealed, and are never told again.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    env: Option<SecretEdits>,
    /// The folder it runs in, as a whole path.
    #[schema(max_length = 1000)]
    directory: Option<String>,
    /// The endpoint; of http. Without user, password and fragment.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// Headers the endpoint gets, by name. The values are kept sealed, and are never told again.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    headers: Option<SecretEdits>,
    /// Whether the endpoint may be on this machine or in a private network. It may not unless told so.
    allow_private: Option<bool>,
    /// Whether it is to be connected; it is unless told otherwise.
    enabled: Option<bool>,
    /// Who may use it: `daena`, slugs of departments (for all their agents) and of agents. Nobody unless told so.
    #[schema(max_items = 200)]
    grants: Option<Vec<String>>,
}

impl From<NewConnectionBody> for NewConnection {
    fn from(body: NewConnectionBody) -> Self {
        Self {
            name: body.name,
            transport: body.transport,
            with: ConnectionEdit {
                name: None,
                transport: None,
                command: body.command,
                args: body.args,
                env: body.env.unwrap_or_default(),
                directory: body.directory.map(Some),
                url: body.url,
                headers: body.headers.unwrap_or_default(),
                allow_private: body.allow_private,
                enabled: body.enabled,
                grants: body.grants,
            },
        }
    }
}

/// What is to change of a connection; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConnectionEdit)]
pub(crate) struct EditConnection {
    /// The name people see, on one line.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 80, nullable = false)]
    name: Option<String>,
    /// As it is: another way is another connection.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    transport: Option<TransportKind>,
    /// The program to start; of stdio.
    #[schema(min_length = 1, max_length = 1000)]
    command: Option<String>,
    /// Its arguments, all of them.
    #[schema(max_items = 100)]
    args: Option<Vec<String>>,
    /// Variables by name: a value sets one, null removes it, what is not named stays.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    env: Option<SecretEdits>,
    /// The folder it runs in; null takes it away.
    #[serde(default, deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    directory: Option<Option<String>>,
    /// The endpoint; of http.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// Headers by name: a value sets one, null removes it, what is not named stays.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    headers: Option<SecretEdits>,
    /// Whether the endpoint may be on this machine or in a private network.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    allow_private: Option<bool>,
    /// Whether it is to be connected.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
    /// Who may use it, all of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_items = 200, nullable = false)]
    grants: Option<Vec<String>>,
}

impl From<EditConnection> for ConnectionEdit {
    fn from(body: EditConnection) -> Self {
        Self {
            name: body.name,
            transport: body.transport,
            command: body.command,
            args: body.args,
            env: body.env.unwrap_or_default(),
            directory: body.directory,
            url: body.url,
            headers: body.headers.unwrap_or_default(),
            allow_private: body.allow_private,
            enabled: body.enabled,
            grants: body.grants,
        }
    }
}

/// A page of connections.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionList {
    connections: Vec<ConnectionView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<Connection, ConnectionId>> for ConnectionList {
    fn from(listed: Listed<Connection, ConnectionId>) -> Self {
        Self {
            connections: listed.page.items.into_iter().map(Into::into).collect(),
            next_cursor: listed.page.next.map(|next| next.to_string()),
            as_of: listed.as_of,
        }
    }
}

/// A tool. Its name, title, description and schema are its server's words: text to be shown, not to be trusted.
#[derive(Serialize, ToSchema)]
#[schema(as = Tool)]
pub(crate) struct ToolView {
    name: String,
    title: Option<String>,
    description: Option<String>,
    /// The JSON schema of its arguments, an object.
    #[schema(value_type = Object)]
    input_schema: Value,
    /// What calling it may do.
    access: ToolAccess,
    /// Who says so.
    access_source: AccessSource,
    /// Whether the Founder is asked before the company calls it: each time (`ask`), no longer since the Founder said yes to
    /// it for always (`always`), or never (`never`). What only reads is `never` and all else `ask`, unless the Founder
    /// marks it; a mark on a tool that has changed since is `ask`.
    approval: ToolApproval,
}

impl From<ToolListed> for ToolView {
    fn from(listed: ToolListed) -> Self {
        let ToolListed { tool, terms } = listed;
        Self {
            name: tool.name,
            title: tool.title,
            description: tool.description,
            input_schema: tool.input_schema,
            access: terms.access,
            access_source: terms.access_source,
            approval: terms.approval,
        }
    }
}

/// The tools of a connection, as its server listed them last; none before it was connected in this run.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToolList {
    pub(crate) tools: Vec<ToolView>,
}

/// What the Founder says of a tool; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ToolMark)]
pub(crate) struct ToolMarkBody {
    /// What calling it may do.
    pub(crate) access: Option<ToolAccess>,
    /// Whether the Founder is asked before the company calls it.
    pub(crate) approval: Option<ToolApproval>,
}

/// A tool to try.
#[derive(Deserialize, ToSchema)]
#[schema(as = ToolTry)]
pub(crate) struct ToolTryBody {
    /// They are held against the tool's schema before anything is sent. None unless told so.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) arguments: Map<String, Value>,
}

/// What a tool gave. Untrusted: text and data of its server.
#[derive(Serialize, ToSchema)]
#[schema(as = ToolResult)]
pub(crate) struct ToolResultView {
    /// The parts, as MCP has them: `{type: "text", text}`, `{type: "image", data, mimeType}`, …
    #[schema(value_type = Vec<Object>)]
    content: Vec<Content>,
    /// The result as JSON, where the tool gives that too.
    #[schema(value_type = Option<Value>)]
    structured: Option<Value>,
    /// Whether the tool says that it failed.
    is_error: bool,
    /// From sending until the answer was there.
    duration_ms: u64,
    /// Whether something was too long and is left out.
    cut: bool,
}

impl From<ToolResult> for ToolResultView {
    fn from(result: ToolResult) -> Self {
        let ToolResult { content, structured, is_error, cut, duration } = result;
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self { content, structured, is_error, duration_ms, cut }
    }
}

/// Something that a server offers to be read.
#[derive(Serialize, ToSchema)]
#[schema(as = ToolResource)]
pub(crate) struct ResourceView {
    uri: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    mime_type: Option<String>,
}

/// What a connection's server offers to be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResourceList {
    resources: Vec<ResourceView>,
}

impl From<Vec<Resource>> for ResourceList {
    fn from(resources: Vec<Resource>) -> Self {
        let view = |it: Resource| {
            let Resource { uri, name, title, description, mime_type } = it;
            ResourceView { uri, name, title, description, mime_type }
        };
        Self { resources: resources.into_iter().map(view).collect() }
    }
}

/// A text with gaps that a server offers.
#[derive(Serialize, ToSchema)]
#[schema(as = ToolPrompt)]
pub(crate) struct PromptView {
    name: String,
    title: Option<String>,
    description: Option<String>,
    /// Its gaps.
    arguments: Vec<PromptArgumentView>,
}

/// A gap in a prompt.
#[derive(Serialize, ToSchema)]
#[schema(as = ToolPromptArgument)]
struct PromptArgumentView {
    name: String,
    description: Option<String>,
    /// Whether the prompt needs it.
    required: bool,
}

/// The texts that a connection's server offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct PromptList {
    prompts: Vec<PromptView>,
}

impl From<Vec<Prompt>> for PromptList {
    fn from(prompts: Vec<Prompt>) -> Self {
        let view = |it: Prompt| PromptView {
            name: it.name,
            title: it.title,
            description: it.description,
            arguments: it
                .arguments
                .into_iter()
                .map(|gap| PromptArgumentView {
                    name: gap.name,
                    description: gap.description,
                    required: gap.required,
                })
                .collect(),
        };
        Self { prompts: prompts.into_iter().map(view).collect() }
    }
}
