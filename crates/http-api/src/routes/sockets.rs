//! Where WebSockets are opened.

use crate::api::Api;
use crate::extract::{AgentPath, CouncilPath, DepartmentPath, FromQuery, Parameters, Query, SessionPath};
use crate::problem::Problem;
use crate::socket::{self, Opening};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use chat_service::Within;
use domain::{EntityType, EventFilter, Position};
use utoipa::IntoParams;

/// Where a socket resumes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Resume {
    /// The last position seen; without it the socket is live from now.
    #[param(value_type = Option<i64>, minimum = 0)]
    since: Option<Position>,
    /// The `epoch` of the log that `since` is of.
    epoch: Option<String>,
}

impl FromQuery for Resume {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { since: parameters.position("since")?, epoch: parameters.filled("epoch") })
    }
}

impl Resume {
    fn within(self, preset: EventFilter) -> Opening {
        Opening { preset, since: self.since, epoch: self.epoch, signals: false }
    }
}

/// A WebSocket for all events.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "events", params(Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    socket::open(api, request, payload, resume.within(EventFilter::default())).await
}

/// A WebSocket for all events.
#[utoipa::path(
    get, path = "/api/v1/ws/events", tag = "events", params(Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_events_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    socket::open(api, request, payload, resume.within(EventFilter::default())).await
}

/// A WebSocket for one session, with its signals: the text of its replies as it comes.
#[utoipa::path(
    get, path = "/api/v1/ws/chat/{session_id}", tag = "events", params(SessionPath, Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_chat_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    SessionPath(session): SessionPath,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    let session = api.chat.session(session, Within::Anywhere).await?;
    let preset = EventFilter { session_id: Some(session.id.to_string()), ..EventFilter::default() };
    socket::open(api, request, payload, Opening { signals: true, ..resume.within(preset) }).await
}

/// A WebSocket for one agent.
#[utoipa::path(
    get, path = "/api/v1/ws/agents/{slug}", tag = "events", params(AgentPath, Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_agent_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    AgentPath(agent): AgentPath,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    let agent = api.company.agent(agent).await?;
    let preset = EventFilter {
        entity_type: Some(EntityType::Agent),
        entity_id: Some(agent.slug.to_string()),
        ..EventFilter::default()
    };
    socket::open(api, request, payload, resume.within(preset)).await
}

/// A WebSocket for what a department's view shows: it, its agents, and their sessions.
#[utoipa::path(
    get, path = "/api/v1/ws/departments/{slug}", tag = "events", params(DepartmentPath, Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_department_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    DepartmentPath(department): DepartmentPath,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    let department = api.company.department(department).await?;
    let preset = EventFilter { department_id: Some(department.slug.to_string()), ..EventFilter::default() };
    socket::open(api, request, payload, resume.within(preset)).await
}

/// A WebSocket for one council: it, its members, and its debates.
#[utoipa::path(
    get, path = "/api/v1/ws/councils/{slug}", tag = "events", params(CouncilPath, Resume),
    responses((status = 101, description = "A WebSocket of JSON text frames; the first is `hello`")),
)]
pub(super) async fn open_council_socket(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    CouncilPath(council): CouncilPath,
    Query(resume): Query<Resume>,
) -> Result<HttpResponse, Problem> {
    let council = api.company.council(council).await?;
    let preset = EventFilter {
        entity_type: Some(EntityType::Council),
        entity_id: Some(council.slug.to_string()),
        ..EventFilter::default()
    };
    socket::open(api, request, payload, resume.within(preset)).await
}
