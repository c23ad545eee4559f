//! Messages to an endpoint, as bytes.

use super::body::{events, whole};
use super::client::{BOTH, Kind, kind, root};
use super::{Endpoint, builder};
use crate::Secret;
use crate::words::Words;
use bytes::Bytes;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

/// Messages that come back. An error is in words, and the last.
pub(crate) type Answers = BoxStream<'static, Result<Vec<u8>, String>>;

/// One endpoint, for messages that somebody else reads. An answer may take as long as it likes.
#[derive(Debug)]
pub(crate) struct Line {
    client: Client,
    endpoint: Endpoint,
    limit: usize,
    words: Words,
}

impl Line {
    pub(crate) fn new(url: &str, token: Option<&Secret>, limit: usize) -> Result<Self, String> {
        let bearer =
            |token: &Secret| ("Authorization".to_owned(), Secret::new(format!("Bearer {}", token.expose())));
        let headers: Vec<_> = token.map(bearer).into_iter().collect();
        let endpoint = Endpoint::new(url, &headers, true)?;
        let client = builder(&endpoint).build().map_err(|error| root(&error))?;
        Ok(Self { client, endpoint, limit, words: Words::hiding(token.into_iter()) })
    }

    /// Sends a message. What comes back are messages, each on one line, as they come.
    pub(crate) async fn carry(&self, message: Bytes) -> Result<Answers, String> {
        let url = self.endpoint.url();
        let request =
            self.client.post(url).header(CONTENT_TYPE, "application/json").header(ACCEPT, BOTH).body(message);
        let gone =
            |error: reqwest::Error| format!("no server answers at {url}: {}", root(&error.without_url()));
        let response = request.send().await.map_err(gone)?;
        let status = response.status();
        if status.is_success() && kind(&response) == Kind::Events {
            let told = events(response, self.limit).map_err(|error| error.to_string());
            let messages = told.try_filter_map(|event| {
                let data = event.data.filter(|data| !data.is_empty());
                ready(Ok(data.map(|data| data.replace(['\r', '\n'], " ").into_bytes())))
            });
            return Ok(messages.boxed());
        }
        let body = whole(response, self.limit).await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            let said = self.words.clean(&String::from_utf8_lossy(&body));
            return Err(format!("{url} answered {status}: {said}"));
        }
        // Between the tokens of JSON a line's end is a blank; inside of them there is none.
        let line: Vec<u8> =
            body.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect();
        let line = Some(line).filter(|line| !line.trim_ascii().is_empty());
        Ok(stream::iter(line.map(Ok)).boxed())
    }
}
