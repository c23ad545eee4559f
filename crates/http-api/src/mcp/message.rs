//! Messages of JSON-RPC, as MCP has them.

use crate::extract::given;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A request, or without an id a notification.
#[derive(Deserialize, ToSchema)]
pub(crate) struct McpMessage {
    /// `2.0`.
    #[schema(pattern = "^2\\.0$")]
    pub(super) jsonrpc: String,
    /// Comes back in the answer; without it there is no answer.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub(super) id: Option<McpId>,
    /// `initialize`, `ping`, `tools/list` or `tools/call`; of notifications any.
    pub(super) method: String,
    /// What the method needs.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Object, nullable = false)]
    pub(super) params: Option<Map<String, Value>>,
}

/// The id of a request.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum McpId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// The answer to a request: a result or an error.
#[derive(Serialize, ToSchema)]
pub(crate) struct McpAnswer {
    jsonrpc: &'static str,
    id: McpId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<RpcError>,
}

/// An error of JSON-RPC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = McpError)]
pub(crate) struct RpcError {
    code: i32,
    message: String,
}

/// What a method gives.
pub(super) type McpResult = Result<Value, RpcError>;

impl McpAnswer {
    pub(super) fn new(id: McpId, result: McpResult) -> Self {
        let (result, error) = match result {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        Self { jsonrpc: "2.0", id, result, error }
    }
}

impl RpcError {
    pub(super) fn unknown_method() -> Self {
        Self { code: -32601, message: "this server has no such method".to_owned() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }
}
