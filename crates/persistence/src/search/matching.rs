//! Where a query's words stand in a text.

use super::query::Term;
use super::words::words;
use std::ops::{ControlFlow, Range};

/// How soon another match of the same word stops to count.
const SATURATION: f64 = 1.2;
/// How much a long text counts less.
const LENGTH: f64 = 0.75;
/// A text of ordinary length, in words.
const ORDINARY: f64 = 100.0;
/// What a word counts that stands further down than was read.
const FURTHER_DOWN: f64 = 0.1;

/// A place where a term stands.
pub(super) struct Match {
    /// The term's number.
    pub(super) term: usize,
    /// Where, in bytes.
    pub(super) at: Range<usize>,
}

/// Goes through a text word by word; hands over where each word begins and the matches that end with it.
pub(super) fn matches(
    text: &str,
    terms: &[Term],
    mut each: impl FnMut(usize, &mut dyn Iterator<Item = Match>) -> ControlFlow<()>,
) {
    let mut read = Read::default();
    words(text, |word| {
        let from = read.folded.len();
        read.folded.push_str(word.folded);
        read.words.push(Placed { folded: from..read.folded.len(), at: word.start..word.end });
        let ended = terms.iter().enumerate().filter_map(|(number, term)| {
            read.ending(term).map(|start| Match { term: number, at: start..word.end })
        });
        each(word.start, &mut { ended })
    });
}

/// The words so far.
#[derive(Default)]
struct Read {
    folded: String,
    words: Vec<Placed>,
}

struct Placed {
    folded: Range<usize>,
    at: Range<usize>,
}

impl Read {
    /// Where the term begins whose last word is the last one read.
    fn ending(&self, term: &Term) -> Option<usize> {
        let text = |word: &Placed| self.folded.get(word.folded.clone()).unwrap_or_default();
        let (last, before) = term.words.split_last()?;
        let (newest, earlier) = self.words.split_last()?;
        let fits =
            if term.is_prefix { text(newest).starts_with(last.as_str()) } else { text(newest) == last };
        if !fits {
            return None;
        }
        let earlier = earlier.get(earlier.len().checked_sub(before.len())?..)?;
        let same = earlier.iter().zip(before).all(|(word, asked)| text(word) == asked);
        same.then(|| earlier.first().unwrap_or(newest).at.start)
    }
}

/// How much a text is about what is looked for: more when the words stand there often and the text is short. It depends on
/// nothing but the two, so that a hit keeps its place while others come.
pub(crate) fn relevance(text: &str, terms: &[Term]) -> f64 {
    let mut counts = vec![0_u32; terms.len()];
    let mut length = 0_u32;
    matches(text, terms, |_, found| {
        length += 1;
        for found in found {
            if let Some(count) = counts.get_mut(found.term) {
                *count += 1;
            }
        }
        ControlFlow::Continue(())
    });
    let against = SATURATION * (1.0 - LENGTH + LENGTH * f64::from(length) / ORDINARY);
    let weight = |count: u32| match f64::from(count) {
        0.0 => FURTHER_DOWN,
        count => count * (SATURATION + 1.0) / (count + against),
    };
    counts.into_iter().map(weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SearchQuery;

    fn relevance_of(query: &str, text: &str) -> f64 {
        relevance(text, query.parse::<SearchQuery>().unwrap().wanted())
    }

    #[test]
    fn more_matches_and_shorter_texts_are_more_relevant() {
        let long = format!("budget {}", "and so on ".repeat(100));
        assert!(relevance_of("budget", "the budget") > relevance_of("budget", &long));
        assert!(relevance_of("budget", "budget, budget") > relevance_of("budget", "the budget"));
        assert!(
            relevance_of("budget plan", "a budget and a plan")
                > relevance_of("budget plan", "a budget it is")
        );
        assert!(relevance_of("\"big plan\"", "a Big Plan") > relevance_of("\"big plan\"", "a big fat plan"));
        assert!(relevance_of("bud*", "the budgets") > relevance_of("bud*", "nothing"));
        assert!(relevance_of("x", "") > 0.0);
    }
}
