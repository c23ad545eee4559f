//! A name for each request.

use actix_web::http::header::{HeaderMap, HeaderValue};
use domain::IdSource;

/// The most characters of a client's own id.
const LONGEST: usize = 128;

/// A request's id: the client's own when it is sane, else a fresh one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap, ids: &dyn IdSource) -> Self {
        let sane = |value: &&HeaderValue| {
            let bytes = value.as_bytes();
            (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
        };
        match headers.get("x-request-id").filter(sane) {
            Some(given) => Self(given.clone()),
            None => Self::fresh(ids),
        }
    }

    fn fresh(ids: &dyn IdSource) -> Self {
        let text = ids.next_id().to_string();
        // A UUID is made of visible characters: the other arm cannot be reached.
        Self(HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("-")))
    }

    pub(crate) const fn header(&self) -> &HeaderValue {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }
}
