//! Frames to the client: whole, unmasked, as servers send them (RFC 6455, section 5.2).

use super::close::Close;
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PONG: u8 = 0xA;

/// A text frame of JSON that is there already.
pub(super) fn text(json: &[u8]) -> Bytes {
    frame(TEXT, json)
}

/// A text frame.
pub(super) fn json(value: &impl Serialize) -> Bytes {
    // Strings and numbers: this cannot fail.
    text(&serde_json::to_vec(value).unwrap_or_default())
}

/// The answer to a ping of the protocol, whose payload is at most 125 bytes.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, payload)
}

/// The last frame.
pub(super) fn close(close: Close) -> Bytes {
    let mut payload = Vec::with_capacity(2 + close.reason.len());
    payload.put_u16(close.code);
    payload.put_slice(close.reason.as_bytes());
    frame(CLOSE, &payload)
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(FINAL | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ 0..126), _) => frame.put_u8(len),
        (_, Ok(len)) => {
            frame.put_u8(126);
            frame.put_u16(len);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(payload.len() as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_one_three_or_nine_bytes() {
        assert_eq!(text(b"hi")[..], [0x81, 2, b'h', b'i']);
        assert_eq!(text(&[b'x'; 125])[..2], [0x81, 125]);
        assert_eq!(text(&[b'x'; 126])[..4], [0x81, 126, 0, 126]);
        assert_eq!(text(&[b'x'; 65535])[..4], [0x81, 126, 0xff, 0xff]);
        assert_eq!(text(&[b'x'; 65536])[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(close(Close::NORMAL)[..], [0x88, 2, 3, 0xe8]);
    }
}
