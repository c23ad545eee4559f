//! A client's kept-alive connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::BytesMut;
use memchr::memmem;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::wire::{Length, Wire, answer_head};

/// No answer takes this long, but the ones of a model that hangs; those are let go before.
const DEADLINE: Duration = Duration::from_secs(60);

/// One connection, opened at the first request and again after a failure.
pub(super) struct Connection {
    address: SocketAddr,
    wire: Option<Wire>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: BytesMut,
    /// When the mark that was looked for had come.
    pub(super) marked: Option<Instant>,
}

impl Answer {
    /// The value of the first string field of this name, if it needs no unescaping.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let field = format!("\"{name}\":\"");
        let start = memmem::find(&self.body, field.as_bytes())? + field.len();
        let rest = self.body.get(start..)?;
        std::str::from_utf8(rest.get(..memchr::memchr(b'"', rest)?)?).ok()
    }
}

impl Connection {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, wire: None }
    }

    /// Sends a request as `request` made it and reads the whole answer. Any status but 2xx is an error.
    pub(super) async fn send(&mut self, request: &[u8], mark: Option<&str>) -> anyhow::Result<Answer> {
        let answer = timeout(DEADLINE, self.exchange(request, mark)).await.context("no answer in time");
        let answer = answer.and_then(|answer| answer);
        match answer {
            Ok(answer) if answer.status / 100 != 2 => {
                let start = answer.body.get(..answer.body.len().min(300)).unwrap_or_default();
                bail!("{}: {}", answer.status, String::from_utf8_lossy(start));
            }
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.wire = None;
                Err(error)
            }
        }
    }

    async fn exchange(&mut self, request: &[u8], mark: Option<&str>) -> anyhow::Result<Answer> {
        let kept = self.wire.take();
        let was_kept = kept.is_some();
        let mut wire = match kept {
            Some(wire) => wire,
            None => Wire::new(TcpStream::connect(self.address).await?)?,
        };
        let mut head = match wire.write(request).await {
            Ok(()) => wire.head().await?,
            Err(error) if !was_kept => return Err(error.into()),
            Err(_) => None,
        };
        if head.is_none() && was_kept {
            // an idle connection may be closed by the server at any time
            wire = Wire::new(TcpStream::connect(self.address).await?)?;
            wire.write(request).await?;
            head = wire.head().await?;
        }
        let (status, length) = answer_head(&head.context("closed without an answer")?)?;
        let answer = read_body(&mut wire, status, length, mark).await?;
        self.wire = Some(wire);
        Ok(answer)
    }
}

async fn read_body(
    wire: &mut Wire,
    status: u16,
    length: Length,
    mark: Option<&str>,
) -> anyhow::Result<Answer> {
    let mut answer = Answer { status, body: BytesMut::new(), marked: None };
    match length {
        Length::Known(length) => answer.body = wire.take(length).await?,
        Length::Chunked => {
            while let Some(chunk) = wire.chunk().await? {
                let marks = |mark: &str| memmem::find(&chunk, mark.as_bytes()).is_some();
                if answer.marked.is_none() && mark.is_some_and(marks) {
                    answer.marked = Some(Instant::now());
                }
                answer.body.unsplit(chunk);
            }
        }
    }
    Ok(answer)
}

/// The bytes of a request; a body is JSON.
pub(super) fn request(method: &str, path: &str, body: Option<&str>) -> Vec<u8> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    let Some(body) = body else { return format!("{head}\r\n").into_bytes() };
    let length = body.len();
    format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}
