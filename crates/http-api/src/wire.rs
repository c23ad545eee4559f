//! The OpenAI wire: chat completions that are turns of the company.

mod answer;
mod message;
mod request;
mod stream;

pub(crate) use answer::{ChatCompletion, ModelList, ModelView};
pub(crate) use request::ChatCompletionBody;

use crate::api::Api;
use crate::caller::Caller;
use crate::extract::unknown_id;
use crate::idempotency;
use crate::problem::{FailedTurn, Problem};
use crate::turn::failure;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use chat_service::{CallId, ChatError, Recipient};
use domain::{Message, SessionId};

/// Which session a turn goes on in; of an answer, which one it is in.
pub(crate) const SESSION: HeaderName = HeaderName::from_static("x-session-id");
/// Set by OpenAI's own clients: which attempt at a request this is, from 0.
const ATTEMPT: &str = "x-stainless-retry-count";
/// How long a repeated attempt may come after the first.
const REPEAT_MS: i64 = 10 * 60 * 1000;

/// Asks whom the request names, and answers in the wire's form.
pub(crate) async fn complete(
    api: &Api,
    request: &HttpRequest,
    caller: Caller,
    body: ChatCompletionBody,
    bytes: &[u8],
) -> Result<HttpResponse, Problem> {
    let said = body.check()?;
    let to = api.chat.door(&body.model).await.map_err(|error| unfound(error, &body.model))?;
    body.check_tools(&to, &said)?;
    let mut session = session(request.headers())?;
    let talk = session.is_none();
    if let (None, Recipient::Model(_), Some(call)) = (session, &to, said.answered_call()) {
        session = session_of(api, &call).await?;
    }
    let key = match caller.message_id {
        Some(key) => key,
        None => own_key(api, request.headers(), bytes).await?,
    };
    let place = said.place();
    let (message, terms) = body.question(to, said, session, talk, key);
    let named = message.model.clone();
    let asked =
        api.chat.ask(message, terms).await.map_err(|error| refused(error, place, named.as_deref()))?;
    let session = asked.session.id;
    let form = answer::Form::new(&asked.reply, &body.model);
    let mut response = if body.stream == Some(true) {
        let include_usage =
            body.stream_options.as_ref().is_some_and(|options| options.include_usage == Some(true));
        stream::begun(api, caller.place, form, include_usage, asked.answer())
    } else {
        let whole = asked.answer().whole().await?;
        if let Some(problem) = failure(api, &whole.reply) {
            let reply = Message::clone(&whole.reply).into();
            return Err(problem.with_turn(FailedTurn { session_id: session, user_message: None, reply }));
        }
        crate::answer::Json(form.whole(whole)).respond_to(request)
    };
    if let Ok(value) = HeaderValue::from_str(&session.to_string()) {
        response.headers_mut().insert(SESSION, value);
    }
    Ok(response)
}

fn session(headers: &HeaderMap) -> Result<Option<SessionId>, Problem> {
    let Some(value) = headers.get(SESSION) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    text.parse().map(Some).map_err(|_| unknown_id("session", &text))
}

/// The session in which a call was asked for, if it is still there.
async fn session_of(api: &Api, call: &CallId) -> Result<Option<SessionId>, Problem> {
    match api.chat.message(call.reply).await {
        Ok(reply) => Ok(Some(reply.session_id)),
        Err(ChatError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The id of the message of a request that brings no key. OpenAI's clients send a request again by themselves when it
/// failed, and say so: such a repeat has the id of the attempt before.
async fn own_key(api: &Api, headers: &HeaderMap, bytes: &[u8]) -> Result<String, Problem> {
    let session = headers.get(SESSION).map_or(&b""[..], HeaderValue::as_bytes);
    let name = format!("openai:{}", idempotency::digest([session, bytes]));
    let attempt = headers.get(ATTEMPT).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    if attempt.is_some_and(|attempt| attempt > 0)
        && let Some(first) = api.chat.last_sent(name.clone()).await?
        && api.chat.clock().now().millis_since(first.created_at) <= REPEAT_MS
        && let Some(key) = first.client_message_id
    {
        return Ok(key);
    }
    Ok(format!("{name}:{}", api.chat.ids().next_id()))
}

/// Nobody and no model has this name.
fn unknown_model(name: &str) -> Problem {
    Problem::not_found("").at("/model", format!("there is no {name:?} here: GET /v1/models lists all"))
}

pub(crate) fn unfound(error: ChatError, name: &str) -> Problem {
    match error {
        ChatError::NotFound { .. } => unknown_model(name),
        other => other.into(),
    }
}

/// What is refused of the message, by its name in the request.
fn refused(error: ChatError, place: usize, model: Option<&str>) -> Problem {
    match (&error, model) {
        (ChatError::Unprocessable { field: "model", .. }, Some(name)) => unknown_model(name),
        _ => Problem::from(error).renamed("/message", &format!("/messages/{place}/content")),
    }
}
