//! A body of bytes into the chunks of an answer.

use crate::error::Source;
use crate::{Chunk, GatewayError, ToolCallDelta};
use bytes::Bytes;
use futures_util::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// One wire's way to read a body.
pub(crate) trait Decode: Send + Unpin + 'static {
    /// Takes the next bytes. Gives the final [`Chunk::Done`] once its record has come; nothing is fed after that.
    fn feed(&mut self, bytes: &[u8], heard: &mut Heard) -> Result<Option<Chunk>, GatewayError>;

    /// The body has ended, well or with an error. Gives [`Chunk::Done`] if the answer is whole all the same.
    fn end(&mut self, heard: &mut Heard, cause: Option<Source>) -> Result<Chunk, GatewayError>;
}

/// What was decoded and not passed on yet.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The text.
    pub(crate) text: String,
    /// Calls, which are passed on behind the text.
    pub(crate) calls: Vec<ToolCallDelta>,
    /// Whether the answer was cut off.
    pub(crate) cut_off: bool,
    /// Whether the model showed life without saying anything, as one does that thinks.
    pub(crate) alive: bool,
}

/// The stream of chunks. Everything that has arrived is joined into one text: servers send each token in an HTTP chunk of
/// its own, and hyper's connection task hands them over one by one, so with a text in hand this lets that task run once
/// more before passing it on. On an idle machine that costs microseconds; on a busy one, answers travel in fewer, larger
/// pieces. After the final record it reads on to the end of the body, so that the connection can serve the next question.
pub(crate) struct Answer<B, D> {
    /// Taken away once there is nothing more to read; that closes the connection unless the body was read to its end.
    body: Option<B>,
    decoder: D,
    heard: Heard,
    /// What follows the text heard.
    last: Option<Result<Chunk, GatewayError>>,
    whole: bool,
    /// Whether bytes have come since the connection task was last let run.
    fresh: bool,
    /// How often it was let run for the text in hand.
    rounds: u8,
}

impl<B, D> Answer<B, D>
where
    B: Stream<Item = Result<Bytes, reqwest::Error>> + Unpin,
    D: Decode,
{
    /// Text that is passed on without asking whether more has come.
    const ENOUGH: usize = 16 * 1024;
    /// How often a text waits for more that may be there already.
    const ROUNDS: u8 = 64;

    pub(crate) fn new(body: B, decoder: D) -> Self {
        Self {
            body: Some(body),
            decoder,
            heard: Heard::default(),
            last: None,
            whole: false,
            fresh: false,
            rounds: 0,
        }
    }

    /// Reads what is there, until it is enough or the end.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.last.is_none() && self.heard.text.len() < Self::ENOUGH {
            let Some(body) = &mut self.body else { break };
            let cause = match ready!(Pin::new(body).poll_next(cx)) {
                Some(Ok(bytes)) => {
                    self.fresh = true;
                    self.last = self.decoder.feed(&bytes, &mut self.heard).transpose();
                    self.whole = matches!(self.last, Some(Ok(_)));
                    if matches!(self.last, Some(Err(_))) {
                        self.body = None;
                    }
                    continue;
                }
                Some(Err(error)) => Some(error.without_url().into()),
                None => None,
            };
            self.body = None;
            self.last = Some(self.decoder.end(&mut self.heard, cause));
        }
        Poll::Ready(())
    }

    /// Whether to let the connection task run before the text in hand is passed on: yes, as long as that brings more.
    fn may_be_followed(&mut self) -> bool {
        self.rounds += 1;
        std::mem::take(&mut self.fresh) && self.rounds <= Self::ROUNDS
    }

    /// After the final record: reads to the end of the body. Whoever still talks is hung up on.
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(body) = &mut self.body {
            match ready!(Pin::new(body).poll_next(cx)) {
                Some(Ok(bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                _ => self.body = None,
            }
        }
        Poll::Ready(())
    }
}

