//! An HTTP client for tests: bound to one server, panicking with the answer in hand.

mod response;
mod sse;

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

pub use response::Response;
pub use sse::{SseEvent, SseStream};

/// How long an answer may take as a whole; a server-sent stream has no such limit.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// A client of one base URL. Paths are given in full, `/api/v1/…`; clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Http {
    /// A client that follows no redirect and uses no proxy, whatever the environment says.
    pub fn new(base: impl Into<String>) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client without certificates of its own can be built");
        Self { client, base: base.into().trim_end_matches('/').to_owned(), headers: Vec::new() }
    }

    /// The same client, sending this header with each request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same client, sending `Authorization: Bearer <token>`.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.request("POST", path).json(&body).send().await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Response {
        self.request("PUT", path).json(&body).send().await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Response {
        self.request("PATCH", path).json(&body).send().await
    }

    /// DELETE without a body.
    pub async fn delete(&self, path: &str) -> Response {
        self.request("DELETE", path).send().await
    }

    /// Opens a server-sent stream, with `Accept: text/event-stream` added; a null body means none.
    ///
    /// # Panics
    ///
    /// Panics when the answer is not 200 with `text/event-stream`; use [`request`](Self::request) to see a
    /// refusal.
    pub async fn sse(&self, method: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> SseStream {
        let request = self.request(method, path).header("accept", "text/event-stream");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = if body.is_null() { request } else { request.json(&body) };
        request.sse().await
    }

    /// A request to be completed with headers and a body.
    ///
    /// # Panics
    ///
    /// Panics when `method` is not a method.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let what = format!("{method} {path}");
        let method = Method::from_bytes(method.as_bytes()).expect("an HTTP method");
        let builder = self.client.request(method, format!("{}{path}", self.base));
        let builder = self.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
        Request { builder, what }
    }
}

/// A request under construction; made by [`Http::request`].
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    builder: reqwest::RequestBuilder,
    what: String,
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sets a JSON body and its content type.
    pub fn json(mut self, body: &Value) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    /// Sets the body to these bytes, without a content type.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.builder = self.builder.body(body.into());
        self
    }

    /// Sends it and reads the whole answer, whatever its status.
    ///
    /// # Panics
    ///
    /// Panics when there is no answer, or it is not complete after 60 s.
    pub async fn send(self) -> Response {
        let what = self.what.clone();
        self.try_send().await.unwrap_or_else(|error| panic!("{what} got no answer: {error:?}"))
    }

    /// As [`send`](Self::send), for when no answer is what the test expects.
    pub async fn try_send(self) -> Result<Response, reqwest::Error> {
        let answer = self.builder.timeout(ANSWER_DEADLINE).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Response::new(self.what, status, headers, answer.bytes().await?))
    }

    /// Sends it and returns the stream of events; see [`Http::sse`].
    pub async fn sse(self) -> SseStream {
        let what = self.what;
        let answer =
            self.builder.send().await.unwrap_or_else(|error| panic!("{what} got no answer: {error:?}"));
        SseStream::new(what, answer).await
    }
}
