//! The Founder panel.

use crate::answer::{Json, NoContent};
use crate::api::Api;
use crate::dto::{DashboardView, OverrideBody, OverrideList};
use crate::extract::{Json as Body, OverridePath};
use crate::problem::Problem;
use domain::view::OverrideView;

/// The company at a glance: true counts, the brain, what waits, the last events.
#[utoipa::path(
    get, path = "/api/v1/founder-panel/dashboard", tag = "founder",
    responses((status = 200, description = "The dashboard", body = DashboardView)),
)]
pub(super) async fn read_dashboard(api: Api) -> Result<Json<DashboardView>, Problem> {
    Ok(Json(api.company.dashboard().await?.into()))
}

/// The overrides in force, and every key that there is.
#[utoipa::path(
    get, path = "/api/v1/founder-panel/overrides", tag = "founder",
    responses((status = 200, description = "All of them", body = OverrideList)),
)]
pub(super) async fn list_overrides(api: Api) -> Result<Json<OverrideList>, Problem> {
    Ok(Json(api.company.overrides().await?.into()))
}

/// Sets an override, or sets it anew. It has its effect when this is answered.
#[utoipa::path(
    put, path = "/api/v1/founder-panel/overrides/{key}", tag = "founder", params(OverridePath),
    request_body = OverrideBody,
    responses((status = 200, description = "The override", body = OverrideView)),
)]
pub(super) async fn set_override(
    api: Api,
    OverridePath(key): OverridePath,
    Body(body): Body<OverrideBody>,
) -> Result<Json<OverrideView>, Problem> {
    Ok(Json(api.company.set_override(&key, body.into()).await?.into()))
}

/// Undoes an override.
#[utoipa::path(
    delete, path = "/api/v1/founder-panel/overrides/{key}", tag = "founder", params(OverridePath),
    responses((status = 204, description = "It has no effect any more")),
)]
pub(super) async fn clear_override(api: Api, OverridePath(key): OverridePath) -> Result<NoContent, Problem> {
    api.company.clear_override(&key).await?;
    Ok(NoContent)
}
