//! An answer, read to its end.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A complete answer; its assertions panic with the request and the body.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The parsed body; null when it is not JSON.
    pub body: Value,
    /// The body as text, with replacement characters where it is not UTF-8.
    pub text: String,
    /// The body as it came.
    pub bytes: Bytes,
    request: String,
}

impl Response {
    pub(super) fn new(request: String, status: u16, headers: HeaderMap, bytes: Bytes) -> Self {
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status, headers, body, text, bytes, request }
    }

    /// The value of a header, when it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a success.
    ///
    /// # Panics
    ///
    /// Panics when the status is not 2xx.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self}");
        self.body
    }

    /// The body of an answer with exactly this status.
    ///
    /// # Panics
    ///
    /// Panics on any other status.
    #[track_caller]
    pub fn with_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.body
    }

    /// The problem document of a refusal, after checking what every one of them has.
    ///
    /// # Panics
    ///
    /// Panics when the status, the content type, or the body's `status`, `code` or `type` is another.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self}");
        let content_type = self.header("content-type").unwrap_or_default();
        assert!(
            content_type.starts_with("application/problem+json"),
            "content type {content_type:?} of {self}"
        );
        assert_eq!(self.body["code"], code, "{self}");
        assert_eq!(self.body["status"], status, "{self}");
        assert_eq!(self.body["type"], format!("/problems/{code}"), "{self}");
        self.body
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {}: {}", self.request, self.status, self.text)
    }
}
