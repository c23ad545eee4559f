//! Bytes into lines.

use bytes::{Buf, BytesMut};

/// Cuts a body into lines as its bytes arrive. Lines end with LF or CR LF; nothing is decoded here, so that a character
/// whose bytes come in two packets is whole again before anybody reads it. Holds at most one unfinished line.
#[derive(Debug)]
pub(crate) struct Lines {
    buffer: BytesMut,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line end was found.
    searched: usize,
    limit: usize,
}

/// A line that is longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {limit} bytes")]
pub(crate) struct LineTooLong {
    limit: usize,
}

impl Lines {
    /// The longest line of a model server: far above any token, far below what hurts.
    const LIMIT: usize = 1024 * 1024;

    pub(crate) fn new() -> Self {
        Self::with_limit(Self::LIMIT)
    }

    fn with_limit(limit: usize) -> Self {
        Self { buffer: BytesMut::new(), start: 0, searched: 0, limit }
    }

    /// Takes the next bytes of the body. Lines are to be read until there are no more before the next call.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.advance(self.start);
        self.searched -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line without its end, or `None` until more bytes come.
    pub(crate) fn next_line(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        let unread = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(length) = unread.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.buffer.len() - self.start > self.limit { Err(self.too_long()) } else { Ok(None) };
        };
        let (start, end) = (self.start, self.searched + length);
        if end - start > self.limit {
            return Err(self.too_long());
        }
        (self.start, self.searched) = (end + 1, end + 1);
        Ok(Some(without_cr(self.buffer.get(start..end).unwrap_or_default())))
    }

    /// What stands after the last line end, once the body has ended; `None` when there is nothing.
    pub(crate) fn last_line(&mut self) -> Option<&[u8]> {
        let start = std::mem::replace(&mut self.start, self.buffer.len());
        self.searched = self.start;
        let rest = without_cr(self.buffer.get(start..).unwrap_or_default());
        (!rest.is_empty()).then_some(rest)
    }

    const fn too_long(&self) -> LineTooLong {
        LineTooLong { limit: self.limit }
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "{\"a\":\"é\"}\r\n\n漢字 🦀\n\r\nlast 👩‍🚀";

    fn read(parts: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::new();
        let mut read = Vec::new();
        let whole = |line: &[u8]| std::str::from_utf8(line).unwrap().to_owned();
        for part in parts {
            lines.push(part);
            while let Some(line) = lines.next_line().unwrap() {
                read.push(whole(line));
            }
        }
        read.extend(lines.last_line().map(whole));
        assert_eq!(lines.last_line(), None);
        read
    }

    #[test]
    fn every_way_to_split_a_body_gives_the_same_lines() {
        let body = BODY.as_bytes();
        let expected = ["{\"a\":\"é\"}", "", "漢字 🦀", "", "last 👩‍🚀"];
        assert_eq!(read(&[body]), expected);
        for first in 0..=body.len() {
            for second in first..=body.len() {
                assert_eq!(read(&[&body[..first], &body[first..second], &body[second..]]), expected);
            }
        }
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(read(&bytes), expected);
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut lines = Lines::with_limit(8);
        lines.push(b"12345678\n1234");
        assert_eq!(lines.next_line(), Ok(Some(&b"12345678"[..])));
        assert_eq!(lines.next_line(), Ok(None));
        lines.push(b"56789");
        assert_eq!(lines.next_line(), Err(LineTooLong { limit: 8 }));

        let mut lines = Lines::with_limit(8);
        lines.push(b"123456789\n");
        assert_eq!(lines.next_line(), Err(LineTooLong { limit: 8 }));
    }

    #[test]
    fn a_body_that_ends_with_a_line_end_has_no_last_line() {
        let mut lines = Lines::new();
        lines.push(b"one\n");
        assert_eq!(lines.next_line(), Ok(Some(&b"one"[..])));
        assert_eq!(lines.next_line(), Ok(None));
        assert_eq!(lines.last_line(), None);
    }
}
