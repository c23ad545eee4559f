//! Search over the whole history.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::SearchPageView;
use crate::extract::{FromQuery, Parameters, Query};
use crate::problem::Problem;
use chat_service::{SearchFilter, SearchQuery, SearchRequest};
use domain::{Limit, Role, ScopeType, SearchCursor, Slug, Timestamp};
use utoipa::IntoParams;

/// What is looked for, and where.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Words that must all be there, in any script; `"a phrase"`; `begin*` for a beginning of two letters or more; `-word`
    /// for what must not be there. Anything else is plain text.
    #[param(value_type = String, min_length = 1, max_length = 500)]
    q: SearchQuery,
    /// In sessions with this kind of counterpart.
    #[param(value_type = Option<ScopeType>, inline)]
    scope_type: Option<ScopeType>,
    /// In sessions with this department, agent or council.
    #[param(value_type = Option<String>)]
    scope_id: Option<Slug>,
    /// In messages of this role; titles are not found then.
    #[param(value_type = Option<Role>, inline)]
    role: Option<Role>,
    /// In messages and sessions made at this time or later.
    from: Option<Timestamp>,
    /// In messages and sessions made before this time.
    to: Option<Timestamp>,
    /// The most hits of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SearchCursor>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self {
            q: parameters.get("q")?.ok_or_else(|| Problem::invalid("/q", "is missing"))?,
            scope_type: parameters.get("scope_type")?,
            scope_id: parameters.get("scope_id")?,
            role: parameters.get("role")?,
            from: parameters.get("from")?,
            to: parameters.get("to")?,
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

/// Searches messages and titles.
///
/// Sessions in the trash, replies that are still to come, failures and offline notices are not found.
#[utoipa::path(
    get, path = "/api/v1/chat-history/search", tag = "history", params(Wanted),
    responses((status = 200, description = "A page of hits", body = SearchPageView)),
)]
pub(super) async fn search_history(
    api: Api,
    Query(wanted): Query<Wanted>,
) -> Result<Json<SearchPageView>, Problem> {
    let Wanted { q, scope_type, scope_id, role, from, to, limit, cursor } = wanted;
    let filter = SearchFilter { scope_type, scope_id, role, from, to };
    let request = SearchRequest { query: q, filter, after: cursor, limit };
    Ok(Json(api.chat.search(request).await?.into()))
}
