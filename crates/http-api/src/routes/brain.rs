//! The model side.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::BrainView;
use crate::problem::Problem;

/// What the probe knows of the model server; never a live call.
#[utoipa::path(
    get, path = "/api/v1/brain/status", tag = "brain",
    responses((status = 200, description = "The model side", body = BrainView)),
)]
pub(super) async fn read_brain_status(api: Api) -> Result<Json<BrainView>, Problem> {
    Ok(Json(api.chat.brain().await?.into()))
}

/// Asks the model server now.
#[utoipa::path(
    post, path = "/api/v1/brain/probe", tag = "brain",
    responses((status = 200, description = "The model side as it was found", body = BrainView)),
)]
pub(super) async fn probe_brain(api: Api) -> Result<Json<BrainView>, Problem> {
    Ok(Json(api.chat.probe_brain().await?.into()))
}
