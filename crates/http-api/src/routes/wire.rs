//! The OpenAI wire.

use crate::answer;
use crate::api::Api;
use crate::caller::Caller;
use crate::extract::JsonAndBytes;
use crate::problem::Problem;
use crate::sse::ServerSentEvent;
use crate::wire::{self, ChatCompletion, ChatCompletionBody, ModelList, ModelView};
use actix_web::{HttpRequest, HttpResponse, web};

/// A chat completion: a turn with whom `model` names.
///
/// The last message of a user is stored in a session, and so is its answer. Without `X-Session-Id` a new session begins, and
/// what was said before is taken from the request; with it, from the session. The answer names its session in the same
/// header. The reply goes on when the client leaves. An answer without a model makes no sense here: with the brain
/// offline it is 503 `brain_offline`, and nothing is stored.
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "openai", request_body = ChatCompletionBody,
    params(
        ("X-Session-Id" = Option<String>, Header, description = "The session it goes on in"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key joins the first turn"),
    ),
    responses((status = 200, description = "The answer; as chunks with `stream: true`", content(
        (ChatCompletion = "application/json"), (ServerSentEvent = "text/event-stream")
    ), headers(("X-Session-Id" = String, description = "The session it is in")))),
)]
pub(super) async fn create_chat_completion(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    JsonAndBytes(body, bytes): JsonAndBytes<ChatCompletionBody>,
) -> Result<HttpResponse, Problem> {
    wire::complete(&api, &request, caller, body, &bytes).await
}

/// Who can be asked: Daena, departments, agents, and the models that the brain has.
#[utoipa::path(
    get, path = "/v1/models", tag = "openai",
    responses((status = 200, description = "All of them", body = ModelList)),
)]
pub(super) async fn list_wire_models(api: Api) -> Result<answer::Json<ModelList>, Problem> {
    Ok(answer::Json(api.chat.doors().await?.into()))
}

/// One who can be asked.
#[utoipa::path(
    get, path = "/v1/models/{model}", tag = "openai", params(("model" = String, Path, description = "Its name, which may hold slashes")),
    responses((status = 200, description = "It can be asked", body = ModelView)),
)]
pub(super) async fn read_wire_model(
    api: Api,
    name: web::Path<String>,
) -> Result<answer::Json<ModelView>, Problem> {
    let door = api.chat.door_called(&name).await.map_err(|error| wire::unfound(error, &name))?;
    Ok(answer::Json(door.into()))
}
