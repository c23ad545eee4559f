//! Backups, and back to the beginning.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::{BackupAnswer, BackupList, ResetBody, ResetView};
use crate::extract::{FromQuery, Json as Body, Parameters, Query};
use crate::problem::Problem;
use domain::Limit;
use utoipa::IntoParams;

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    /// The most backups of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl FromQuery for Paged {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.filled("cursor") })
    }
}

/// Takes a backup now, and answers when it is checked and on disk.
#[utoipa::path(
    post, path = "/api/v1/system/backup", tag = "server",
    responses((status = 200, description = "The backup", body = BackupAnswer)),
)]
pub(super) async fn take_backup(api: Api) -> Result<Json<BackupAnswer>, Problem> {
    Ok(Json(BackupAnswer { backup: api.company.back_up().await? }))
}

/// The server's backups, newest first.
#[utoipa::path(
    get, path = "/api/v1/system/backups", tag = "server", params(Paged),
    responses((status = 200, description = "A page of backups", body = BackupList)),
)]
pub(super) async fn list_backups(api: Api, Query(page): Query<Paged>) -> Result<Json<BackupList>, Problem> {
    Ok(Json(api.company.backups(page.cursor, page.limit).await?.into()))
}

/// Puts the company back to what a new database starts with. A backup is taken first.
#[utoipa::path(
    post, path = "/api/v1/system/reset", tag = "server", request_body = ResetBody,
    responses((status = 200, description = "What was removed", body = ResetView)),
)]
pub(super) async fn reset_company(api: Api, Body(body): Body<ResetBody>) -> Result<Json<ResetView>, Problem> {
    Ok(Json(api.company.reset(&body.confirm).await?.into()))
}
