//! Lines into events, after the server-sent events format.

use crate::lines::{LineTooLong, Lines};

/// Cuts a body into the data of its events. Comments and the fields `event`, `id` and `retry` are skipped: on this wire
/// they mean nothing.
#[derive(Debug)]
pub(crate) struct Events {
    lines: Lines,
    data: Vec<u8>,
    /// Whether the event at hand has data, which may be empty.
    begun: bool,
    /// Whether `data` was given out and makes room for the next event.
    given: bool,
}

/// A body that is no stream of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotEvents {
    /// A line or an event is too long.
    #[error(transparent)]
    Line(#[from] LineTooLong),
    /// Too much data in one event.
    #[error("an event is longer than {} bytes", Events::LIMIT)]
    Event,
    /// A line that begins with no field of the format.
    #[error("a line is no field of an event")]
    Field,
}

impl Events {
    const LIMIT: usize = 1024 * 1024;

    pub(crate) fn new() -> Self {
        Self { lines: Lines::new(), data: Vec::new(), begun: false, given: false }
    }

    /// Takes the next bytes of the body. Events are to be read until there are no more before the next call.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The data of the next whole event, its lines joined by LF, or `None` until more bytes come.
    pub(crate) fn next_event(&mut self) -> Result<Option<&[u8]>, NotEvents> {
        if std::mem::take(&mut self.given) {
            self.data.clear();
        }
        while let Some(line) = self.lines.next_line()? {
            if !line.is_empty() {
                take_field(line, &mut self.data, &mut self.begun)?;
            } else if std::mem::take(&mut self.begun) {
                self.given = true;
                return Ok(Some(&self.data));
            }
        }
        Ok(None)
    }

    /// The event that the body's end cut off before its empty line, if any: it may be whole all the same.
    pub(crate) fn last_event(&mut self) -> Option<&[u8]> {
        if std::mem::take(&mut self.given) {
            self.data.clear();
        }
        if let Some(line) = self.lines.last_line() {
            take_field(line, &mut self.data, &mut self.begun).ok()?;
        }
        std::mem::take(&mut self.begun).then_some(&self.data)
    }
}

fn take_field(line: &[u8], data: &mut Vec<u8>, begun: &mut bool) -> Result<(), NotEvents> {
    let value = match split_field(line) {
        (b"data", value) => value,
        // llama.cpp names the field after what it holds; others write a bare error object into the stream.
        (b"error", value) => value,
        (b"" | b"event" | b"id" | b"retry", _) => return Ok(()),
        _ if line.starts_with(b"{") => line,
        _ => return Err(NotEvents::Field),
    };
    if data.len() + value.len() > Events::LIMIT {
        return Err(NotEvents::Event);
    }
    if std::mem::replace(begun, true) {
        data.push(b'\n');
    }
    data.extend_from_slice(value);
    Ok(())
}

/// The field's name, and its value without the one space that may stand before it. A comment's name is empty.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = line.splitn(2, |byte| *byte == b':');
    let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[&[u8]]) -> Result<Vec<String>, NotEvents> {
        let mut events = Events::new();
        let mut read = Vec::new();
        let text = |data: &[u8]| std::str::from_utf8(data).unwrap().to_owned();
        for part in parts {
            events.push(part);
            while let Some(data) = events.next_event()? {
                read.push(text(data));
            }
        }
        read.extend(events.last_event().map(text));
        Ok(read)
    }

    #[test]
    fn every_way_to_split_a_body_gives_the_same_events() {
        let body = ": hello\r\n\r\nevent: x\nid: 1\ndata: é漢\n\ndata:🦀\r\ndata:  two\r\ndata\r\n\r\n\n\nretry: 5\n\ndata: [DONE]";
        let expected = ["é漢", "🦀\n two\n", "[DONE]"];
        for split in 0..=body.len() {
            let (before, after) = body.as_bytes().split_at(split);
            assert_eq!(read(&[before, after]).unwrap(), expected, "split at {split}");
        }
    }

    #[test]
    fn an_error_outside_of_data_is_an_event_too() {
        assert_eq!(read(&[b"error: {\"message\":\"full\"}\n\n"]).unwrap(), ["{\"message\":\"full\"}"]);
        assert_eq!(read(&[b"{\"error\":\"full\"}\n"]).unwrap(), ["{\"error\":\"full\"}"]);
    }

    #[test]
    fn what_is_no_field_is_refused() {
        assert_eq!(read(&[b"<html>\n"]), Err(NotEvents::Field));
        assert_eq!(read(&[b"\x00\xff garbage\n"]), Err(NotEvents::Field));
    }

    #[test]
    fn an_event_without_end_is_refused_before_it_fills_the_memory() {
        let line = [b"data: ".as_slice(), &[b'x'; 1000], b"\n"].concat();
        let body = line.repeat(1100);
        assert_eq!(read(&[&body]), Err(NotEvents::Event));
    }
}
