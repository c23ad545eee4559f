//! Server-sent events, split on bytes.

use std::collections::VecDeque;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::wait::DEADLINE;

/// One block of a server-sent stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The `event:` field.
    pub event: Option<String>,
    /// The `id:` field of this block itself.
    pub id: Option<String>,
    /// The `data:` lines, joined by line feeds.
    pub data: String,
    /// The text of the block's comment lines, joined by line feeds; `None` without one.
    pub comment: Option<String>,
}

impl SseEvent {
    /// The data as JSON.
    ///
    /// # Panics
    ///
    /// Panics when it is not.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The event's name, `message` when it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.event.as_deref().unwrap_or("message")
    }

    fn only_comments(&self) -> bool {
        self.event.is_none() && self.id.is_none() && self.data.is_empty()
    }
}

/// A server-sent stream being read; dropping it closes the connection.
#[derive(Debug)]
pub struct SseStream {
    request: String,
    answer: reqwest::Response,
    blocks: Blocks,
    ended: bool,
}

impl SseStream {
    pub(super) async fn new(request: String, answer: reqwest::Response) -> Self {
        let status = answer.status().as_u16();
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_stream = content_type.is_some_and(|kind| kind.starts_with("text/event-stream"));
        if status != 200 || !is_stream {
            let body = answer.text().await;
            panic!("{request} answered no stream but {status}: {body:?}");
        }
        Self { request, answer, blocks: Blocks::default(), ended: false }
    }

    /// The value of a header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    /// The next event, comments passed over; `None` once the stream has ended.
    ///
    /// # Panics
    ///
    /// Panics when none comes within [`DEADLINE`], and when the connection breaks.
    pub async fn next(&mut self) -> Option<SseEvent> {
        self.next_within(DEADLINE).await
    }

    /// As [`next`](Self::next), with a deadline of its own.
    pub async fn next_within(&mut self, deadline: Duration) -> Option<SseEvent> {
        self.find(deadline, |block| !block.only_comments()).await
    }

    /// The text of the next comment, events passed over, as keep-alive lines are.
    pub async fn next_comment(&mut self, deadline: Duration) -> Option<String> {
        self.find(deadline, |block| block.comment.is_some()).await.and_then(|block| block.comment)
    }

    /// Reads up to and with the first event of this name (`message` for those without).
    ///
    /// # Panics
    ///
    /// Panics when the stream ends before, or pauses for longer than [`DEADLINE`].
    pub async fn collect_until(&mut self, name: &str) -> Vec<SseEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
            if events.last().is_some_and(|event| event.name() == name) {
                return events;
            }
        }
        panic!("{} ended without the event {name:?} after {events:#?}", self.request)
    }

    /// Reads to the end of the stream.
    ///
    /// # Panics
    ///
    /// Panics when the stream pauses for longer than [`DEADLINE`].
    pub async fn collect(mut self) -> Vec<SseEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    async fn find(&mut self, deadline: Duration, wanted: impl Fn(&SseEvent) -> bool) -> Option<SseEvent> {
        let found = tokio::time::timeout(deadline, async {
            loop {
                match self.next_block().await {
                    Some(block) if wanted(&block) => return Some(block),
                    Some(_) => {}
                    None => return None,
                }
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("{} sent nothing of what is waited for within {deadline:?}", self.request),
        }
    }

    async fn next_block(&mut self) -> Option<SseEvent> {
        loop {
            if let Some(block) = self.blocks.pop() {
                return Some(block);
            }
            if self.ended {
                return None;
            }
            match self.answer.chunk().await {
                Ok(Some(chunk)) => self.blocks.push(&chunk),
                Ok(None) => self.ended = true,
                Err(error) => panic!("{} broke off: {error:?}", self.request),
            }
        }
    }
}

/// Bytes in, blocks out. As the standard says, an unfinished last block is dropped.
#[derive(Debug, Default)]
struct Blocks {
    line: Vec<u8>,
    after_carriage_return: bool,
    current: Option<SseEvent>,
    complete: VecDeque<SseEvent>,
}

impl Blocks {
    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let second_of_pair = byte == b'\n' && std::mem::take(&mut self.after_carriage_return);
            self.after_carriage_return = byte == b'\r';
            match byte {
                b'\n' if second_of_pair => {}
                b'\n' | b'\r' => self.end_line(),
                _ => self.line.push(byte),
            }
        }
    }

    fn pop(&mut self) -> Option<SseEvent> {
        self.complete.pop_front()
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).expect("a server-sent stream is UTF-8");
        if line.is_empty() {
            self.complete.extend(self.current.take().map(without_last_line_feed));
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        let block = self.current.get_or_insert_default();
        match field {
            "" => match &mut block.comment {
                Some(comment) => *comment = format!("{comment}\n{value}"),
                None => block.comment = Some(value.to_owned()),
            },
            "event" => block.event = Some(value.to_owned()),
            "id" => block.id = Some(value.to_owned()),
            "data" => {
                block.data.push_str(value);
                block.data.push('\n');
            }
            _ => {}
        }
    }
}

fn without_last_line_feed(mut block: SseEvent) -> SseEvent {
    block.data.pop();
    block
}

#[cfg(test)]
mod tests {
    use super::{Blocks, SseEvent};

    fn blocks(chunks: impl IntoIterator<Item = Vec<u8>>) -> Vec<SseEvent> {
        let mut blocks = Blocks::default();
        chunks.into_iter().for_each(|chunk| blocks.push(&chunk));
        blocks.complete.into()
    }

    #[test]
    fn blocks_are_the_same_however_the_bytes_are_cut() {
        let text = ": hi\r\n\r\nevent: delta\nid: 7\ndata: café\ndata:  x\n\ndata: unfinished\n";
        let bytewise = blocks(text.bytes().map(|byte| vec![byte]));
        assert_eq!(bytewise, blocks([text.as_bytes().to_vec()]));
        let delta = SseEvent {
            event: Some("delta".to_owned()),
            id: Some("7".to_owned()),
            data: "café\n x".to_owned(),
            comment: None,
        };
        assert_eq!(bytewise, [SseEvent { comment: Some("hi".to_owned()), ..SseEvent::default() }, delta]);
    }
}