impl<B, D> Stream for Answer<B, D>
where
    B: Stream<Item = Result<Bytes, reqwest::Error>> + Unpin,
    D: Decode,
{
    type Item = Result<Chunk, GatewayError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.whole && this.last.is_none() {
            ready!(this.drain(cx));
            return Poll::Ready(None);
        }
        let read = this.read(cx);
        if read.is_pending() && !this.heard.text.is_empty() && this.may_be_followed() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let alive = std::mem::take(&mut this.heard.alive);
        if !this.heard.text.is_empty() {
            this.rounds = 0;
            return Poll::Ready(Some(Ok(Chunk::Text(std::mem::take(&mut this.heard.text)))));
        }
        if !this.heard.calls.is_empty() {
            return Poll::Ready(Some(Ok(Chunk::Calls(std::mem::take(&mut this.heard.calls)))));
        }
        if this.last.is_some() && std::mem::take(&mut this.heard.cut_off) {
            return Poll::Ready(Some(Ok(Chunk::CutOff)));
        }
        match this.last.take() {
            Some(last) => Poll::Ready(Some(last)),
            None if alive => Poll::Ready(Some(Ok(Chunk::Text(String::new())))),
            None => read.map(|()| None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use futures_util::stream;

    /// Every byte is text, `!` is the final record.
    struct Letters;

    impl Decode for Letters {
        fn feed(&mut self, bytes: &[u8], heard: &mut Heard) -> Result<Option<Chunk>, GatewayError> {
            for byte in bytes {
                match byte {
                    b'!' => return Ok(Some(done())),
                    b'?' => return Err(GatewayError::Busy),
                    b'.' => heard.alive = true,
                    letter => heard.text.push(char::from(*letter)),
                }
            }
            Ok(None)
        }

        fn end(&mut self, _: &mut Heard, source: Option<Source>) -> Result<Chunk, GatewayError> {
            Err(GatewayError::Disconnected { base_url: String::new(), source })
        }
    }

    fn done() -> Chunk {
        Chunk::Done { usage: None, model: String::new() }
    }

    fn text(text: &str) -> Chunk {
        Chunk::Text(text.into())
    }

    async fn chunks(parts: &'static [&'static str]) -> (Vec<Chunk>, Option<GatewayError>) {
        let body = stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))));
        let mut answer = Answer::new(body, Letters);
        let mut read = Vec::new();
        while let Some(item) = answer.next().await {
            match item {
                Ok(chunk) => read.push(chunk),
                Err(error) => {
                    assert!(answer.next().await.is_none());
                    return (read, Some(error));
                }
            }
        }
        assert!(answer.next().await.is_none());
        (read, None)
    }

    #[tokio::test]
    async fn what_has_arrived_is_one_text_and_the_end_follows_it() {
        assert!(
            matches!(chunks(&["ab", "c", "d!", "\r\n"]).await, (read, None) if read == [text("abcd"), done()])
        );
    }

    #[tokio::test]
    async fn text_before_an_error_is_not_lost() {
        let (read, error) = chunks(&["ab", "c?"]).await;
        assert_eq!(read, [text("abc")]);
        assert!(matches!(error, Some(GatewayError::Busy)));
    }

    #[tokio::test]
    async fn an_answer_without_its_final_record_is_a_failure() {
        let (read, error) = chunks(&["ab"]).await;
        assert_eq!(read, [text("ab")]);
        assert!(matches!(error, Some(GatewayError::Disconnected { .. })));
        assert!(
            matches!(chunks(&[]).await, (read, Some(GatewayError::Disconnected { .. })) if read.is_empty())
        );
    }

    #[tokio::test]
    async fn a_sign_of_life_is_an_empty_text() {
        let body = stream::iter([Ok(Bytes::from_static(b"."))]).chain(stream::pending());
        let mut answer = Answer::new(body, Letters);
        assert_eq!(answer.next().await.unwrap().unwrap(), text(""));
        assert!(futures_util::poll!(answer.next()).is_pending());
    }

    #[tokio::test]
    async fn a_server_that_talks_on_after_the_end_is_hung_up_on() {
        let body = stream::iter([Ok(Bytes::from_static(b"!"))])
            .chain(stream::repeat_with(|| Ok(Bytes::from_static(b"more"))));
        let mut answer = Answer::new(body, Letters);
        assert_eq!(answer.next().await.unwrap().unwrap(), done());
        assert!(answer.next().await.is_none());
    }
}
