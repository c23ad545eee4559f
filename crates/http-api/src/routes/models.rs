//! The models there are.

use crate::answer::{Json, NoContent};
use crate::api::Api;
use crate::dto::{ModelBody, ModelList, ModelTestBody, ModelTestView, SelectBody, Selected};
use crate::extract::{FromQuery, Json as Body, OptionalJson, Parameters, Query};
use crate::problem::Problem;
use chat_service::ModelCursor;
use domain::Limit;
use utoipa::IntoParams;

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    /// The most models of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ModelCursor>,
}

impl FromQuery for Paged {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// Which model.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// The model's name; it may hold `/`, `:` and spaces.
    #[param(example = "llama3.2:3b")]
    name: String,
    /// The provider; the first one that has it when none is named.
    provider: Option<String>,
}

impl FromQuery for Named {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let name = parameters.text("name").ok_or_else(|| Problem::invalid("/name", "is missing"))?;
        Ok(Self { name: name.to_owned(), provider: parameters.filled("provider") })
    }
}

/// The models of all providers that may be asked.
#[utoipa::path(
    get, path = "/api/v1/brain/models", tag = "brain", params(Paged),
    responses((status = 200, description = "A page of models, by name", body = ModelList)),
)]
pub(super) async fn list_models(api: Api, Query(page): Query<Paged>) -> Result<Json<ModelList>, Problem> {
    let as_of = api.chat.store().head();
    Ok(Json(ModelList::new(api.chat.models(page.cursor, page.limit).await, as_of)))
}

/// Selects the model that is used where none is named, from the next turn on.
#[utoipa::path(
    post, path = "/api/v1/brain/models/select", tag = "brain", request_body = SelectBody,
    responses((status = 200, description = "The model", body = Selected)),
)]
pub(super) async fn select_model(api: Api, Body(body): Body<SelectBody>) -> Result<Json<Selected>, Problem> {
    let name = api.chat.select_model(&body.name).await?;
    Ok(Json(Selected { name, active_model: api.chat.active_model() }))
}

/// Takes a model out of memory; it comes back with its next question.
#[utoipa::path(
    post, path = "/api/v1/brain/models/unload", tag = "brain", request_body = ModelBody,
    responses((status = 204, description = "It is out of memory")),
)]
pub(super) async fn unload_model(api: Api, Body(body): Body<ModelBody>) -> Result<NoContent, Problem> {
    api.chat.unload_model(&body.name, body.provider.as_deref()).await?;
    Ok(NoContent)
}

/// Deletes a model from its provider's disk; not the active one.
#[utoipa::path(
    delete, path = "/api/v1/brain/models", tag = "brain", params(Named),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_model(api: Api, Query(named): Query<Named>) -> Result<NoContent, Problem> {
    api.chat.delete_model(&named.name, named.provider.as_deref()).await?;
    Ok(NoContent)
}

/// Has a model generate something, and measures it.
#[utoipa::path(
    post, path = "/api/v1/brain/test", tag = "brain", request_body = ModelTestBody,
    responses((status = 200, description = "What it said, and how fast", body = ModelTestView)),
)]
pub(super) async fn test_model(
    api: Api,
    OptionalJson(body): OptionalJson<ModelTestBody>,
) -> Result<Json<ModelTestView>, Problem> {
    let tested = api.chat.test_model(body.model.as_deref(), body.prompt.as_deref()).await?;
    Ok(Json(tested.into()))
}
