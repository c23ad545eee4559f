//! The company as a server of tools, over MCP: JSON-RPC in a POST, and the answer in its body, behind progress where that is asked for.

mod ask;
mod message;
mod outcome;
mod progress;
mod records;
mod tools;

pub(crate) use message::{McpAnswer, McpMessage};
pub(crate) use progress::{Progress, as_it_comes};

use crate::api::Api;
use crate::extract::field_of;
use crate::problem::{Code, Problem};
use message::{McpId, McpResult, RpcError};
use outcome::Outcome;
use serde::Deserialize;
use serde_json::{Value, json};

/// What this server speaks, the newest first. Not 2025-03-26, which has batches.
const VERSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2024-11-05"];

const INSTRUCTIONS: &str = "An AI company on its owner's own machine. Ask Daena first: she knows who does what. Each answer \
    carries a session_id; give it back to go on with the same conversation.";

/// A call of a tool.
#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: Option<Value>,
}

/// Refuses a version that a client says was agreed upon, if it was not with this server.
pub(crate) fn check_version(offered: Option<&str>) -> Result<(), Problem> {
    match offered {
        Some(version) if !VERSIONS.contains(&version) => {
            let spoken = VERSIONS.join(", ");
            Err(Problem::new(
                Code::InvalidRequest,
                format!("MCP-Protocol-Version: this server speaks {spoken}"),
            ))
        }
        _ => Ok(()),
    }
}

/// A request that waits for its answer.
pub(crate) struct Asked {
    id: McpId,
    method: String,
    params: Value,
    client_id: Option<String>,
}

/// Reads a message; a notification asks for nothing. `client_id` becomes the id of what a tool sends or makes.
pub(crate) fn asked(message: McpMessage, client_id: Option<String>) -> Result<Option<Asked>, Problem> {
    let McpMessage { jsonrpc, id, method, params } = message;
    if jsonrpc != "2.0" {
        return Err(Problem::new(Code::Unprocessable, "not JSON-RPC 2.0").at("/jsonrpc", "must be \"2.0\""));
    }
    let params = params.map_or(Value::Null, Value::Object);
    Ok(id.map(|id| Asked { id, method, params, client_id }))
}

impl Asked {
    /// What a call of a tool wants to hear of its progress under.
    pub(crate) fn progress_token(&self) -> Option<Value> {
        let token = self.params.pointer("/_meta/progressToken").filter(|_| self.method == "tools/call");
        token.filter(|token| token.is_string() || token.is_number()).cloned()
    }

    /// Answers it. How far the answer is stands in `progress` meanwhile.
    pub(crate) async fn answer(self, api: &Api, progress: &Progress) -> McpAnswer {
        let Self { id, method, params, client_id } = self;
        let result = match method.as_str() {
            "initialize" => initialize(&params),
            "ping" => Ok(json!({})),
            "tools/list" => Ok(json!({"tools": tools::all()})),
            "tools/call" => call(api, params, client_id, progress).await,
            _ => Err(RpcError::unknown_method()),
        };
        McpAnswer::new(id, result)
    }
}

/// The version that was asked for, where it is spoken here, else the newest one.
fn initialize(params: &Value) -> McpResult {
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let asked = asked.ok_or_else(|| RpcError::invalid("params: protocolVersion is missing"))?;
    let version = VERSIONS.into_iter().find(|version| *version == asked).unwrap_or(VERSIONS[0]);
    Ok(json!({
        "protocolVersion": version,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "daena", "title": "Daena", "version": env!("CARGO_PKG_VERSION")},
        "instructions": INSTRUCTIONS,
    }))
}

/// Calls a tool. What it refuses is a result that says so, for the model to read; only a tool that is none is an error.
async fn call(api: &Api, params: Value, client_id: Option<String>, progress: &Progress) -> McpResult {
    let call: Call = field_of(params).map_err(|problem| RpcError::invalid(problem.to_string()))?;
    let arguments = call.arguments.unwrap_or_else(|| json!({}));
    let outcome = match call.name.as_str() {
        "ask_daena" => ask::daena(api, arguments, client_id, progress).await,
        "ask_department" => ask::department(api, arguments, client_id, progress).await,
        "ask_agent" => ask::agent(api, arguments, client_id, progress).await,
        "ask_council" => ask::council(api, arguments, client_id, progress).await,
        "search_history" => records::search(api, arguments).await,
        "list_tasks" => records::tasks(api, arguments).await,
        "create_task" => records::create_task(api, arguments, client_id).await,
        _ => return Err(RpcError::invalid("params: there is no such tool")),
    };
    Ok(outcome.unwrap_or_else(|problem| Outcome::refused(&problem)).into_json())
}
