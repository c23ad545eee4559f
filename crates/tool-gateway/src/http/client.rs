//! The HTTP side of the protocol's transport.

use super::address::is_public;
use super::body::{events, whole};
use super::resolver::{PrivateAddress, PublicOnly};
use crate::session::Signs;
use crate::words::Words;
use crate::{GatewaySettings, Secret};
use futures_util::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, Url, redirect};
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::http_header::{HEADER_LAST_EVENT_ID, HEADER_SESSION_ID};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::{Error as SseError, Sse};
use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub(super) const BOTH: &str = "application/json, text/event-stream";
const MAX_ERROR_BODY: usize = 64 * 1024;
const MAX_REDIRECTS: usize = 3;
/// How long a TCP and TLS connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Where a server is.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    url: Url,
    headers: HeaderMap,
    allow_private: bool,
}

/// Speaks to one endpoint. Bodies are bounded, nothing is redirected to another host, and where that is not allowed nobody
/// at a private address is spoken to.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: Client,
    limit: usize,
    answer_within: Duration,
    words: Words,
    signs: Arc<Signs>,
}

/// What went wrong, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HttpFault(String);

type Failed = StreamableHttpError<HttpFault>;

impl Endpoint {
    /// Reads a server's URL and headers.
    pub(crate) fn new(url: &str, headers: &[(String, Secret)], allow_private: bool) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("its URL is none: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("its URL is neither http nor https".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("its URL holds credentials: give them as a header".to_owned());
        }
        let address = match url.host() {
            Some(host) => host.to_string().trim_matches(['[', ']']).parse().ok(),
            None => return Err("its URL names no host".to_owned()),
        };
        if !allow_private && address.is_some_and(|address| !is_public(address)) {
            let name = url.host_str().unwrap_or_default().to_owned();
            return Err(PrivateAddress { name }.to_string());
        }
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            let bad = || format!("the header {name:?} cannot be sent");
            let key = HeaderName::try_from(name).map_err(|_| bad())?;
            let mut value = HeaderValue::try_from(value.expose()).map_err(|_| bad())?;
            value.set_sensitive(true);
            sent.append(key, value);
        }
        Ok(Self { url, headers: sent, allow_private })
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }
}

impl HttpClient {
    pub(crate) fn new(
        endpoint: &Endpoint,
        settings: &GatewaySettings,
        answer_within: Duration,
        (words, signs): (Words, Arc<Signs>),
    ) -> Result<Self, String> {
        let client =
            builder(endpoint).build().map_err(|error| format!("cannot set up HTTP: {}", root(&error)))?;
        Ok(Self { client, limit: settings.message_limit, answer_within, words, signs })
    }

    fn fault(&self, fault: String) -> Failed {
        self.signs.blame(fault.clone());
        StreamableHttpError::Client(HttpFault(fault))
    }

    /// Sends a request and refuses an answer that is an error's, or of a kind that is not asked for.
    async fn send(
        &self,
        request: RequestBuilder,
        session: Option<&str>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Response, Failed> {
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = match session {
            Some(session) => request.header(HEADER_SESSION_ID, session),
            None => request,
        };
        let answer = tokio::time::timeout(self.answer_within, request.send()).await;
        let response = answer
            .map_err(|_| self.fault("it does not answer".to_owned()))?
            .map_err(|error| self.fault(format!("cannot reach it: {}", root(&error.without_url()))))?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND && session.is_some() {
            return Err(StreamableHttpError::SessionExpired);
        }
        if status.is_redirection() {
            return Err(self.fault("it redirects to another host, which is not followed".to_owned()));
        }
        if status.is_success() {
            return Ok(response);
        }
        let body = tokio::time::timeout(self.answer_within, whole(response, MAX_ERROR_BODY)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let said = self.words.clean(&String::from_utf8_lossy(&body));
        Err(self.fault(format!("it answered {status}: {said}")))
    }
}

impl StreamableHttpClient for HttpClient {
    type Error = HttpFault;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let request = self.client.post(uri.as_ref()).header(ACCEPT, BOTH).json(&message);
        let response = self.send(request, session_id.as_deref(), custom_headers).await?;
        let asked = matches!(message, JsonRpcMessage::Request(_));
        if !asked || matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let session =
            response.headers().get(HEADER_SESSION_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
        match kind(&response) {
            Kind::Events => Ok(StreamableHttpPostResponse::Sse(events(response, self.limit), session)),
            Kind::Json => {
                let body = tokio::time::timeout(self.answer_within, whole(response, self.limit)).await;
                let body = body
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                    .map_err(|error| self.fault(error.to_string()))?;
                let answer: ServerJsonRpcMessage = serde_json::from_slice(&body)
                    .map_err(|_| self.fault("its answer is no message of the protocol".to_owned()))?;
                Ok(StreamableHttpPostResponse::Json(answer, session))
            }
            Kind::Other => Err(self.fault("it answers with neither JSON nor events".to_owned())),
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        // Servers may refuse this; the session ends by itself then.
        self.send(self.client.delete(uri.as_ref()), Some(&session_id), custom_headers).await.map(drop)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        let mut request = self.client.get(uri.as_ref()).header(ACCEPT, "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header(HEADER_LAST_EVENT_ID, id);
        }
        let response = self.send(request, session_id.as_deref(), custom_headers).await;
        match response {
            Ok(response) if kind(&response) == Kind::Events => Ok(events(response, self.limit)),
            // The standing stream is a server's choice; without it there is nothing to come again for.
            Ok(_) | Err(StreamableHttpError::Client(_)) => Err(StreamableHttpError::ServerDoesNotSupportSse),
            Err(error) => Err(error),
        }
    }
}

/// A client for this endpoint alone.
pub(super) fn builder(endpoint: &Endpoint) -> ClientBuilder {
    let builder = Client::builder()
        .default_headers(endpoint.headers.clone())
        .user_agent(concat!("daena/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(same_origin())
        .no_proxy()
        .tcp_nodelay(true);
    if endpoint.allow_private { builder } else { builder.dns_resolver(Arc::new(PublicOnly)) }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Events,
    Other,
}

pub(super) fn kind(response: &Response) -> Kind {
    let told = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let is =
        |kind: &str| told.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()));
    if is("application/json") {
        Kind::Json
    } else if is("text/event-stream") {
        Kind::Events
    } else {
        Kind::Other
    }
}

/// Follows a redirect within the same scheme, host and port alone: elsewhere the headers have no business.
fn same_origin() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let near = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if near && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

/// The cause at the bottom of an error.
pub(super) fn root(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
