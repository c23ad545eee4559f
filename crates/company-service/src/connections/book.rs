//! What is granted to whom, in memory: asked before every question to a model.

use super::Connections;
use crate::CompanyError;
use async_trait::async_trait;
use chat_service::{
    Decision, GrantedTool, ReadTx, ToolAnswer, ToolFailure, ToolProgress, ToolRequest, Toolbox,
};
use domain::{
    Connection, ConnectionId, Grantee, Scope, Slug, Speaker, SpeakerKind, ToolAccess, ToolMark, ToolTerms,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tool_gateway::{ConnectionState, ConnectionStatus, Progress, Tool, ToolHints};

/// A tool, with what holds for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolListed {
    /// The tool, in its server's words.
    pub tool: Tool,
    /// What calling it may do, and whether the Founder is asked.
    pub terms: ToolTerms,
}

impl ToolListed {
    pub(super) fn of(tool: &Tool, mark: Option<&ToolMark>) -> Self {
        let terms = ToolTerms::of(access_of(tool.hints), &digest(tool), mark);
        Self { tool: tool.clone(), terms }
    }

    /// What the Founder says yes to: the tool as it describes itself, and what calling it may do.
    pub(super) fn form(&self) -> String {
        format!("{} {}", digest(&self.tool), self.terms.access)
    }
}

/// What the server says that calling a tool may do. Where it says nothing, the worst, as the protocol has it.
const fn access_of(hints: ToolHints) -> ToolAccess {
    match hints {
        ToolHints { read_only: Some(true), .. } => ToolAccess::Read,
        ToolHints { destructive: Some(false), .. } => ToolAccess::Write,
        _ => ToolAccess::Destructive,
    }
}

/// The form of a tool: other words, another schema or other hints give another one.
pub(super) fn digest(tool: &Tool) -> String {
    let mut hash = Sha256::new();
    let hints = [tool.hints.read_only, tool.hints.destructive, tool.hints.idempotent, tool.hints.open_world];
    for part in [
        format!("{:?}", (&tool.name, &tool.title, &tool.description)),
        canonical(&tool.input_schema),
        format!("{hints:?}"),
    ] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with its keys in order, whatever order they came in.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_unstable_by_key(|(key, _)| *key);
            let parts: Vec<String> =
                keys.into_iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

/// What is read for a book.
pub(super) struct Rows {
    connections: Vec<Connection>,
    marks: Vec<ToolMark>,
    /// Agents of departments that something is granted to.
    agents: HashMap<Slug, Slug>,
}

impl Rows {
    pub(super) fn read(tx: &mut ReadTx<'_>) -> Result<Self, CompanyError> {
        let mut connections = tx.connections().all()?;
        connections.retain(|connection| connection.enabled && !connection.grants.is_empty());
        let mut agents = HashMap::new();
        for grantee in connections.iter().flat_map(|connection| &connection.grants) {
            if let Grantee::Department(department) = grantee {
                let there = tx.agents().of(department)?;
                agents.extend(there.into_iter().map(|agent| (agent.slug, department.clone())));
            }
        }
        let marks = if connections.is_empty() { Vec::new() } else { tx.connections().marks()? };
        Ok(Self { connections, marks, agents })
    }
}

/// What is granted to whom.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
    agents: HashMap<Slug, Slug>,
}

#[derive(Debug)]
struct Entry {
    grants: Vec<Grantee>,
    tools: Vec<GrantedTool>,
}

impl Book {
    /// The book of what is stored and what the servers list. A connection that is away has no tools.
    pub(super) fn of(rows: Rows, state: impl Fn(ConnectionId) -> Option<ConnectionState>) -> Self {
        let Rows { connections, marks, agents } = rows;
        let mut names = HashSet::new();
        let mut entries = Vec::new();
        for connection in connections {
            let there = state(connection.id).filter(|state| state.status == ConnectionStatus::Connected);
            let Some(state) = there else { continue };
            let own = |tool: &Tool| {
                marks.iter().find(|mark| mark.connection_id == connection.id && mark.tool == tool.name)
            };
            let granted = |tool: &Tool| {
                let listed = ToolListed::of(tool, own(tool));
                GrantedTool {
                    connection_id: connection.id,
                    connection: connection.name.clone(),
                    tool: tool.name.clone(),
                    name: free_name(&mut names, &connection.name, &tool.name),
                    description: tool.description.clone().or(tool.title.clone()).unwrap_or_default(),
                    input_schema: tool.input_schema.clone(),
                    access: listed.terms.access,
                    approval: listed.terms.approval,
                    form: listed.form(),
                }
            };
            let tools = state.tools.iter().map(granted).collect();
            entries.push(Entry { grants: connection.grants, tools });
        }
        Self { entries, agents }
    }

    fn tool(&self, connection: ConnectionId, name: &str) -> Option<&GrantedTool> {
        let mut tools = self.entries.iter().flat_map(|entry| &entry.tools);
        tools.find(|tool| tool.connection_id == connection && tool.tool == name)
    }

