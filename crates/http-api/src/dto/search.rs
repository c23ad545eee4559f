//! Pages of search hits.

use chat_service::{SearchHit, SearchPage};
use domain::Position;
use domain::view::SearchHitView;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of hits, the most relevant and freshest first.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchPage)]
pub(crate) struct SearchPageView {
    hits: Vec<SearchHitView>,
    /// The cursor of the next page. A page may hold fewer hits than its limit, even none, and still name a next one: of
    /// very many matches the filter left little.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<SearchPage> for SearchPageView {
    fn from(found: SearchPage) -> Self {
        Self {
            hits: found.page.items.into_iter().map(hit).collect(),
            next_cursor: found.page.next.map(|next| next.to_string()),
            as_of: found.as_of,
        }
    }
}

fn hit(hit: SearchHit) -> SearchHitView {
    let SearchHit { session, message, snippet } = hit;
    SearchHitView { session: session.into(), message: message.map(Into::into), snippet }
}
