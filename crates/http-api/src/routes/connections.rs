//! Connections and their tools.

use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{
    ConnectionList, EditConnection, NewConnectionBody, PromptList, ResourceList, ToolList, ToolMarkBody,
    ToolResultView, ToolTryBody, ToolView,
};
use crate::extract::{ConnectionPath, FromQuery, Json as Body, Parameters, Query, ToolPath};
use crate::problem::Problem;
use domain::view::ConnectionView;
use domain::{ConnectionId, Limit};
use utoipa::IntoParams;

/// A page of connections.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfConnections {
    /// The most connections of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ConnectionId>,
}

impl FromQuery for PageOfConnections {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// The connections, oldest first.
#[utoipa::path(
    get, path = "/api/v1/connections", tag = "connections", params(PageOfConnections),
    responses((status = 200, description = "A page of connections", body = ConnectionList)),
)]
pub(super) async fn list_connections(
    api: Api,
    Query(page): Query<PageOfConnections>,
) -> Result<Json<ConnectionList>, Problem> {
    Ok(Json(api.company.connections(page.cursor, page.limit).await?.into()))
}

/// Makes a connection to an MCP server, of at most 64, and begins to connect it: whether that works is told by its status.
#[utoipa::path(
    post, path = "/api/v1/connections", tag = "connections", request_body = NewConnectionBody,
    responses((status = 201, description = "The connection", body = ConnectionView)),
)]
pub(super) async fn create_connection(
    api: Api,
    Body(body): Body<NewConnectionBody>,
) -> Result<Created<ConnectionView>, Problem> {
    Ok(Created(api.company.create_connection(body.into()).await?.into()))
}

/// A connection, as its probe found it.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}", tag = "connections", params(ConnectionPath),
    responses((status = 200, description = "The connection", body = ConnectionView)),
)]
pub(super) async fn read_connection(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<Json<ConnectionView>, Problem> {
    Ok(Json(api.company.connection(id).await?.into()))
}

/// Changes a connection. What changes how its server is reached has it connected anew, which ends the calls under way.
#[utoipa::path(
    patch, path = "/api/v1/connections/{id}", tag = "connections", params(ConnectionPath),
    request_body = EditConnection,
    responses((status = 200, description = "The connection", body = ConnectionView)),
)]
pub(super) async fn edit_connection(
    api: Api,
    ConnectionPath(id): ConnectionPath,
    Body(body): Body<EditConnection>,
) -> Result<Json<ConnectionView>, Problem> {
    Ok(Json(api.company.edit_connection(id, body.into()).await?.into()))
}

/// Removes a connection, its secrets, and what was said of its tools.
#[utoipa::path(
    delete, path = "/api/v1/connections/{id}", tag = "connections", params(ConnectionPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_connection(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<NoContent, Problem> {
    api.company.delete_connection(id).await?;
    Ok(NoContent)
}

/// Asks a connection's server now, or tries to connect it, and says how it stands then.
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/test", tag = "connections", params(ConnectionPath),
    responses((status = 200, description = "The connection", body = ConnectionView)),
)]
pub(super) async fn test_connection(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<Json<ConnectionView>, Problem> {
    Ok(Json(api.company.test_connection(id).await?.into()))
}

/// The tools of a connection.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}/tools", tag = "connections", params(ConnectionPath),
    responses((status = 200, description = "All of them", body = ToolList)),
)]
pub(super) async fn list_tools(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<Json<ToolList>, Problem> {
    let tools = api.company.connection_tools(id).await?;
    Ok(Json(ToolList { tools: tools.into_iter().map(Into::into).collect() }))
}

/// Tries a tool by the Founder's own hand: no approval is asked for.
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/tools/{name}", tag = "connections", params(ConnectionPath, ToolPath),
    request_body = ToolTryBody,
    responses((status = 200, description = "What it gave, which may be that it failed", body = ToolResultView)),
)]
pub(super) async fn try_tool(
    api: Api,
    ConnectionPath(id): ConnectionPath,
    ToolPath(name): ToolPath,
    Body(body): Body<ToolTryBody>,
) -> Result<Json<ToolResultView>, Problem> {
    Ok(Json(api.company.call_tool(id, &name, body.arguments).await?.into()))
}

/// Marks a tool, as it is now: what calling it may do, and whether the Founder is asked before the company calls it.
#[utoipa::path(
    patch, path = "/api/v1/connections/{id}/tools/{name}", tag = "connections", params(ConnectionPath, ToolPath),
    request_body = ToolMarkBody,
    responses((status = 200, description = "The tool", body = ToolView)),
)]
pub(super) async fn mark_tool(
    api: Api,
    ConnectionPath(id): ConnectionPath,
    ToolPath(name): ToolPath,
    Body(body): Body<ToolMarkBody>,
) -> Result<Json<ToolView>, Problem> {
    Ok(Json(api.company.mark_tool(id, name, body.access, body.approval).await?.into()))
}

/// What a connection's server offers to be read.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}/resources", tag = "connections", params(ConnectionPath),
    responses((status = 200, description = "All of it", body = ResourceList)),
)]
pub(super) async fn list_resources(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<Json<ResourceList>, Problem> {
    Ok(Json(api.company.connection_resources(id).await?.into()))
}

/// The texts that a connection's server offers.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}/prompts", tag = "connections", params(ConnectionPath),
    responses((status = 200, description = "All of them", body = PromptList)),
)]
pub(super) async fn list_prompts(
    api: Api,
    ConnectionPath(id): ConnectionPath,
) -> Result<Json<PromptList>, Problem> {
    Ok(Json(api.company.connection_prompts(id).await?.into()))
}
