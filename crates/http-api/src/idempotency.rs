//! A write that is sent again is not done again.
//!
//! The book of keys is in the database: a repeat is answered as the first was, for 24 hours, across restarts. What runs
//! now is known in memory, so that a repeat can wait for it.

mod book;
mod running;

pub(crate) use running::RunningKeys;

use crate::api::Api;
use crate::caller::Place;
use crate::extract::read_body;
use crate::problem::{self, Code, Problem};
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use book::Entry;
use bytes::Bytes;
use chat_service::StoredAnswer;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const HEADER: &str = "idempotency-key";
/// The most characters of a message's id.
const MESSAGE_ID_LIMIT: usize = 200;

/// The request's key: 1 to 255 visible ASCII characters.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let sane = (1..=255).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if sane => Ok(Some(key)),
        _ => Err(Problem::invalid("/Idempotency-Key", "is 1 to 255 visible ASCII characters")),
    }
}

/// Runs a write once for each key. Writes without a key just run.
pub(crate) async fn once(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (key, api) = match (key(request.headers()), request.app_data::<Api>()) {
        (Ok(Some(key)), Some(api)) => (key.to_owned(), api.clone()),
        (Err(refused), _) => {
            return Ok(ServiceResponse::new(request.into_parts().0, HttpResponse::from_error(refused)));
        }
        _ => return next.call(request).await,
    };
    let (http, mut payload) = request.into_parts();
    let body = match read_body(&http, &mut payload).await {
        Ok(body) => body,
        Err(refused) => return Ok(ServiceResponse::new(http, HttpResponse::from_error(refused))),
    };
    let fingerprint = fingerprint(http.method(), http.path(), http.query_string(), &body);
    match book::enter(&api, &key, &fingerprint).await {
        Ok(Entry::First(claim)) => {
            let request = ServiceRequest::from_parts(http, Payload::from(body));
            // The work goes on when the client leaves: its repeat finds the answer.
            let work = api.chat.tracker().spawn_local(async move { first(&claim, request, next).await });
            work.await.unwrap_or_else(|_| Err(Problem::internal("a write was cut off").into()))
        }
        Ok(Entry::Answered(answer)) => Ok(ServiceResponse::new(http, repeated(answer))),
        Err(refused) => Ok(ServiceResponse::new(http, HttpResponse::from_error(refused))),
    }
}

/// Runs the write and keeps its answer. What failed on our side is not kept: a repeat tries again.
async fn first(
    claim: &book::Claim,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let place = Place::of(request.request());
    let answered = match next.call(request).await {
        Ok(answered) => answered,
        Err(error) => {
            claim.release().await;
            return Err(error);
        }
    };
    let (http, response) = answered.into_parts();
    let refused = response.error().and_then(|error| error.as_error::<Problem>());
    let may_have_happened = refused.is_some_and(Problem::may_have_happened);
    let response = match response.error().and_then(|error| error.as_error::<Problem>()) {
        Some(refused) => problem::render(refused, &place.instance, &place.request_id),
        None => response,
    };
    // What may go well when it is tried again is no answer to keep; what an outside tool may have done is not tried again.
    let is_passing =
        response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS;
    if is_passing && !may_have_happened {
        claim.release().await;
        return Ok(ServiceResponse::new(http, response));
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    let answer = StoredAnswer {
        status: head.status().as_u16(),
        content_type,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    claim.answer(answer).await;
    Ok(ServiceResponse::new(http, head.set_body(body).map_into_boxed_body()))
}

fn repeated(answer: StoredAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if answer.content_type.is_empty() {
        return response.finish();
    }
    response.content_type(answer.content_type).body(answer.body)
}

/// The key as the id of a turn's message, which may not be as long.
pub(crate) fn message_id(key: &str) -> String {
    if key.len() <= MESSAGE_ID_LIMIT { key.to_owned() } else { digest([key.as_bytes()]) }
}

/// What was asked, as a digest.
fn fingerprint(method: &Method, path: &str, query: &str, body: &Bytes) -> String {
    digest([method.as_str().as_bytes(), path.as_bytes(), query.as_bytes(), body])
}

pub(crate) fn digest<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

fn other_request() -> Problem {
    Problem::new(Code::Conflict, "this Idempotency-Key was used for another request")
}

fn cut_off() -> Problem {
    Problem::new(
        Code::Conflict,
        "a request with this Idempotency-Key was cut off, and whether it was carried out is not known: \
         look, then send it again with another key if need be",
    )
}
