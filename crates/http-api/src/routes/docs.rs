//! The OpenAPI document, and a page to try it.

use crate::problem::Problem;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::Path;
use bytes::Bytes;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::{Config, serve};

static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&crate::openapi()).unwrap_or_default().into());

/// The page runs its own scripts, and asks this server.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's files stand below its own path.
const BELOW: &str = "/api/docs/";

/// The OpenAPI document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "server",
    responses((status = 200, description = "The document", body = Object)),
)]
pub(super) async fn read_openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.clone())
}

/// A page to read the documentation and to try it.
#[utoipa::path(
    get, path = "/api/docs", tag = "server",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub(super) async fn read_docs() -> Result<HttpResponse, Problem> {
    let page = file("index.html")?;
    // The page names its files relative to a folder, and this path is none.
    let page = String::from_utf8_lossy(&page.bytes)
        .replace("./", BELOW)
        .replace("\"index.css\"", "\"/api/docs/index.css\"");
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(page))
}

/// A file of the page.
#[utoipa::path(
    get, path = "/api/docs/{file}", tag = "server",
    params(("file" = String, Path, description = "Its name")),
    responses((status = 200, description = "The file", body = String, content_type = "*/*")),
)]
pub(super) async fn read_docs_file(name: Path<String>) -> Result<HttpResponse, Problem> {
    let file = file(&name)?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type.as_str())
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        .body(Bytes::from(file.bytes.into_owned())))
}

fn file(name: &str) -> Result<utoipa_swagger_ui::SwaggerFile<'static>, Problem> {
    let config = Config::new(["/api/openapi.json"]).validator_url("none");
    match serve(name, Arc::new(config)) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(Problem::not_found("the page has no such file")),
        Err(error) => Err(Problem::internal(error)),
    }
}
