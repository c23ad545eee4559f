//! Search over the whole history.

use crate::ChatError;
use crate::service::ChatService;
use domain::{Limit, Page, Position, SearchCursor};
use persistence::{SearchFilter, SearchHit, SearchQuery};

/// What is looked for, where, and which page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// What must be there, and what must not.
    pub query: SearchQuery,
    /// Where is searched.
    pub filter: SearchFilter,
    /// The `next` of the page before.
    pub after: Option<SearchCursor>,
    /// The most hits of the page.
    pub limit: Limit,
}

/// A page of hits.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// The hits, the most relevant and freshest first. It may hold fewer than the limit and still name a next page, when
    /// the filter leaves little of very many hits.
    pub page: Page<SearchHit, SearchCursor>,
    /// Nothing up to this position is missing.
    pub as_of: Position,
}

impl ChatService {
    /// Searches messages and titles. Sessions in the trash, replies that are still to come, failures and offline notices
    /// are not found. However much is searched, pages and turns wait for none of it.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for a time that ends before it begins; [`ChatError::Busy`] when too many search.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchPage, ChatError> {
        let SearchRequest { query, filter, after, limit } = request;
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && to < from
        {
            return Err(ChatError::Unprocessable { field: "to", detail: "is before from".to_owned() });
        }
        let as_of = self.inner.store.head();
        let find = move |tx: &mut persistence::ReadTx<'_>| {
            Ok::<_, ChatError>(tx.search().find(&query, &filter, after, limit)?)
        };
        let page = self.inner.store.search(find).await?;
        Ok(SearchPage { page, as_of })
    }
}
