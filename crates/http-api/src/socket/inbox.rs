//! Frames from the client, put together from what its connection brings.

use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio_util::codec::Decoder;

/// The most bytes of a message, in one frame or several.
const LIMIT: usize = 64 * 1024;

/// What a client sends.
pub(super) struct Inbox {
    payload: Payload,
    codec: Codec,
    /// Bytes that are no whole frame yet.
    bytes: BytesMut,
    /// The message that comes in several frames: whether it is text, and what is there of it.
    parts: Option<(bool, BytesMut)>,
}

/// What was heard.
pub(super) enum Heard {
    Text(String),
    Binary,
    Ping(Bytes),
    Pong,
    Close,
    /// A message above the limit.
    TooBig,
    /// What is no WebSocket.
    Nonsense,
    /// The connection ended.
    Nothing,
}

impl Inbox {
    pub(super) fn new(payload: Payload) -> Self {
        Self { payload, codec: Codec::new().max_size(LIMIT), bytes: BytesMut::new(), parts: None }
    }

    /// The next message; waits for one. Cancel-safe.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            match self.codec.decode(&mut self.bytes) {
                Ok(Some(frame)) => match self.heard(frame) {
                    Some(heard) => return heard,
                    None => continue,
                },
                Ok(None) => {}
                Err(ProtocolError::Overflow) => return Heard::TooBig,
                Err(_) => return Heard::Nonsense,
            }
            if self.bytes.is_empty() {
                // An idle socket keeps no buffer.
                self.bytes = BytesMut::new();
            }
            match self.payload.next().await {
                Some(Ok(more)) => self.bytes.extend_from_slice(&more),
                Some(Err(_)) | None => return Heard::Nothing,
            }
        }
    }

    fn heard(&mut self, frame: Frame) -> Option<Heard> {
        match frame {
            Frame::Text(text) => Some(whole(true, &text)),
            Frame::Binary(_) => Some(Heard::Binary),
            Frame::Ping(payload) => Some(Heard::Ping(payload)),
            Frame::Pong(_) => Some(Heard::Pong),
            Frame::Close(_) => Some(Heard::Close),
            Frame::Continuation(Item::FirstText(part)) => self.part(true, &part),
            Frame::Continuation(Item::FirstBinary(part)) => self.part(false, &part),
            Frame::Continuation(Item::Continue(part)) => self.part(false, &part),
            Frame::Continuation(Item::Last(part)) => {
                let too_big = self.part(false, &part);
                let (is_text, message) = self.parts.take().unwrap_or_default();
                too_big.or_else(|| Some(whole(is_text, &message)))
            }
        }
    }

    /// Adds a part; `is_text` is the first one's to say.
    fn part(&mut self, is_text: bool, part: &[u8]) -> Option<Heard> {
        let (_, message) = self.parts.get_or_insert_with(|| (is_text, BytesMut::new()));
        message.extend_from_slice(part);
        (message.len() > LIMIT).then_some(Heard::TooBig)
    }
}

fn whole(is_text: bool, message: &[u8]) -> Heard {
    match std::str::from_utf8(message) {
        _ if !is_text => Heard::Binary,
        Ok(text) => Heard::Text(text.to_owned()),
        Err(_) => Heard::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_http::ws::Message;
    use actix_web::FromRequest;
    use actix_web::test::TestRequest;
    use tokio_util::codec::Encoder;

    async fn heard(messages: Vec<Message>) -> Vec<Heard> {
        let (mut bytes, mut client) = (BytesMut::new(), Codec::new().client_mode());
        messages.into_iter().for_each(|message| client.encode(message, &mut bytes).unwrap());
        let (request, mut payload) = TestRequest::default().set_payload(bytes).to_http_parts();
        let mut inbox = Inbox::new(Payload::from_request(&request, &mut payload).await.unwrap());
        let mut heard = Vec::new();
        loop {
            heard.push(inbox.next().await);
            if matches!(heard.last(), Some(Heard::Nothing | Heard::TooBig | Heard::Nonsense)) {
                return heard;
            }
        }
    }

    #[tokio::test]
    async fn a_message_in_several_frames_is_heard_as_one() {
        let part = |text: &'static str| Bytes::from_static(text.as_bytes());
        let heard = heard(vec![
            Message::Continuation(Item::FirstText(part("one "))),
            Message::Ping(part("between")),
            Message::Continuation(Item::Continue(part("two "))),
            Message::Continuation(Item::Last(part("three"))),
            Message::Text("four".into()),
        ])
        .await;
        let [Heard::Ping(_), Heard::Text(one), Heard::Text(two), Heard::Nothing] = &heard[..] else {
            panic!("{} heard", heard.len())
        };
        assert_eq!((one.as_str(), two.as_str()), ("one two three", "four"));
    }

    #[tokio::test]
    async fn the_parts_of_a_message_are_limited_together() {
        let part = || Bytes::from(vec![b'x'; LIMIT / 2 + 1]);
        let parts = vec![
            Message::Continuation(Item::FirstText(part())),
            Message::Continuation(Item::Continue(part())),
        ];
        assert!(matches!(heard(parts).await[..], [Heard::TooBig]));
        let whole = vec![Message::Binary(vec![0; LIMIT].into()), Message::Binary(vec![0; LIMIT + 1].into())];
        assert!(matches!(heard(whole).await[..], [Heard::Binary, Heard::TooBig]));
    }
}
