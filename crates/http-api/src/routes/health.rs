//! Whether the server is there, and whether it can work.

use crate::answer::Json;
use crate::api::Api;
use crate::problem::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// All is well.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(
    get, path = "/healthz", tag = "server",
    responses((status = 200, description = "It does", body = Health)),
)]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the database is open, migrated and sound. A model server that is away changes nothing here.
#[utoipa::path(
    get, path = "/readyz", tag = "server",
    responses((status = 200, description = "It is", body = Health)),
)]
pub(super) async fn readyz(api: Api) -> Result<Json<Health>, Problem> {
    match api.chat.health().await {
        Ok(()) => Ok(Json(Health { status: "ok" })),
        Err(error) => {
            tracing::warn!(%error, "the server is not ready");
            Err(Problem::new(Code::Busy, "the database is not ready"))
        }
    }
}
