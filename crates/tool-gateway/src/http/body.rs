//! Bodies of bounded size.

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use sse_stream::{Sse, SseStream};
use std::io;

/// The whole body, or an error once it is longer than `limit`.
pub(super) async fn whole(mut response: reqwest::Response, limit: usize) -> io::Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(part) = response.chunk().await.map_err(broken)? {
        if body.len() + part.len() > limit {
            return Err(too_long(limit));
        }
        body.extend_from_slice(&part);
    }
    Ok(body.freeze())
}

/// The body as events, none longer than `limit`. How soon to come again is not for the server to say.
pub(super) fn events(
    response: reqwest::Response,
    limit: usize,
) -> BoxStream<'static, Result<Sse, sse_stream::Error>> {
    let mut length = Length::default();
    let bytes = response.bytes_stream().map(move |part| {
        let part = part.map_err(broken)?;
        if length.longest_after(&part) > limit { Err(too_long(limit)) } else { Ok(part) }
    });
    SseStream::from_bytes_stream(bytes).map_ok(|event| Sse { retry: None, ..event }).boxed()
}

/// How long the event is that is being read.
#[derive(Debug, Default)]
struct Length {
    bytes: usize,
    /// The line that is being read has no bytes yet.
    line_is_empty: bool,
}

impl Length {
    /// The length of the longest event that has bytes in this part.
    fn longest_after(&mut self, part: &[u8]) -> usize {
        let mut longest = 0;
        for byte in part {
            self.bytes += 1;
            longest = longest.max(self.bytes);
            match byte {
                b'\n' if self.line_is_empty => self.bytes = 0,
                b'\n' => self.line_is_empty = true,
                b'\r' => {}
                _ => self.line_is_empty = false,
            }
        }
        longest
    }
}

fn too_long(limit: usize) -> io::Error {
    io::Error::other(format!("it sent a message of more than {limit} bytes"))
}

fn broken(error: reqwest::Error) -> io::Error {
    io::Error::other(super::client::root(&error.without_url()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_length_is_counted_over_all_its_packets() {
        let mut length = Length::default();
        assert_eq!(length.longest_after(b"data: 12"), 8);
        assert_eq!(length.longest_after(b"34\r\n\r\ndata: 1\n\n"), 14);
        assert_eq!(length.longest_after(b"data"), 4);
    }
}
