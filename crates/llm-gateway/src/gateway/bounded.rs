//! An answer that ends, also that of a model which does not end by itself.

use crate::{ChatStream, Chunk, GatewayError, ToolCallDelta};
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// More bytes than a token has on average, whatever the language.
const TOKEN: usize = 32;

/// The longest answer, in bytes, when no most of tokens was asked for.
const LONGEST: usize = 4 * 1024 * 1024;

/// What an answer may always have: one long word is no endless answer.
const SHORTEST: usize = 1024;

/// An answer whose server may not keep to the most tokens that were asked for: far beyond them it is cut off here. NUL, which
/// no person can write and no format can carry, is left out of it.
pub(super) struct Bounded {
    /// Taken away when it is cut off; that ends the generation at the server.
    answer: Option<ChatStream>,
    /// How many bytes may still come.
    room: usize,
    asked: String,
    /// What follows where it was cut off, last first.
    ending: Vec<Chunk>,
}

impl Bounded {
    pub(super) fn new(answer: ChatStream, asked: String, max_tokens: Option<u32>) -> Self {
        let tokens = max_tokens.and_then(|tokens| usize::try_from(tokens).ok());
        let room = tokens.map_or(LONGEST, |tokens| tokens.saturating_mul(TOKEN).max(SHORTEST));
        Self { answer: Some(answer), room, asked, ending: Vec::new() }
    }

    fn cut_off(&mut self) {
        self.answer = None;
        let model = std::mem::take(&mut self.asked);
        tracing::warn!(model, "an answer that does not end was cut off");
        self.ending = vec![Chunk::Done { usage: None, model }, Chunk::CutOff];
    }
}

fn bytes(piece: &ToolCallDelta) -> usize {
    let name = |name: &Option<String>| name.as_ref().map_or(0, String::len);
    piece.arguments.len() + name(&piece.name) + name(&piece.id) + 1
}

impl Stream for Bounded {
    type Item = Result<Chunk, GatewayError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(answer) = &mut this.answer else { return Poll::Ready(this.ending.pop().map(Ok)) };
        let mut chunk = ready!(answer.poll_next_unpin(cx));
        let size = match &mut chunk {
            Some(Ok(Chunk::Text(text))) => {
                // One without text is a sign of life, as of a model that thinks; it has no end either.
                let size = text.len().max(1);
                if text.contains('\0') {
                    text.retain(|letter| letter != '\0');
                }
                size
            }
            Some(Ok(Chunk::Calls(pieces))) => pieces.iter().map(bytes).sum(),
            _ => 0,
        };
        match this.room.checked_sub(size) {
            Some(room) => this.room = room,
            None => this.cut_off(),
        }
        Poll::Ready(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn done(model: &str) -> Chunk {
        Chunk::Done { usage: None, model: model.into() }
    }

    async fn bounded(pieces: &[&str], max_tokens: Option<u32>) -> Vec<Chunk> {
        let texts = pieces.iter().map(|piece| Chunk::Text((*piece).to_owned()));
        let chunks: Vec<_> = texts.chain([done("answered")]).map(Ok).collect();
        let answer = Bounded::new(stream::iter(chunks).boxed(), "asked".into(), max_tokens);
        answer.map(Result::unwrap).collect().await
    }

    #[tokio::test]
    async fn an_answer_far_beyond_its_tokens_is_cut_off_and_whole() {
        let piece = "x".repeat(SHORTEST / 2);
        let text = || Chunk::Text(piece.clone());
        let two = [piece.as_str(); 2];
        assert_eq!(bounded(&two, Some(2)).await, [text(), text(), done("answered")]);
        let cut = bounded(&[piece.as_str(); 4], Some(2)).await;
        assert_eq!(cut, [text(), text(), text(), Chunk::CutOff, done("asked")]);
        assert_eq!(bounded(&[piece.as_str(); 9], None).await.len(), 10);
    }

    #[tokio::test]
    async fn one_that_says_nothing_without_end_is_cut_off_too() {
        for nothing in ["", "\0"] {
            let heard = bounded(&[nothing; 2 * SHORTEST], Some(1)).await;
            assert_eq!(heard.len(), SHORTEST + 3);
            assert_eq!(heard.last(), Some(&done("asked")));
        }
    }

    #[tokio::test]
    async fn what_no_person_can_write_is_left_out() {
        let heard = bounded(&["a\0b", "\0", "c"], None).await;
        let text = |text: &str| Chunk::Text(text.into());
        assert_eq!(heard, [text("ab"), text(""), text("c"), done("answered")]);
    }
}
