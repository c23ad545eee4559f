//! What agents do and have done.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::ActivityList;
use crate::extract::{AgentPath, DepartmentPath, FromQuery, Parameters, Query};
use crate::problem::Problem;
use domain::view::ActivityView;
use domain::{Limit, Slug};
use utoipa::IntoParams;

/// Which page of agents.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The most agents of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Slug>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// What all agents do and have done, by slug.
#[utoipa::path(
    get, path = "/api/v1/agents/activity", tag = "company", params(Wanted),
    responses((status = 200, description = "A page of agents", body = ActivityList)),
)]
pub(super) async fn list_activity(
    api: Api,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ActivityList>, Problem> {
    let listed = api.company.activity(wanted.cursor, wanted.limit).await?;
    Ok(Json(ActivityList::new(listed.page, listed.as_of)))
}

/// What an agent does and has done.
#[utoipa::path(
    get, path = "/api/v1/agents/{slug}/activity", tag = "company", params(AgentPath),
    responses((status = 200, description = "The agent's activity", body = ActivityView)),
)]
pub(super) async fn read_agent_activity(
    api: Api,
    AgentPath(agent): AgentPath,
) -> Result<Json<ActivityView>, Problem> {
    Ok(Json(api.company.agent_activity(agent).await?))
}

/// What the agents of a department do and have done, in their order.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}/activity", tag = "company", params(DepartmentPath),
    responses((status = 200, description = "All agents of the department", body = ActivityList)),
)]
pub(super) async fn list_department_activity(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<Json<ActivityList>, Problem> {
    let listed = api.company.activity_of(department).await?;
    Ok(Json(ActivityList::new(listed.page, listed.as_of)))
}