    fn granted(&self, speaker: &Speaker) -> Vec<GrantedTool> {
        let own: Vec<Grantee> = match speaker.kind {
            SpeakerKind::Daena => vec![Grantee::Daena],
            SpeakerKind::Agent => match Slug::parse(&speaker.id) {
                Ok(slug) => {
                    let department = self.agents.get(&slug).cloned().map(Grantee::Department);
                    department.into_iter().chain([Grantee::Agent(slug)]).collect()
                }
                Err(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        let granted = self.entries.iter().filter(|entry| entry.grants.iter().any(|it| own.contains(it)));
        granted.flat_map(|entry| entry.tools.iter().cloned()).collect()
    }
}

/// The most characters of a name that models see.
const NAME: usize = 64;

/// A name for a tool that no other tool has: its connection's and its own, in the letters that all model servers take.
fn free_name(taken: &mut HashSet<String>, connection: &str, tool: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' })
            .collect()
    };
    let whole = format!("{}__{}", plain(&connection.to_lowercase()), plain(tool));
    let cut = |most: usize| whole.chars().take(most).collect::<String>();
    let mut name = cut(NAME);
    let mut number = 2;
    while !taken.insert(name.clone()) {
        let suffix = format!("_{number}");
        name = cut(NAME - suffix.len()) + &suffix;
        number += 1;
    }
    name
}

/// How many words of progress may wait to be handed on; what is beyond is left out.
const PROGRESS: usize = 16;

#[async_trait]
impl Toolbox for Connections {
    fn granted(&self, _scope: &Scope, speaker: &Speaker) -> Vec<GrantedTool> {
        self.book().granted(speaker)
    }

    async fn ready(&self, connection: ConnectionId) {
        if self.gateway.state(connection).is_some_and(|it| it.status == ConnectionStatus::Connecting) {
            self.gateway.test(connection).await;
            if let Err(error) = self.tell(connection).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection's state was not kept");
            }
        }
    }

    fn check(&self, call: &ToolRequest) -> Result<(), ToolFailure> {
        let arguments = Value::Object(call.arguments.clone());
        let checked = self.gateway.check(call.connection_id, &call.tool, &arguments);
        checked.map_err(|error| ToolFailure::new(error.to_string()))
    }

    async fn call(
        &self,
        call: &ToolRequest,
        progress: &(dyn Fn(ToolProgress) + Send + Sync),
        cancel: CancellationToken,
    ) -> Result<ToolAnswer, ToolFailure> {
        let (told, mut telling) = mpsc::channel(PROGRESS);
        let tell = move |it: Progress| {
            let Progress { progress, total, message } = it;
            // Who listens is behind: the next word says more than this one.
            told.try_send(ToolProgress { progress, total, message }).ok();
        };
        let arguments = Value::Object(call.arguments.clone());
        let mut calling =
            std::pin::pin!(self.gateway.call(call.connection_id, &call.tool, arguments, tell, cancel));
        let answer = loop {
            tokio::select! {
                biased;
                Some(it) = telling.recv() => progress(it),
                answer = &mut calling => break answer,
            }
        };
        let answer = answer.map_err(|error| ToolFailure::new(error.to_string()))?;
        let mut text = answer.text();
        if answer.cut {
            text.push_str("\n[The rest of the result was too long and is left out.]");
        }
        Ok(ToolAnswer { text, is_error: answer.is_error })
    }

    fn form(&self, connection: ConnectionId, tool: &str) -> Option<String> {
        self.book().tool(connection, tool).map(|granted| granted.form.clone())
    }

    async fn always(
        &self,
        connection: ConnectionId,
        tool: &str,
        form: &str,
        yes: Decision,
    ) -> Result<(), ToolFailure> {
        let allowed = self.allow_always(connection, tool, form, yes).await;
        allowed.map_err(|error| ToolFailure::new(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tool(schema: Value) -> Tool {
        Tool {
            name: "t".into(),
            title: None,
            description: Some("does".into()),
            input_schema: schema,
            hints: ToolHints::default(),
        }
    }

    #[test]
    fn names_for_models_are_plain_short_and_never_the_same() {
        let mut taken = HashSet::new();
        assert_eq!(free_name(&mut taken, "My Files", "read/file"), "my_files__read_file");
        assert_eq!(free_name(&mut taken, "my files", "read.file"), "my_files__read_file_2");
        let long = free_name(&mut taken, &"ü".repeat(80), "tool");
        assert_eq!(long.len(), NAME);
        let other = free_name(&mut taken, &"ü".repeat(80), "other");
        assert!(other.len() <= NAME && other != long && other.is_ascii());
    }

    #[test]
    fn the_order_of_keys_is_no_other_form_of_a_tool_but_a_word_is() {
        let one = tool(json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}));
        let text = r#"{"properties": {"b": {}, "a": {"type": "string"}}, "type": "object"}"#;
        let same = tool(serde_json::from_str(text).unwrap());
        assert_eq!(digest(&one), digest(&same));
        let described = Tool { description: Some("does more".into()), ..one.clone() };
        let hinted = Tool { hints: ToolHints { read_only: Some(true), ..one.hints }, ..one.clone() };
        for other in [tool(json!({"type": "object"})), described, hinted] {
            assert_ne!(digest(&other), digest(&one));
        }
    }

    #[test]
    fn without_hints_a_tool_is_taken_for_the_worst() {
        let of =
            |read_only, destructive| access_of(ToolHints { read_only, destructive, ..ToolHints::default() });
        assert_eq!(of(None, None), ToolAccess::Destructive);
        assert_eq!(of(Some(false), None), ToolAccess::Destructive);
        assert_eq!(of(None, Some(false)), ToolAccess::Write);
        assert_eq!(of(Some(true), Some(true)), ToolAccess::Read);
    }
}
