//! A problem in the form of the OpenAI wire.

use super::{Code, Problem};
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal or failure, as clients of the OpenAI wire know it.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenAiError)]
pub(crate) struct OpenAiErrorDocument<'a> {
    error: OpenAiProblem<'a>,
}

/// What happened.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenAiProblem)]
struct OpenAiProblem<'a> {
    /// For people.
    message: &'a str,
    /// `invalid_request_error`, `permission_error`, `rate_limit_error` or `server_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Which value it is about, such as `messages[0].role`.
    param: Option<String>,
    /// `model_not_found`, `invalid_api_key`, or the stable code of the problem.
    #[schema(example = "brain_offline")]
    code: &'static str,
}

/// Whether a path belongs to the wire.
pub(super) fn speaks(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// The status: what cannot be is a bad request there.
pub(super) fn status(problem: &Problem) -> StatusCode {
    match problem.0.code {
        Code::Unprocessable => StatusCode::BAD_REQUEST,
        code => code.status(),
    }
}

/// The document, as JSON.
pub(crate) fn openai_error(problem: &Problem) -> Vec<u8> {
    let param = problem.0.errors.first().map(|error| param(&error.pointer)).filter(|name| !name.is_empty());
    let code = match (problem.0.code, param.as_deref()) {
        (Code::Unauthorized, _) => "invalid_api_key",
        (Code::NotFound, Some("model")) => "model_not_found",
        (code, _) => code.as_str(),
    };
    let kind = match status(problem) {
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    let error = OpenAiProblem { message: &problem.0.detail, kind, param, code };
    // Strings: this cannot fail; if it did, the status still tells.
    serde_json::to_vec(&OpenAiErrorDocument { error }).unwrap_or_default()
}

/// `/messages/0/role` as the wire writes it: `messages[0].role`.
fn param(pointer: &str) -> String {
    let mut name = String::with_capacity(pointer.len());
    for word in pointer.split('/').skip(1) {
        if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
            name.push('[');
            name.push_str(word);
            name.push(']');
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(word);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_problem_keeps_its_code_and_says_which_value_it_is_about() {
        let document =
            |problem: &Problem| -> Value { serde_json::from_slice(&openai_error(problem)).unwrap() };
        for (problem, status_code, expected) in [
            (
                Problem::invalid("/messages/3/content/0/type", "no"),
                400,
                json!({"message": "messages/3/content/0/type: no", "type": "invalid_request_error",
                    "param": "messages[3].content[0].type", "code": "invalid_request"}),
            ),
            (
                Problem::new(Code::Unprocessable, "no"),
                400,
                json!({"message": "no", "type": "invalid_request_error", "param": null, "code": "unprocessable"}),
            ),
            (
                Problem::not_found("x").at("/model", "no"),
                404,
                json!({"message": "model: no", "type": "invalid_request_error", "param": "model",
                    "code": "model_not_found"}),
            ),
            (
                Problem::new(Code::BrainOffline, "away"),
                503,
                json!({"message": "away", "type": "server_error", "param": null, "code": "brain_offline"}),
            ),
            (
                Problem::new(Code::Forbidden, "locked"),
                403,
                json!({"message": "locked", "type": "permission_error", "param": null, "code": "forbidden"}),
            ),
        ] {
            assert_eq!(status(&problem).as_u16(), status_code);
            assert_eq!(document(&problem), json!({"error": expected}));
        }
    }

    #[test]
    fn only_paths_of_the_wire_are_its() {
        assert!(speaks("/v1") && speaks("/v1/models"));
        assert!(!speaks("/v10/models") && !speaks("/api/v1/daena/chat"));
    }
}
