//! The search index: what stands in it, and how it is asked.
//!
//! A text becomes words here, by one set of rules for the index, for queries and for snippets. The engine only keeps which
//! words stand where.

mod index;
mod matching;
mod query;
mod snippet;
mod words;

pub(crate) use index::{Backlog, Unindexed, catch_up, fill, is_found};
pub(crate) use matching::relevance;
pub(crate) use query::Marks;
pub use query::{InvalidQuery, SearchQuery};
pub(crate) use snippet::snippet;
