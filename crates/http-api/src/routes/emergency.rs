//! When something goes wrong: stop all, lock down, maintain, release.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::{LockedDown, MaintenanceBody, MaintenanceView, ReasonBody, Released, Stopped};
use crate::extract::Json as Body;
use crate::problem::Problem;

/// Ends every reply in the making, here and at the model server; their text so far is kept.
#[utoipa::path(
    post, path = "/api/v1/founder-panel/emergency/stop-all", tag = "founder",
    responses((status = 200, description = "How many were stopped", body = Stopped)),
)]
pub(super) async fn stop_all(api: Api) -> Result<Json<Stopped>, Problem> {
    Ok(Json(Stopped { stopped: api.company.stop_all().await? }))
}

/// Ends every reply in the making, and allows only reads from then on.
#[utoipa::path(
    post, path = "/api/v1/founder-panel/emergency/lockdown", tag = "founder", request_body = ReasonBody,
    responses((status = 200, description = "It holds", body = LockedDown)),
)]
pub(super) async fn lock_down(api: Api, Body(body): Body<ReasonBody>) -> Result<Json<LockedDown>, Problem> {
    Ok(Json(api.company.lock_down(&body.reason).await?.into()))
}

/// Ends a lockdown and maintenance.
#[utoipa::path(
    post, path = "/api/v1/founder-panel/emergency/release", tag = "founder",
    responses((status = 200, description = "What no longer holds", body = Released)),
)]
pub(super) async fn release(api: Api) -> Result<Json<Released>, Problem> {
    Ok(Json(api.company.release().await?.into()))
}

/// Begins or ends maintenance: while it lasts, what would change something is refused.
#[utoipa::path(
    post, path = "/api/v1/system/maintenance", tag = "system", request_body = MaintenanceBody,
    responses((status = 200, description = "Whether it holds", body = MaintenanceView)),
)]
pub(super) async fn maintain(
    api: Api,
    Body(body): Body<MaintenanceBody>,
) -> Result<Json<MaintenanceView>, Problem> {
    let maintained = match (body.enabled, body.reason) {
        (true, Some(reason)) => api.company.maintain(&reason).await?,
        (true, None) => return Err(Problem::invalid("/reason", "is missing")),
        (false, _) => api.company.end_maintenance().await?,
    };
    Ok(Json(maintained.into()))
}
