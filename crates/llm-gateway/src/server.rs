//! The HTTP side that both wires share.

use crate::base_url::{BaseUrl, InvalidBaseUrl};
use crate::error::{Source, detail};
use crate::{GatewayError, Secret};
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How a model server is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// How long a connection may take to come about, name resolution included. 2 s.
    pub connect_timeout: Duration,
}

/// Why a provider could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base URL is none.
    #[error(transparent)]
    BaseUrl(#[from] InvalidBaseUrl),
    /// The key holds characters that no HTTP header may hold.
    #[error("the API key cannot be sent: it holds line breaks or other control characters")]
    Key,
    /// TLS could not be set up.
    #[error("cannot set up the HTTP client")]
    Client(#[source] Source),
}

/// A model server over HTTP.
#[derive(Debug)]
pub(crate) struct Server {
    client: Client,
    base: BaseUrl,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(2) }
    }
}

impl Server {
    /// The longest body of a small answer: the largest public catalogues have about a megabyte.
    const MAX_BODY: usize = 8 * 1024 * 1024;
    const MAX_ERROR_BODY: usize = 64 * 1024;
    /// Shorter than the shortest keep-alive of the known servers (uvicorn: 5 s), so that no question goes out on a
    /// connection that its server is about to close.
    const IDLE: Duration = Duration::from_secs(4);

    pub(crate) fn new(
        base: BaseUrl,
        settings: &ClientSettings,
        key: Option<&Secret>,
    ) -> Result<Self, SetupError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let bearer = format!("Bearer {}", key.expose());
            let mut value = HeaderValue::from_str(&bearer).map_err(|_| SetupError::Key)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = Client::builder()
            .default_headers(headers)
            .user_agent(concat!("daena/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(Self::IDLE)
            .pool_max_idle_per_host(64)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|error| SetupError::Client(error.into()))?;
        Ok(Self { client, base })
    }

    pub(crate) fn base_url(&self) -> &str {
        self.base.as_str()
    }

    /// Posts JSON about a model. The answer has status 2xx and is not HTML.
    pub(crate) async fn post(&self, url: &Url, model: &str, body: Vec<u8>) -> Result<Response, GatewayError> {
        self.send(self.client.post(url.clone()).header(CONTENT_TYPE, JSON).body(body), Some(model)).await
    }

    /// Has a model deleted.
    pub(crate) async fn delete(&self, url: &Url, model: &str, body: Vec<u8>) -> Result<(), GatewayError> {
        let request = self.client.delete(url.clone()).header(CONTENT_TYPE, JSON).body(body);
        self.send(request, Some(model)).await.map(drop)
    }

    /// Gets a JSON document.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, GatewayError> {
        self.json(self.send(self.client.get(url.clone()), None).await?).await
    }

    /// Reads an answer's whole body as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, GatewayError> {
        let body = match read(response, Self::MAX_BODY).await {
            Ok(Some(body)) => body,
            Ok(None) => return Err(self.protocol("the answer is too long", None)),
            Err(error) => return Err(self.disconnected(Some(error.without_url().into()))),
        };
        serde_json::from_slice(&body)
            .map_err(|error| self.protocol("the answer is not the expected JSON", Some(error.into())))
    }

    pub(crate) fn disconnected(&self, source: Option<Source>) -> GatewayError {
        GatewayError::Disconnected { base_url: self.base_url().to_owned(), source }
    }

    pub(crate) fn protocol(&self, found: &str, source: Option<Source>) -> GatewayError {
        GatewayError::Protocol { base_url: self.base_url().to_owned(), detail: detail(found), source }
    }

    async fn send(&self, request: RequestBuilder, model: Option<&str>) -> Result<Response, GatewayError> {
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                GatewayError::Unreachable {
                    base_url: self.base_url().to_owned(),
                    source: error.without_url().into(),
                }
            } else {
                self.disconnected(Some(error.without_url().into()))
            }
        })?;
        if !response.status().is_success() {
            return Err(self.refused(response, model).await);
        }
        if is_html(&response) {
            return Err(self.protocol("it answered with a page of HTML", None));
        }
        Ok(response)
    }

    async fn refused(&self, response: Response, model: Option<&str>) -> GatewayError {
        let (status, html) = (response.status(), is_html(&response));
        let body = read(response, Self::MAX_ERROR_BODY).await.ok().flatten().unwrap_or_default();
        let said = if html { "a page of HTML".to_owned() } else { error_text(&body) };
        match model {
            Some(model) if status == StatusCode::NOT_FOUND && names_no_model(&said) => {
                GatewayError::UnknownModel { base_url: self.base_url().to_owned(), model: detail(model) }
            }
            _ => GatewayError::Status {
                base_url: self.base_url().to_owned(),
                status: status.as_u16(),
                detail: said,
            },
        }
    }
}

/// What a server says in an error object, whatever its shape: `{"error": "…"}`, `{"error": {"message": "…"}}`,
/// `{"message": "…"}`, `{"detail": "…"}`, a bare string; otherwise the text itself.
pub(crate) fn error_text(body: &[u8]) -> String {
    fn words(value: &Value) -> Option<&str> {
        match value {
            Value::String(text) => Some(text),
            Value::Object(fields) => {
                ["error", "message", "detail"].iter().find_map(|name| words(fields.get(*name)?))
            }
            _ => None,
        }
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => words(&value).map_or_else(|| detail(&value.to_string()), detail),
        Err(_) => detail(&String::from_utf8_lossy(body)),
    }
}

fn names_no_model(said: &str) -> bool {
    let said = said.to_lowercase();
    said.contains("model")
        && ["not found", "not exist", "not available", "unknown"].iter().any(|what| said.contains(what))
}

fn is_html(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    content_type.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"text/html"))
}

/// The whole body, or `None` when it is longer than `limit`.
async fn read(mut response: Response, limit: usize) -> Result<Option<Bytes>, reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_in_every_shape() {
        for (body, text) in [
            (r#"{"error":"out of memory"}"#, "out of memory"),
            (r#"{"error":{"message":"no such key","code":401}}"#, "no such key"),
            (r#"{"object":"error","message":"too long"}"#, "too long"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (r#""plain""#, "plain"),
            (r#"{"error":{"code":7}}"#, r#"{"error":{"code":7}}"#),
            ("upstream\r\nfell over", "upstream  fell over"),
            ("", ""),
        ] {
            assert_eq!(error_text(body.as_bytes()), text);
        }
    }

    #[test]
    fn a_missing_model_is_told_from_a_missing_page() {
        assert!(names_no_model("model 'llama9' not found"));
        assert!(names_no_model(r#"model "llama9" not found, try pulling it first"#));
        assert!(names_no_model("The model `gpt-9` does not exist or you do not have access to it."));
        assert!(!names_no_model("404 page not found"));
    }

    #[test]
    fn a_key_that_is_no_header_is_refused_and_never_shown() {
        let server = |key| {
            Server::new(
                BaseUrl::parse("http://h").unwrap(),
                &ClientSettings::default(),
                Some(&Secret::trimmed(key)),
            )
        };
        assert!(matches!(server("top\nsecret"), Err(SetupError::Key)));
        let shown = format!("{:?}", server("top-secret\n").unwrap());
        assert!(!shown.contains("top-secret"), "{shown}");
    }
}
