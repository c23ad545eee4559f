//! Settings, and the state of the server.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::{SettingBody, SettingList, SettingView, StatusView};
use crate::extract::{Json as Body, SettingPath};
use crate::problem::Problem;

/// All settings, by key.
#[utoipa::path(
    get, path = "/api/v1/system/config", tag = "system",
    responses((status = 200, description = "All of them", body = SettingList)),
)]
pub(super) async fn list_settings(api: Api) -> Result<Json<SettingList>, Problem> {
    Ok(Json(api.company.settings().await?.into()))
}

/// A setting.
#[utoipa::path(
    get, path = "/api/v1/system/config/{key}", tag = "system", params(SettingPath),
    responses((status = 200, description = "The setting", body = SettingView)),
)]
pub(super) async fn read_setting(
    api: Api,
    SettingPath(key): SettingPath,
) -> Result<Json<SettingView>, Problem> {
    Ok(Json(api.company.setting(&key).await?.into()))
}

/// Changes a setting.
#[utoipa::path(
    put, path = "/api/v1/system/config/{key}", tag = "system", params(SettingPath), request_body = SettingBody,
    responses((status = 200, description = "The setting", body = SettingView)),
)]
pub(super) async fn change_setting(
    api: Api,
    SettingPath(key): SettingPath,
    Body(body): Body<SettingBody>,
) -> Result<Json<SettingView>, Problem> {
    Ok(Json(api.company.configure(&key, body.value).await?.into()))
}

/// The state of the server.
#[utoipa::path(
    get, path = "/api/v1/system/status", tag = "system",
    responses((status = 200, description = "The state", body = StatusView)),
)]
pub(super) async fn read_status(api: Api) -> Result<Json<StatusView>, Problem> {
    let status = api.company.system_status().await?;
    Ok(Json(StatusView::new(status, api.metrics.uptime().as_secs(), api.metrics.sockets())))
}
