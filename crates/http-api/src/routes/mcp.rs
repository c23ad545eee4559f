//! The company as a server of tools.

use crate::answer::Json as Answer;
use crate::api::Api;
use crate::caller::Caller;
use crate::extract::Json;
use crate::mcp::{self, McpAnswer, McpMessage, Progress};
use crate::problem::Problem;
use crate::sse;
use actix_web::{HttpRequest, HttpResponse, Responder};

/// A message of MCP over streamable HTTP.
///
/// A request is answered with JSON; a call of a tool that names a `progressToken`, of a client that accepts them, with
/// server-sent events: `notifications/progress` with the characters of the answer so far, and the answer. A notification is answered with 202. There are no sessions of the protocol: an
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
    let Some(asked) = mcp::asked(message, caller.message_id)? else {
        return Ok(HttpResponse::Accepted().finish());
    };
    Ok(match asked.progress_token().filter(|_| caller.accepts_events) {
        Some(token) => sse::answer(mcp::as_it_comes(api.clone(), asked, token), api.heartbeat),
        None => Answer(asked.answer(&api, &Progress::default()).await).respond_to(&request),
    })
}
