//! Who asks what of whom.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, ensure};

use super::connection::{Connection, request};
use super::load::Client;

/// A session gets so many turns, so that histories stay short.
const TURNS: u32 = 10;
const TEXT: &str = "What did we decide about the budget of the next year, and who looks after it?";

/// Asks the measured server for turns, in a new session after every ten.
pub(super) struct Turns {
    connection: Connection,
    streamed: bool,
    session: Option<String>,
    asked: u32,
}

impl Turns {
    pub(super) fn new(address: SocketAddr, streamed: bool) -> Self {
        Self { connection: Connection::new(address), streamed, session: None, asked: 0 }
    }

    /// Sends a message and waits for the answer.
    pub(super) async fn say(&mut self, text: &str) -> anyhow::Result<Option<Instant>> {
        let session = self.session.as_ref().map(|id| format!(r#","session_id":"{id}""#)).unwrap_or_default();
        let stream = if self.streamed { r#","stream":true"# } else { "" };
        let body = format!(r#"{{"message":"{text}"{session}{stream}}}"#);
        let mark = self.streamed.then_some("event: delta");
        let turn = request("POST", "/api/v1/daena/chat", Some(&body));
        let answer = self.connection.send(&turn, mark).await?;
        let whole = if self.streamed { "event: done" } else { r#""status":"complete""# };
        ensure!(memchr::memmem::find(&answer.body, whole.as_bytes()).is_some(), "no complete reply");
        self.asked += 1;
        self.session = if self.asked.is_multiple_of(TURNS) {
            None
        } else {
            Some(answer.text("session_id").context("no session_id")?.to_owned())
        };
        Ok(answer.marked)
    }
}

impl Client for Turns {
    async fn ask(&mut self) -> anyhow::Result<Option<Instant>> {
        self.say(TEXT).await
    }
}

/// Sends the same request again and again.
pub(super) struct Repeat {
    connection: Connection,
    request: Vec<u8>,
    mark: Option<&'static str>,
}

impl Repeat {
    /// Asks the model server itself, as our server would.
    pub(super) fn model(address: SocketAddr) -> Self {
        let body = format!(
            r#"{{"model":"bench:latest","stream":true,"messages":[{{"role":"user","content":"{TEXT}"}}]}}"#
        );
        let request = request("POST", "/api/chat", Some(&body));
        Self { connection: Connection::new(address), request, mark: Some("token") }
    }

    /// Asks the floor for a plain or a streamed turn; it takes the text as it is.
    pub(super) fn floor(address: SocketAddr, streamed: bool) -> Self {
        let path = if streamed { "/stream" } else { "/turn" };
        let mark = streamed.then_some("token");
        Self { connection: Connection::new(address), request: request("POST", path, Some(TEXT)), mark }
    }
}

impl Client for Repeat {
    async fn ask(&mut self) -> anyhow::Result<Option<Instant>> {
        Ok(self.connection.send(&self.request, self.mark).await?.marked)
    }
}

/// Reads paths, one after the other, over and over.
pub(super) struct Reader {
    connection: Connection,
    requests: Vec<Vec<u8>>,
    next: usize,
}

impl Reader {
    /// `start`: where in the paths to begin, so that readers do not all read the same.
    pub(super) fn new(address: SocketAddr, paths: &[String], start: usize) -> Self {
        let requests = paths.iter().map(|path| request("GET", path, None)).collect();
        Self { connection: Connection::new(address), requests, next: start }
    }
}

impl Client for Reader {
    async fn ask(&mut self) -> anyhow::Result<Option<Instant>> {
        let request = self.requests.get(self.next % self.requests.len()).context("nothing to read")?;
        self.next += 1;
        self.connection.send(request, None).await?;
        Ok(None)
    }
}
