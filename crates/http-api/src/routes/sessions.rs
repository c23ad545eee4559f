//! The sessions of one scope: Daena's office, a department's, an agent's.

use crate::answer::{Json, NoContent};
use crate::api::Api;
use crate::dto::{OpenedSessionView, SessionListView};
use crate::extract::{AgentPath, DepartmentPath, FromQuery, Parameters, Query, SessionPath};
use crate::problem::Problem;
use chat_service::{SessionFilter, Within};
use domain::{Limit, MessageCursor, ScopeType, SessionCategory, SessionCursor};
use utoipa::IntoParams;

/// A page of sessions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfSessions {
    /// The most sessions of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SessionCursor>,
}

/// The drawer of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Drawer {
    /// One drawer; `all`, the default, means every session.
    #[param(value_type = Option<String>, example = "executive")]
    category: Option<SessionCategory>,
}

/// A page of messages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfMessages {
    /// The most messages of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    pub(super) limit: Limit,
    /// Pages back: the `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) before: Option<MessageCursor>,
}

impl FromQuery for PageOfSessions {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

impl FromQuery for Drawer {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        if parameters.text("category") == Some("all") {
            return Ok(Self { category: None });
        }
        Ok(Self { category: parameters.get("category")? })
    }
}

impl FromQuery for PageOfMessages {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, before: parameters.get("before")? })
    }
}

/// Every session, as Daena's office sees them.
#[utoipa::path(
    get, path = "/api/v1/daena/chat/sessions", tag = "chat", params(Drawer, PageOfSessions),
    responses((status = 200, description = "A page of sessions", body = SessionListView)),
)]
pub(super) async fn list_daena_sessions(
    api: Api,
    Query(drawer): Query<Drawer>,
    Query(page): Query<PageOfSessions>,
) -> Result<Json<SessionListView>, Problem> {
    let filter = SessionFilter { category: drawer.category, ..SessionFilter::default() };
    Ok(Json(api.chat.sessions(filter, page.cursor, page.limit).await?.into()))
}

/// A session with its newest messages, or a page of older ones.
#[utoipa::path(
    get, path = "/api/v1/daena/chat/{session_id}", tag = "chat", params(SessionPath, PageOfMessages),
    responses((status = 200, description = "The session", body = OpenedSessionView)),
)]
pub(super) async fn open_daena_session(
    api: Api,
    SessionPath(session): SessionPath,
    Query(page): Query<PageOfMessages>,
) -> Result<Json<OpenedSessionView>, Problem> {
    Ok(Json(api.chat.open_session(session, Within::Anywhere, page.before, page.limit).await?.into()))
}

/// Puts a session into the trash.
#[utoipa::path(
    delete, path = "/api/v1/daena/chat/{session_id}", tag = "chat", params(SessionPath),
    responses((status = 204, description = "It lies in the trash")),
)]
pub(super) async fn delete_daena_session(
    api: Api,
    SessionPath(session): SessionPath,
) -> Result<NoContent, Problem> {
    api.chat.delete_session(session, Within::Anywhere).await?;
    Ok(NoContent)
}

/// A department's sessions, those of its agents included.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}/chat/sessions", tag = "chat",
    params(DepartmentPath, PageOfSessions),
    responses((status = 200, description = "A page of sessions", body = SessionListView)),
)]
pub(super) async fn list_department_sessions(
    api: Api,
    DepartmentPath(department): DepartmentPath,
    Query(page): Query<PageOfSessions>,
) -> Result<Json<SessionListView>, Problem> {
    let department = api.company.department(department).await?;
    let filter =
        SessionFilter { department_id: Some(department.slug.to_string()), ..SessionFilter::default() };
    Ok(Json(api.chat.sessions(filter, page.cursor, page.limit).await?.into()))
}

/// A session in a department's view, with its newest messages or a page of older ones.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}/chat/sessions/{session_id}", tag = "chat",
    params(DepartmentPath, SessionPath, PageOfMessages),
    responses((status = 200, description = "The session", body = OpenedSessionView)),
)]
pub(super) async fn open_department_session(
    api: Api,
    DepartmentPath(department): DepartmentPath,
    SessionPath(session): SessionPath,
    Query(page): Query<PageOfMessages>,
) -> Result<Json<OpenedSessionView>, Problem> {
    let within = Within::Department(department);
    Ok(Json(api.chat.open_session(session, within, page.before, page.limit).await?.into()))
}

/// Puts a session of a department's view into the trash.
#[utoipa::path(
    delete, path = "/api/v1/departments/{slug}/chat/sessions/{session_id}", tag = "chat",
    params(DepartmentPath, SessionPath),
    responses((status = 204, description = "It lies in the trash")),
)]
pub(super) async fn delete_department_session(
    api: Api,
    DepartmentPath(department): DepartmentPath,
    SessionPath(session): SessionPath,
) -> Result<NoContent, Problem> {
    api.chat.delete_session(session, Within::Department(department)).await?;
    Ok(NoContent)
}

/// An agent's sessions.
#[utoipa::path(
    get, path = "/api/v1/agents/{slug}/chat/sessions", tag = "chat", params(AgentPath, PageOfSessions),
    responses((status = 200, description = "A page of sessions", body = SessionListView)),
)]
pub(super) async fn list_agent_sessions(
    api: Api,
    AgentPath(agent): AgentPath,
    Query(page): Query<PageOfSessions>,
) -> Result<Json<SessionListView>, Problem> {
    let agent = api.company.agent(agent).await?;
    let filter = SessionFilter {
        scope_type: Some(ScopeType::Agent),
        scope_id: Some(agent.slug.to_string()),
        ..SessionFilter::default()
    };
    Ok(Json(api.chat.sessions(filter, page.cursor, page.limit).await?.into()))
}

/// A session with an agent, with its newest messages or a page of older ones.
#[utoipa::path(
    get, path = "/api/v1/agents/{slug}/chat/sessions/{session_id}", tag = "chat",
    params(AgentPath, SessionPath, PageOfMessages),
    responses((status = 200, description = "The session", body = OpenedSessionView)),
)]
pub(super) async fn open_agent_session(
    api: Api,
    AgentPath(agent): AgentPath,
    SessionPath(session): SessionPath,
    Query(page): Query<PageOfMessages>,
) -> Result<Json<OpenedSessionView>, Problem> {
    Ok(Json(api.chat.open_session(session, Within::Agent(agent), page.before, page.limit).await?.into()))
}

/// Puts a session with an agent into the trash.
#[utoipa::path(
    delete, path = "/api/v1/agents/{slug}/chat/sessions/{session_id}", tag = "chat",
    params(AgentPath, SessionPath),
    responses((status = 204, description = "It lies in the trash")),
)]
pub(super) async fn delete_agent_session(
    api: Api,
    AgentPath(agent): AgentPath,
    SessionPath(session): SessionPath,
) -> Result<NoContent, Problem> {
    api.chat.delete_session(session, Within::Agent(agent)).await?;
    Ok(NoContent)
}
