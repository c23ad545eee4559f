//! A sentence as words, with the way back to how it was said.

use std::ops::Range;
use std::rc::Rc;

/// What work is called.
pub(super) const TASK: &[&str] = &["task", "tasks"];

/// A stretch of a sentence's words.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    said: &'a str,
    /// All words of the sentence: each as it is compared, and where it stands.
    all: Rc<[(String, Range<usize>)]>,
    /// Which of them these are. Another stretch costs nothing, however long the sentence is.
    here: Range<usize>,
}

/// The words of what was said: in lower case, without punctuation; "department's" is "departments".
pub(super) fn words(said: &str) -> Words<'_> {
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let ends = said.char_indices().chain([(said.len(), ' ')]);
    for (at, c) in ends {
        let apostrophe = matches!(c, '\'' | '’' | '‘' | '`');
        if c.is_alphanumeric() {
            word.get_or_insert_with(|| (String::new(), at)).0.extend(c.to_lowercase());
        } else if !(apostrophe && word.is_some())
            && let Some((text, from)) = word.take()
        {
            words.push((text, from..at));
        }
    }
    Words { said, here: 0..words.len(), all: words.into() }
}

impl Words<'_> {
    fn words(&self) -> &[(String, Range<usize>)] {
        self.all.get(self.here.clone()).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.here.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.here.is_empty()
    }

    /// The word at a place; an empty one where there is none.
    pub(super) fn get(&self, at: usize) -> &str {
        self.words().get(at).map_or("", |(word, _)| word)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.words().iter().map(|(word, _)| word.as_str())
    }

    pub(super) fn position(&self, is: impl Fn(&str) -> bool) -> Option<usize> {
        self.words().iter().position(|(word, _)| is(word))
    }

    pub(super) fn last_position(&self, is: impl Fn(&str) -> bool) -> Option<usize> {
        self.words().iter().rposition(|(word, _)| is(word))
    }

    pub(super) fn starts_with(&self, other: &Self) -> bool {
        self.len() >= other.len() && self.iter().zip(other.iter()).all(|(one, other)| one == other)
    }

    /// The words of a range, as far as there are any.
    pub(super) fn range(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let here = self.here.start + start..self.here.start + end;
        Self { said: self.said, all: Rc::clone(&self.all), here }
    }

    pub(super) fn from(&self, at: usize) -> Self {
        self.range(at..self.len())
    }

    pub(super) fn until(&self, at: usize) -> Self {
        self.range(0..at)
    }

    /// The words as they are compared.
    pub(super) fn text(&self) -> String {
        self.iter().collect::<Vec<_>>().join(" ")
    }

    /// Whether one of these characters stands between its first word and the one before.
    pub(super) fn follows(&self, marks: &[char]) -> bool {
        let before = self.here.start.checked_sub(1).and_then(|at| self.all.get(at));
        let gap = before.zip(self.words().first());
        let gap = gap.and_then(|((_, before), (_, first))| self.said.get(before.end..first.start));
        gap.is_some_and(|gap| gap.contains(marks))
    }

    /// Whether something is asked in all that was said.
    pub(super) fn asks(&self) -> bool {
        self.said.contains('?')
    }

    /// The stretch as it was said, from its first word to its last.
    pub(super) fn original(&self) -> String {
        let ends = self.words().first().zip(self.words().last());
        let text = ends.and_then(|((_, first), (_, last))| self.said.get(first.start..last.end));
        text.unwrap_or_default().trim().to_owned()
    }
}
