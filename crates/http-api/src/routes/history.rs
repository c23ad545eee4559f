//! The sessions from the archive's side.

use super::sessions::PageOfMessages;
use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{Categories, EditSession, MessageList, NewSessionBody, SessionListView, StatsView};
use crate::extract::{FromQuery, HistoryPath, Json as Body, Parameters, Query};
use crate::problem::Problem;
use chat_service::{SessionFilter, Within};
use domain::view::SessionView;
use domain::{Limit, ScopeType, SessionCategory, SessionCursor};
use utoipa::IntoParams;

/// Which sessions, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// In this drawer; `all` means any.
    #[param(value_type = Option<String>)]
    category: Option<SessionCategory>,
    /// With this kind of counterpart.
    #[param(value_type = Option<ScopeType>, inline)]
    scope_type: Option<ScopeType>,
    /// With this department, agent or council.
    scope_id: Option<String>,
    /// In this department's view.
    department_id: Option<String>,
    /// Pinned, or not.
    pinned: Option<bool>,
    /// Put away, or not.
    archived: Option<bool>,
    /// In the trash instead of outside.
    #[param(value_type = Option<bool>)]
    deleted: bool,
    /// With this text in the title.
    q: Option<String>,
    /// The most sessions of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SessionCursor>,
}

/// Whether a deletion is for good.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ForGood {
    /// Removes the session and its messages instead of putting them into the trash.
    #[param(value_type = Option<bool>, default = false)]
    permanent: bool,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let any = parameters.text("category") == Some("all");
        Ok(Self {
            category: if any { None } else { parameters.get("category")? },
            scope_type: parameters.get("scope_type")?,
            scope_id: parameters.filled("scope_id"),
            department_id: parameters.filled("department_id"),
            pinned: parameters.flag("pinned")?,
            archived: parameters.flag("archived")?,
            deleted: parameters.flag("deleted")?.unwrap_or(false),
            q: parameters.filled("q"),
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

impl FromQuery for ForGood {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { permanent: parameters.flag("permanent")?.unwrap_or(false) })
    }
}

/// Sessions of every kind.
#[utoipa::path(
    get, path = "/api/v1/chat-history/sessions", tag = "history", params(Wanted),
    responses((status = 200, description = "A page of sessions", body = SessionListView)),
)]
pub(super) async fn list_sessions(
    api: Api,
    Query(wanted): Query<Wanted>,
) -> Result<Json<SessionListView>, Problem> {
    let Wanted { category, scope_type, scope_id, department_id, pinned, archived, deleted, q, limit, cursor } =
        wanted;
    let filter =
        SessionFilter { category, scope_type, scope_id, department_id, pinned, archived, deleted, title: q };
    Ok(Json(api.chat.sessions(filter, cursor, limit).await?.into()))
}

/// Makes an empty session.
#[utoipa::path(
    post, path = "/api/v1/chat-history/sessions", tag = "history", request_body = NewSessionBody,
    responses((status = 201, description = "The session", body = SessionView)),
)]
pub(super) async fn create_session(
    api: Api,
    Body(body): Body<NewSessionBody>,
) -> Result<Created<SessionView>, Problem> {
    Ok(Created(api.chat.create_session(body.into()).await?.into()))
}

/// A session.
#[utoipa::path(
    get, path = "/api/v1/chat-history/sessions/{id}", tag = "history", params(HistoryPath),
    responses((status = 200, description = "The session", body = SessionView)),
)]
pub(super) async fn read_session(
    api: Api,
    HistoryPath(session): HistoryPath,
) -> Result<Json<SessionView>, Problem> {
    Ok(Json(api.chat.session(session, Within::Anywhere).await?.into()))
}

/// Changes a session by hand.
#[utoipa::path(
    patch, path = "/api/v1/chat-history/sessions/{id}", tag = "history", params(HistoryPath),
    request_body = EditSession,
    responses((status = 200, description = "The session", body = SessionView)),
)]
pub(super) async fn edit_session(
    api: Api,
    HistoryPath(session): HistoryPath,
    Body(body): Body<EditSession>,
) -> Result<Json<SessionView>, Problem> {
    Ok(Json(api.chat.edit_session(session, body.into()).await?.into()))
}

/// Puts a session into the trash, or removes it for good.
#[utoipa::path(
    delete, path = "/api/v1/chat-history/sessions/{id}", tag = "history", params(HistoryPath, ForGood),
    responses((status = 204, description = "It lies in the trash, or is gone")),
)]
pub(super) async fn delete_session(
    api: Api,
    HistoryPath(session): HistoryPath,
    Query(how): Query<ForGood>,
) -> Result<NoContent, Problem> {
    match how.permanent {
        true => api.chat.purge_session(session).await?,
        false => api.chat.delete_session(session, Within::Anywhere).await?,
    }
    Ok(NoContent)
}

/// Takes a session out of the trash.
#[utoipa::path(
    post, path = "/api/v1/chat-history/sessions/{id}/restore", tag = "history", params(HistoryPath),
    responses((status = 200, description = "The session", body = SessionView)),
)]
pub(super) async fn restore_session(
    api: Api,
    HistoryPath(session): HistoryPath,
) -> Result<Json<SessionView>, Problem> {
    Ok(Json(api.chat.restore_session(session).await?.into()))
}

/// A session's newest messages, or a page of older ones.
#[utoipa::path(
    get, path = "/api/v1/chat-history/sessions/{id}/messages", tag = "history",
    params(HistoryPath, PageOfMessages),
    responses((status = 200, description = "A page of messages", body = MessageList)),
)]
pub(super) async fn list_messages(
    api: Api,
    HistoryPath(session): HistoryPath,
    Query(page): Query<PageOfMessages>,
) -> Result<Json<MessageList>, Problem> {
    Ok(Json(api.chat.open_session(session, Within::Anywhere, page.before, page.limit).await?.into()))
}

/// The drawers, with how many sessions lie in each.
#[utoipa::path(
    get, path = "/api/v1/chat-history/categories", tag = "history",
    responses((status = 200, description = "All drawers", body = Categories)),
)]
pub(super) async fn list_categories(api: Api) -> Result<Json<Categories>, Problem> {
    let as_of = api.chat.store().head();
    let categories = api.chat.categories().await?.into_iter().map(Into::into).collect();
    Ok(Json(Categories { categories, next_cursor: None, as_of }))
}

/// Counts over the whole history.
#[utoipa::path(
    get, path = "/api/v1/chat-history/stats", tag = "history",
    responses((status = 200, description = "The counts", body = StatsView)),
)]
pub(super) async fn read_stats(api: Api) -> Result<Json<StatsView>, Problem> {
    Ok(Json(api.chat.stats().await?.into()))
}
