//! What a user looks for, read from what was typed.

use super::words::words;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::str::FromStr;

/// The most characters of a query.
const MAX_CHARS: usize = 500;
/// The most words, phrases and exclusions of a query.
const MAX_TERMS: usize = 16;
/// The fewest characters before a `*`: one letter begins half of all words.
const MIN_PREFIX: usize = 2;
/// How the marks in the index begin. It is part of no word, so no query can name them.
const MARK: char = '\u{e000}';
/// What stands in a mark for what would part it.
const JOINT: char = '\u{e001}';

/// What is looked for: words that must all be there, `"phrases"`, beginnings of words as `begin*`, and `-words` that must
/// not be there. Anything else is plain text: whatever is typed, it never means more than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    wanted: Vec<Term>,
    unwanted: Vec<Term>,
}

/// Words in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) words: Vec<String>,
    /// Whether the last word may go on.
    pub(crate) is_prefix: bool,
}

/// Why a text is no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// Nothing in it can be found.
    #[error("holds no word to look for")]
    Empty,
    /// It only says what must not be there.
    #[error("names only words to leave out: name one to look for, too")]
    OnlyUnwanted,
    /// It is too long.
    #[error("is longer than {MAX_CHARS} characters")]
    TooLong,
    /// It holds too many words.
    #[error("holds more than {MAX_TERMS} words and phrases")]
    TooMany,
}

impl FromStr for SearchQuery {
    type Err = InvalidQuery;
    fn from_str(text: &str) -> Result<Self, InvalidQuery> {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(InvalidQuery::TooLong);
        }
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (part, after) = part(rest);
            if let Some(term) = Term::of(part.text, part.is_prefix) {
                if part.is_unwanted { unwanted.push(term) } else { wanted.push(term) }
            }
            rest = after.trim_start();
        }
        match (wanted.len(), unwanted.len()) {
            (0, 0) => Err(InvalidQuery::Empty),
            (0, _) => Err(InvalidQuery::OnlyUnwanted),
            (some, others) if some + others > MAX_TERMS => Err(InvalidQuery::TooMany),
            _ => Ok(Self { wanted, unwanted }),
        }
    }
}

struct Part<'a> {
    text: &'a str,
    is_unwanted: bool,
    is_prefix: bool,
}

/// The first word or phrase, and what follows it.
fn part(text: &str) -> (Part<'_>, &str) {
    let (is_unwanted, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    if let Some((phrase, after)) = text.strip_prefix('"').and_then(|text| text.split_once('"')) {
        let (is_prefix, after) = match after.strip_prefix('*') {
            Some(after) => (true, after),
            None => (false, after),
        };
        return (Part { text: phrase, is_unwanted, is_prefix }, after);
    }
    let (word, after) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (Part { text: word, is_unwanted, is_prefix: word.ends_with('*') }, after)
}

impl Term {
    fn of(text: &str, is_prefix: bool) -> Option<Self> {
        let mut all = Vec::new();
        words(text, |word| {
            all.push(word.folded.to_owned());
            ControlFlow::Continue(())
        });
        let last = all.last()?;
        let is_prefix = is_prefix && last.chars().nth(MIN_PREFIX - 1).is_some();
        Some(Self { words: all, is_prefix })
    }

    fn write(&self, out: &mut String) {
        // Words hold letters, digits, marks and emoji only; nothing in them can end the quotes.
        out.push('"');
        out.push_str(&self.words.join(" "));
        out.push_str(if self.is_prefix { "\" *" } else { "\"" });
    }
}

impl SearchQuery {
    /// What must be there.
    pub(crate) fn wanted(&self) -> &[Term] {
        &self.wanted
    }

    /// As the index is asked, with the marks that a hit must bear.
    pub(crate) fn expression(&self, marks: &Marks) -> String {
        let mut out = String::from("(");
        for (number, term) in self.wanted.iter().enumerate() {
            out.push_str(if number == 0 { "" } else { " AND " });
            term.write(&mut out);
        }
        for mark in marks.0.split_whitespace() {
            // Writing to a string cannot fail.
            let _written = write!(out, " AND \"{mark}\"");
        }
        out.push(')');
        for term in &self.unwanted {
            out.push_str(" NOT ");
            term.write(&mut out);
        }
        out
    }
}

/// What stands in the index beside a text's words: its role and its session's scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marks(String);

impl Marks {
    /// Those given; empty ones are none.
    pub(crate) fn new(role: &str, scope_type: &str, scope_id: &str) -> Self {
        let mut marks = String::new();
        for (kind, value) in [('r', role), ('t', scope_type), ('i', scope_id)] {
            if !value.is_empty() {
                marks.extend([' ', MARK, kind]);
                marks.extend(value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { JOINT }));
            }
        }
        Self(marks)
    }
}

/// A text as it stands in the index.
pub(crate) fn indexed(text: &str, marks: &Marks) -> String {
    let mut out = String::with_capacity(text.len() + marks.0.len());
    words(text, |word| {
        out.push_str(word.folded);
        out.push(' ');
        ControlFlow::Continue(())
    });
    out.push_str(&marks.0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> String {
        text.parse::<SearchQuery>().unwrap().expression(&Marks::default())
    }

    #[test]
    fn words_phrases_beginnings_and_exclusions_are_read() {
        assert_eq!(asked("Budget  plan"), r#"("budget" AND "plan")"#);
        assert_eq!(
            asked(r#"a "Big Plan" bud* -old -"not this""#),
            r#"("a" AND "big plan" AND "bud" *) NOT "old" NOT "not this""#
        );
        assert_eq!(asked(r#""big pl"*"#), r#"("big pl" *)"#);
        assert_eq!(asked("don't 日本語"), r#"("don t" AND "日 本 語")"#);
    }

    #[test]
    fn everything_else_is_plain_text() {
        assert_eq!(
            asked(r#"NEAR(a b) OR c AND NOT d"#),
            r#"("near a" AND "b" AND "or" AND "c" AND "and" AND "not" AND "d")"#
        );
        assert_eq!(
            asked(r#"words:x ^y {z} a+b "open"#),
            r#"("words x" AND "y" AND "z" AND "a b" AND "open")"#
        );
        assert_eq!(asked(r#"- x * k* ""y" --z"#), r#"("x" AND "k" AND "y") NOT "z""#);
        assert_eq!(asked("a\u{e000}ruser"), r#"("a ruser")"#);
    }

    #[test]
    fn what_cannot_be_looked_for_says_why() {
        let refused = |text: &str| text.parse::<SearchQuery>().unwrap_err();
        for empty in ["", "  ", "\"\"", "*", "-", "…!?", "\"  \"*", "\u{301}"] {
            assert_eq!(refused(empty), InvalidQuery::Empty, "{empty:?}");
        }
        assert_eq!(refused("-a -\"b c\""), InvalidQuery::OnlyUnwanted);
        assert_eq!(refused(&"a".repeat(501)), InvalidQuery::TooLong);
        assert_eq!(refused(&"a ".repeat(17)), InvalidQuery::TooMany);
        assert_eq!(asked(&"é".repeat(500)).len(), 4 + 96);
    }

    #[test]
    fn marks_are_words_that_no_text_holds() {
        let marks = Marks::new("user", "agent", "hr-harmony");
        assert_eq!(
            indexed("Hi, you", &marks),
            "hi you  \u{e000}ruser \u{e000}tagent \u{e000}ihr\u{e001}harmony"
        );
        let query: SearchQuery = "hi".parse().unwrap();
        assert_eq!(query.expression(&Marks::new("user", "", "")), "(\"hi\" AND \"\u{e000}ruser\")");
    }
}
