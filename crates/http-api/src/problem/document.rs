//! A problem as it goes over the wire.

use super::{FailedTurn, Problem, openai};
use crate::wire::SESSION;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;

const CONTENT_TYPE: &str = "application/problem+json";

/// Which value a problem is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// A JSON pointer into the body, or `/` and the name of a parameter.
    #[schema(example = "/message")]
    pub(crate) pointer: String,
    /// What is wrong with it.
    pub(crate) detail: String,
}

/// A refusal or failure (RFC 9457). `code` is what a program may rely on.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    kind: String,
    /// What the code means in general.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, for people.
    detail: &'a str,
    /// The path of the request.
    instance: &'a str,
    /// The stable code.
    #[schema(example = "not_found")]
    code: &'static str,
    /// The request's id, as in the log.
    request_id: &'a str,
    /// Which values it is about.
    errors: &'a [FieldError],
    /// What there is of a turn that failed: `session_id`, `user_message`, `reply`.
    #[serde(flatten)]
    #[schema(ignore)]
    turn: Option<&'a FailedTurn>,
}

impl<'a> ProblemDocument<'a> {
    pub(crate) fn new(problem: &'a Problem, instance: &'a str, request_id: &'a str) -> Self {
        let parts = &problem.0;
        Self {
            kind: format!("/problems/{}", parts.code.as_str()),
            title: parts.code.title(),
            status: parts.code.status().as_u16(),
            detail: &parts.detail,
            instance,
            code: parts.code.as_str(),
            request_id,
            errors: &parts.errors,
            turn: parts.turn.as_ref(),
        }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Strings, numbers and views: this cannot fail; if it did, the status still tells.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The answer to a request that ended in a problem. Logs, once, what is the server's own fault.
pub(crate) fn render(problem: &Problem, instance: &str, request_id: &str) -> HttpResponse {
    log(problem, instance, request_id);
    let wire = openai::speaks(instance);
    let status = if wire { openai::status(problem) } else { problem.0.code.status() };
    let mut response = HttpResponse::build(status);
    response.content_type(if wire { "application/json" } else { CONTENT_TYPE });
    match status {
        StatusCode::UNAUTHORIZED => {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            response.insert_header((RETRY_AFTER, HeaderValue::from(problem.0.retry_after.unwrap_or(1))));
        }
        _ => {}
    }
    if let Some(allow) = &problem.0.allow {
        response.insert_header((ALLOW, allow.as_str()));
    }
    if problem.0.packed {
        response.insert_header((ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    if wire {
        if let Some(turn) = &problem.0.turn {
            response.insert_header((SESSION, turn.session_id.to_string()));
        }
        return response.body(openai::openai_error(problem));
    }
    response.body(ProblemDocument::new(problem, instance, request_id).to_json())
}

pub(super) fn log(problem: &Problem, instance: &str, request_id: &str) {
    let Some(source) = &problem.0.source else { return };
    let mut chain = source.to_string();
    let mut cause = source.source();
    while let Some(error) = cause {
        chain.push_str(": ");
        chain.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(path = instance, request_id, error = chain, "a request failed");
}
