//! A conversation as the body of an answer, given out in small pieces.

use super::close::Close;
use super::conversation::Conversation;
use super::frame;
use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// The most bytes given out at a time: the unit in which it is seen that a client reads.
const PIECE: usize = 4 * 1024;

/// The frames of a conversation.
pub(super) struct SocketBody {
    frames: Pin<Box<dyn Stream<Item = Bytes>>>,
    /// What is left of a frame.
    rest: Bytes,
    /// When the last piece was given out, while nobody has asked for another.
    given: Option<Instant>,
    stall: Duration,
    too_slow: bool,
    ended: bool,
}

impl SocketBody {
    pub(super) fn new(conversation: Conversation, stall: Duration) -> Self {
        // Boxed, since it is moved at each step and kept twice over.
        let frames = stream::unfold(Box::new(conversation), async |mut conversation| {
            let frame = conversation.next_frame().await?;
            Some((frame, conversation))
        });
        Self {
            frames: Box::pin(frames),
            rest: Bytes::new(),
            given: None,
            stall,
            too_slow: false,
            ended: false,
        }
    }

    fn give(&mut self) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.given = Some(Instant::now());
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(piece)))
    }

    /// The server asks again once bytes have gone out: if that took too long, nobody has read them.
    fn look_at_the_clock(&mut self) {
        self.too_slow |= self.given.take().is_some_and(|given| given.elapsed() >= self.stall);
    }

    /// Says goodbye, at the end of a frame.
    fn give_up(&mut self) {
        self.frames = Box::pin(stream::empty());
        self.ended = true;
        self.rest = frame::close(Close::TOO_SLOW);
    }
}

impl MessageBody for SocketBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        this.look_at_the_clock();
        if this.too_slow && !this.ended && this.rest.is_empty() {
            this.give_up();
        }
        if !this.rest.is_empty() {
            return this.give();
        }
        if this.ended {
            return Poll::Ready(None);
        }
        match this.frames.poll_next_unpin(cx) {
            Poll::Ready(Some(frame)) => {
                this.rest = frame;
                this.give()
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
