//! Models on their way.

use crate::answer::{Accepted, Json};
use crate::api::Api;
use crate::dto::{ModelBody, PullAnswer, PullList};
use crate::extract::{FromQuery, Json as Body, Parameters, PullPath, Query};
use crate::problem::Problem;
use domain::{Limit, PullCursor};
use utoipa::IntoParams;

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    /// The most pulls of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<PullCursor>,
}

impl FromQuery for Paged {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// Has a provider fetch a model. A name that is being fetched there already joins that pull.
#[utoipa::path(
    post, path = "/api/v1/brain/models/pull", tag = "brain", request_body = ModelBody,
    responses((status = 202, description = "The pull, on its way", body = PullAnswer)),
)]
pub(super) async fn pull_model(
    api: Api,
    Body(body): Body<ModelBody>,
) -> Result<Accepted<PullAnswer>, Problem> {
    Ok(Accepted(api.chat.pull_model(&body.name, body.provider.as_deref()).await?.into()))
}

/// The pulls, the newest first.
#[utoipa::path(
    get, path = "/api/v1/brain/models/pulls", tag = "brain", params(Paged),
    responses((status = 200, description = "A page of pulls", body = PullList)),
)]
pub(super) async fn list_pulls(api: Api, Query(page): Query<Paged>) -> Result<Json<PullList>, Problem> {
    let as_of = api.chat.store().head();
    Ok(Json(PullList::new(api.chat.pulls(page.cursor, page.limit).await?, as_of)))
}

/// A pull; while it is on its way, as it is at this moment.
#[utoipa::path(
    get, path = "/api/v1/brain/models/pulls/{id}", tag = "brain", params(PullPath),
    responses((status = 200, description = "The pull", body = PullAnswer)),
)]
pub(super) async fn read_pull(api: Api, PullPath(pull): PullPath) -> Result<Json<PullAnswer>, Problem> {
    Ok(Json(api.chat.pull(pull).await?.into()))
}

/// Ends a pull, here and at its provider. What was fetched stays there.
#[utoipa::path(
    post, path = "/api/v1/brain/models/pulls/{id}/cancel", tag = "brain", params(PullPath),
    responses((status = 200, description = "The pull, cancelled", body = PullAnswer)),
)]
pub(super) async fn cancel_pull(api: Api, PullPath(pull): PullPath) -> Result<Json<PullAnswer>, Problem> {
    Ok(Json(api.chat.cancel_pull(pull).await?.into()))
}
