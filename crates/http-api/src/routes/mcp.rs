//! The company as a server of tools.

use crate::answer::Json as Answer;
use crate::api::Api;
use crate::caller::Caller;
use crate::extract::Json;
use crate::mcp::{self, McpAnswer, McpMessage};
use crate::problem::Problem;
use actix_web::{HttpRequest, HttpResponse, Responder};

/// A message of MCP over streamable HTTP.
///
/// A request is answered with JSON, never with a stream; a notification with 202. There are no sessions of the protocol: an
/// `Mcp-Session-Id` is neither given nor asked for. Refusals of a tool are results with `isError`.
#[utoipa::path(
    post, path = "/mcp", tag = "mcp", request_body = McpMessage,
    params(("MCP-Protocol-Version" = Option<String>, Header, description = "The version agreed upon when it began")),
    responses(
        (status = 200, description = "The answer to a request", body = McpAnswer),
        (status = 202, description = "A notification was taken"),
    ),
)]
pub(super) async fn speak_mcp(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    Json(message): Json<McpMessage>,
) -> Result<HttpResponse, Problem> {
    let version = request.headers().get("mcp-protocol-version");
    mcp::check_version(version.map(|version| version.to_str().unwrap_or_default()))?;
    Ok(match mcp::answer(&api, message, caller.message_id).await? {
        Some(answer) => Answer(answer).respond_to(&request),
        None => HttpResponse::Accepted().finish(),
    })
}
