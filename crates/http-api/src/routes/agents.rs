//! Agents.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::AgentList;
use crate::extract::{AgentPath, FromQuery, Parameters, Query, unknown_id};
use crate::problem::Problem;
use chat_service::AgentFilter;
use domain::view::AgentView;
use domain::{AgentStatus, Limit, Slug};
use utoipa::IntoParams;

/// Which agents, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Of this department.
    #[param(value_type = Option<String>)]
    department: Option<Slug>,
    /// With this status.
    #[param(value_type = Option<AgentStatus>, inline)]
    status: Option<AgentStatus>,
    /// With this text in the name, role or slug.
    q: Option<String>,
    /// The most agents of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Slug>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let department = parameters.text("department");
        let known = |text: &str| Slug::parse(text).map_err(|_| unknown_id("department", text));
        Ok(Self {
            department: department.map(known).transpose()?,
            status: parameters.get("status")?,
            q: parameters.filled("q"),
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

/// The agents of the company, by slug.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "company", params(Wanted),
    responses((status = 200, description = "A page of agents", body = AgentList)),
)]
pub(super) async fn list_agents(api: Api, Query(wanted): Query<Wanted>) -> Result<Json<AgentList>, Problem> {
    let Wanted { department, status, q, limit, cursor } = wanted;
    let listed = api.company.agents(AgentFilter { department, status, text: q }, cursor, limit).await?;
    Ok(Json(AgentList::new(listed.page, listed.as_of)))
}

/// An agent.
#[utoipa::path(
    get, path = "/api/v1/agents/{slug}", tag = "company", params(AgentPath),
    responses((status = 200, description = "The agent", body = AgentView)),
)]
pub(super) async fn read_agent(api: Api, AgentPath(agent): AgentPath) -> Result<Json<AgentView>, Problem> {
    Ok(Json(api.company.agent(agent).await?.into()))
}
