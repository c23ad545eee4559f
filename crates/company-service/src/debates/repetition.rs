//! Hearing that somebody goes round in circles.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many words in a row are compared within one utterance, and how often the same ones are too often.
const RUN: usize = 6;
const TOO_OFTEN: u32 = 5;
/// How many words in a row are compared with what was said earlier, and when that tells something.
const SHINGLE: usize = 3;
const TELLING: usize = 40;
/// A word longer than this is heard in parts: writing without spaces has words, too.
const WORD: usize = 12;

/// Listens to an utterance while it comes.
pub(super) struct Repetition {
    word: String,
    recent: Vec<u64>,
    runs: HashMap<u64, u32>,
    /// What the same speaker said earlier, each in its own set.
    earlier: Vec<HashSet<u64>>,
    /// How many of the shingles heard so far are in each.
    known: Vec<usize>,
    shingles: usize,
    circling: bool,
}

impl Repetition {
    /// Compares with what the same speaker said earlier, too.
    pub(super) fn new<'a>(earlier: impl IntoIterator<Item = &'a str>) -> Self {
        let earlier: Vec<_> = earlier.into_iter().map(shingles).collect();
        let known = vec![0; earlier.len()];
        let (runs, recent, word) = (HashMap::new(), Vec::new(), String::new());
        Self { word, recent, runs, earlier, known, shingles: 0, circling: false }
    }

    /// Hears more of it; gives whether it goes round in circles: the same words again and again, or what its speaker said
    /// before.
    pub(super) fn hear(&mut self, text: &str) -> bool {
        for c in text.chars() {
            if c.is_alphanumeric() {
                self.word.extend(c.to_lowercase());
            }
            if !c.is_alphanumeric() || self.word.chars().count() >= WORD {
                self.end_word();
            }
        }
        self.circling || self.is_known()
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        if self.recent.len() == RUN {
            self.recent.remove(0);
        }
        self.recent.push(hash(&self.word));
        self.word.clear();
        if self.recent.len() == RUN {
            let seen = self.runs.entry(hash(&self.recent)).or_default();
            *seen += 1;
            self.circling |= *seen >= TOO_OFTEN;
        }
        if let Some(last) = self.recent.last_chunk::<SHINGLE>() {
            let shingle = hash(last.as_slice());
            self.shingles += 1;
            for (known, earlier) in self.known.iter_mut().zip(&self.earlier) {
                *known += usize::from(earlier.contains(&shingle));
            }
        }
    }

    /// Nearly all of it was said before.
    fn is_known(&self) -> bool {
        self.shingles >= TELLING && self.known.iter().any(|known| known * 100 >= self.shingles * 95)
    }
}

fn shingles(text: &str) -> HashSet<u64> {
    let mut all = HashSet::new();
    let mut listener = Repetition::new([]);
    for c in text.chars() {
        let before = listener.shingles;
        listener.hear(c.encode_utf8(&mut [0; 4]));
        if listener.shingles > before
            && let Some(last) = listener.recent.last_chunk::<SHINGLE>()
        {
            all.insert(hash(last.as_slice()));
        }
    }
    all
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these pieces are heard before it is known that they go round in circles.
    fn heard<'a>(pieces: impl Iterator<Item = &'a str>, earlier: &[&str]) -> Option<usize> {
        let mut listener = Repetition::new(earlier.iter().copied());
        pieces.take(500).position(|piece| listener.hear(piece))
    }

    #[test]
    fn a_sentence_that_comes_again_and_again_is_heard_soon() {
        for sentence in ["I must insist on this point. ", "Sell. ", "我们必须坚持这一点。", "aaaa", "ha ha "]
        {
            let heard = heard(std::iter::repeat(sentence), &[]);
            assert!(heard.is_some_and(|pieces| pieces < 60), "{sentence}: {heard:?}");
        }
    }

    #[test]
    fn plain_talk_is_no_circle() {
        let talk = "We should sell the house first, because the rates are high and the roof is old. If we sell the house \
            later, the roof will be older, and the rates may be lower. The rates may also be higher; nobody knows. So: \
            sell first, rent second, buy third. Item one, sell. Item two, rent. Item three, buy.";
        assert_eq!(heard(talk.split_inclusive(' '), &[]), None);
    }

    #[test]
    fn what_was_said_in_an_earlier_round_is_known_before_its_end() {
        let said: String = (0..80).map(|n| format!("reason{n} ")).collect();
        assert!(heard(said.split_inclusive(' '), &[&said]).is_some_and(|words| words < 50));
        let other: String = (0..80).map(|n| format!("answer{n} ")).collect();
        assert_eq!(heard(other.split_inclusive(' '), &[&said]), None);
        assert_eq!(heard("I agree.".split_inclusive(' '), &["I agree."]), None, "too short to tell");
    }
}
