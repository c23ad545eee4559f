//! The three doors to a turn.

use crate::answer::Created;
use crate::api::Api;
use crate::caller::Caller;
use crate::dto::{DepartmentTurnBody, SessionTurn, StartChat, StartedChat, TurnBody, TurnView};
use crate::extract::{AgentPath, DepartmentPath, Json, OptionalJson, SessionPath};
use crate::problem::Problem;
use crate::sse::ServerSentEvent;
use crate::turn;
use actix_web::{HttpRequest, HttpResponse};
use chat_service::Recipient;

/// A turn with Daena.
///
/// With `stream: true`, or `Accept: text/event-stream`, the reply comes as server-sent events: `session`, then `delta`s
/// and `note`s, last `done` or `error`. Leaving does not stop the reply.
#[utoipa::path(
    post, path = "/api/v1/daena/chat", tag = "chat", request_body = TurnBody,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn chat_with_daena(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    Json(body): Json<TurnBody>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    turn::answer(&api, &request, caller, body.to(Recipient::Daena)?, stream).await
}

/// A turn in a session, with whoever it is with.
#[utoipa::path(
    post, path = "/api/v1/daena/chat/{session_id}/message", tag = "chat", params(SessionPath),
    request_body = SessionTurn,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn chat_in_session(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    SessionPath(session): SessionPath,
    Json(body): Json<SessionTurn>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    let answered = turn::answer(&api, &request, caller, body.to(session), stream).await;
    answered.map_err(|problem| problem.renamed("/message", "/content"))
}

/// A turn with a department; with `agent_id`, with that agent of it.
#[utoipa::path(
    post, path = "/api/v1/departments/{slug}/chat", tag = "chat", params(DepartmentPath),
    request_body = DepartmentTurnBody,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn chat_with_department(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    DepartmentPath(department): DepartmentPath,
    Json(body): Json<DepartmentTurnBody>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    turn::answer(&api, &request, caller, body.to(department)?, stream).await
}

/// A turn with an agent.
#[utoipa::path(
    post, path = "/api/v1/agents/{slug}/chat", tag = "chat", params(AgentPath), request_body = TurnBody,
    responses((status = 200, description = "The turn, answered or deferred", content(
        (TurnView = "application/json"), (ServerSentEvent = "text/event-stream")
    ))),
)]
pub(super) async fn chat_with_agent(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    AgentPath(agent): AgentPath,
    Json(body): Json<TurnBody>,
) -> Result<HttpResponse, Problem> {
    let stream = body.stream;
    turn::answer(&api, &request, caller, body.to(Recipient::Agent(agent))?, stream).await
}

/// Begins a chat with Daena; her welcome is its first message.
#[utoipa::path(
    post, path = "/api/v1/daena/chat/start", tag = "chat", request_body = Option<StartChat>,
    responses((status = 201, description = "The session", body = StartedChat)),
)]
pub(super) async fn start_chat(
    api: Api,
    OptionalJson(body): OptionalJson<StartChat>,
) -> Result<Created<StartedChat>, Problem> {
    let started = api.chat.start_session(body.title).await?;
    Ok(Created(started.into()))
}
