//! The OpenAPI document.

use crate::routes::Documented;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, Ref, RefOr, ResponseBuilder};

const BEARER: &str = "bearer";
const PROBLEM: &str = "Problem";
const FAILED_TURN: &str = "FailedTurn";
const PROBLEM_TYPE: &str = "application/problem+json";
const OPENAI_ERROR: &str = "OpenAiError";

/// The OpenAPI document of every route.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Documented::openapi();
    document.info = InfoBuilder::new()
        .title("Daena")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Talk to Daena, to departments and to agents. Errors are problem documents (RFC 9457).",
        ))
        .build();
    let components = document.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).build());
    components.add_security_scheme(BEARER, bearer);
    let problem = refusal("A problem document; its `code` says which", PROBLEM_TYPE, &[PROBLEM]);
    components.responses.insert(PROBLEM.to_owned(), problem);
    let failed = refusal("The model failed; the message stays", PROBLEM_TYPE, &[PROBLEM, FAILED_TURN]);
    components.responses.insert(FAILED_TURN.to_owned(), failed);
    let wire = refusal(
        "What went wrong, as clients of the OpenAI wire know it",
        "application/json",
        &[OPENAI_ERROR],
    );
    components.responses.insert(OPENAI_ERROR.to_owned(), wire);
    for (path, item) in &mut document.paths.paths {
        let open = matches!(path.as_str(), "/healthz" | "/readyz");
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let refusal = if path.starts_with("/v1/") { OPENAI_ERROR } else { PROBLEM };
            complete(operation, open, refusal);
        }
    }
    document
}

/// What holds for every operation: any other answer is a problem, and a token may be needed.
fn complete(operation: &mut Operation, open: bool, refusal: &str) {
    let problem = RefOr::Ref(Ref::from_response_name(refusal));
    operation.responses.responses.insert("default".to_owned(), problem);
    if operation.operation_id.as_deref().is_some_and(|id| id.starts_with("chat_")) {
        for status in ["502", "504"] {
            let failed = RefOr::Ref(Ref::from_response_name(FAILED_TURN));
            operation.responses.responses.insert(status.to_owned(), failed);
        }
    }
    if !open {
        let nobody: [&str; 0] = [];
        operation.security =
            Some(vec![SecurityRequirement::default(), SecurityRequirement::new(BEARER, nobody)]);
    }
}

/// A document that is all of these schemas.
fn refusal(description: &str, media_type: &str, schemas: &[&str]) -> RefOr<utoipa::openapi::Response> {
    let parts = schemas.iter().map(|name| Ref::from_schema_name(*name));
    let schema = parts.fold(AllOfBuilder::new(), AllOfBuilder::item).build();
    let content = ContentBuilder::new().schema(Some(Schema::AllOf(schema))).build();
    ResponseBuilder::new().description(description).content(media_type, content).build().into()
}
