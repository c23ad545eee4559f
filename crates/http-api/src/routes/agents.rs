//! Agents.

use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{AgentList, EditAgent, NewAgentBody};
use crate::extract::{AgentPath, FromQuery, Json as Body, Parameters, Query, unknown_id};
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
    let listed = api
        .company
        .agents(AgentFilter { department, status, text: q, ..AgentFilter::default() }, cursor, limit)
        .await?;
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

/// Makes an agent.
#[utoipa::path(
    post, path = "/api/v1/agents", tag = "company", request_body = NewAgentBody,
    responses((status = 201, description = "The agent", body = AgentView)),
)]
pub(super) async fn create_agent(
    api: Api,
    Body(body): Body<NewAgentBody>,
) -> Result<Created<AgentView>, Problem> {
    Ok(Created(api.company.create_agent(body.into()).await?.into()))
}

/// Changes an agent; its slug stays.
#[utoipa::path(
    patch, path = "/api/v1/agents/{slug}", tag = "company", params(AgentPath), request_body = EditAgent,
    responses((status = 200, description = "The agent", body = AgentView)),
)]
pub(super) async fn edit_agent(
    api: Api,
    AgentPath(agent): AgentPath,
    Body(body): Body<EditAgent>,
) -> Result<Json<AgentView>, Problem> {
    Ok(Json(api.company.edit_agent(agent, body.into()).await?.into()))
}

/// Removes an agent, and ends what it is making; what was said with it stays.
#[utoipa::path(
    delete, path = "/api/v1/agents/{slug}", tag = "company", params(AgentPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_agent(api: Api, AgentPath(agent): AgentPath) -> Result<NoContent, Problem> {
    api.company.delete_agent(agent).await?;
    Ok(NoContent)
}

/// Pauses an agent: what it has begun goes on, and nothing new begins.
#[utoipa::path(
    post, path = "/api/v1/agents/{slug}/pause", tag = "company", params(AgentPath),
    responses((status = 200, description = "The agent, paused", body = AgentView)),
)]
pub(super) async fn pause_agent(api: Api, AgentPath(agent): AgentPath) -> Result<Json<AgentView>, Problem> {
    Ok(Json(api.company.pause_agent(agent).await?.into()))
}

/// Lets a paused agent work again.
#[utoipa::path(
    post, path = "/api/v1/agents/{slug}/resume", tag = "company", params(AgentPath),
    responses((status = 200, description = "The agent", body = AgentView)),
)]
pub(super) async fn resume_agent(api: Api, AgentPath(agent): AgentPath) -> Result<Json<AgentView>, Problem> {
    Ok(Json(api.company.resume_agent(agent).await?.into()))
}

/// Gives an agent that the company began with all its first values back.
#[utoipa::path(
    post, path = "/api/v1/agents/{slug}/reset", tag = "company", params(AgentPath),
    responses((status = 200, description = "The agent", body = AgentView)),
)]
pub(super) async fn reset_agent(api: Api, AgentPath(agent): AgentPath) -> Result<Json<AgentView>, Problem> {
    Ok(Json(api.company.reset_agent(agent).await?.into()))
}
