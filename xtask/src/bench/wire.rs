//! HTTP/1.1 on a connection, as little of it as both ends of the bench need: it shares the cores with what is measured.

use std::io;

use bytes::{Buf, BytesMut};
use memchr::{memchr, memmem};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More headers than this nobody sends here.
const MOST_HEADERS: usize = 32;

/// The least room there is to read into.
const ROOM: usize = 1024;

/// A connection and what was read from it and not used yet.
pub(super) struct Wire {
    stream: TcpStream,
    buffer: BytesMut,
}

/// How long the body after a head is.
#[derive(Clone, Copy)]
pub(super) enum Length {
    Known(usize),
    Chunked,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: BytesMut::with_capacity(4 * ROOM) })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Everything up to and with the blank line; `None` if the connection ended before its first byte.
    pub(super) async fn head(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                return Ok(Some(self.buffer.split_to(end + 4)));
            }
            let before = self.buffer.len();
            if let Err(error) = self.read_some().await {
                return if before == 0 { Ok(None) } else { Err(error) };
            }
        }
    }

    /// Exactly so many bytes.
    pub(super) async fn take(&mut self, length: usize) -> io::Result<BytesMut> {
        self.at_least(length).await?;
        Ok(self.buffer.split_to(length))
    }

    /// Reads until so many bytes are there, and shows them.
    pub(super) async fn at_least(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.buffer.len() < length {
            self.read_some().await?;
        }
        Ok(&self.buffer)
    }

    /// The next chunk of a chunked body; `None` after its last.
    pub(super) async fn chunk(&mut self) -> io::Result<Option<BytesMut>> {
        let end = loop {
            match memchr(b'\n', &self.buffer) {
                Some(end) => break end,
                None => self.read_some().await?,
            }
        };
        let line = self.buffer.split_to(end + 1);
        let size =
            std::str::from_utf8(&line).ok().and_then(|line| usize::from_str_radix(line.trim(), 16).ok());
        let size = size.ok_or_else(|| io::Error::other("a chunk without a size"))?;
        self.at_least(size + 2).await?;
        let chunk = self.buffer.split_to(size);
        self.buffer.advance(2);
        Ok((size > 0).then_some(chunk))
    }

    async fn read_some(&mut self) -> io::Result<()> {
        if self.buffer.capacity() - self.buffer.len() < ROOM {
            self.buffer.reserve(4 * ROOM);
        }
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The status of an answer and the length of its body.
pub(super) fn answer_head(head: &[u8]) -> io::Result<(u16, Length)> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    answer.parse(head).map_err(io::Error::other)?;
    let status = answer.code.unwrap_or_default();
    Ok((status, body_length(answer.headers)))
}

/// The path of a request and the length of its body.
pub(super) fn request_head(head: &[u8]) -> io::Result<(String, Length)> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).map_err(io::Error::other)?;
    Ok((request.path.unwrap_or_default().to_owned(), body_length(request.headers)))
}

fn body_length(headers: &[httparse::Header<'_>]) -> Length {
    let value = |name: &str| {
        let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    };
    if value("transfer-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked")) {
        return Length::Chunked;
    }
    Length::Known(value("content-length").and_then(|length| length.trim().parse().ok()).unwrap_or(0))
}
