//! Texts into words, in any script.
//!
//! A word is a run of letters and digits, folded: lower case, without the accents and points that writers leave out. Of
//! scripts that put no spaces between words, each character is a word, and so is each emoji. The rest parts words.

use std::iter::Peekable;
use std::ops::ControlFlow;
use std::str::CharIndices;
use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// The rules' version. To be raised with each change of them: what was indexed by older ones is then indexed anew.
pub(crate) const RULES: i32 = 1;

/// The most bytes of a folded word, a character more or less; what is longer is cut, in the index and in queries alike.
const MAX_BYTES: usize = 96;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// As it stands in the index.
    pub(crate) folded: &'a str,
    /// Where it begins in the text, in bytes.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

/// Hands over each word of a text, in order, until told to stop.
pub(crate) fn words(text: &str, mut each: impl FnMut(Word<'_>) -> ControlFlow<()>) {
    let mut chars = text.char_indices().peekable();
    let mut word = Open::default();
    while let Some((start, c, end)) = next(&mut chars, text.len()) {
        let kind = kind(c);
        let told = match (kind, word.kind) {
            (Kind::Attached, _) | (Kind::Letter, Kind::Letter) => ControlFlow::Continue(()),
            _ => word.tell(&mut each),
        };
        if told.is_break() {
            return;
        }
        match (kind, word.kind) {
            (Kind::Break, _) | (Kind::Attached, Kind::Break) => {}
            (Kind::Attached, _) | (Kind::Letter, Kind::Letter) => word.end = end,
            (Kind::Letter | Kind::Alone, _) => (word.kind, word.start, word.end) = (kind, start, end),
        }
        if word.kind != Kind::Break && !(kind == Kind::Attached && is_dropped(c)) {
            push(c, &mut word.folded);
        }
    }
    // After the last word there is nothing to stop.
    let _told = word.tell(&mut each);
}

/// Whether a character belongs to the one before it.
pub(crate) fn is_attached(c: char) -> bool {
    kind(c) == Kind::Attached
}

/// What a character is to the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    /// Part of a word.
    Letter,
    /// A word of its own.
    Alone,
    /// It belongs to the character before it.
    Attached,
    /// It parts words.
    #[default]
    Break,
}

/// The word that has begun; `Break` is none.
#[derive(Default)]
struct Open {
    kind: Kind,
    folded: String,
    start: usize,
    end: usize,
}

impl Open {
    /// Ends the word, if there is one.
    fn tell(&mut self, each: &mut impl FnMut(Word<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.kind = Kind::Break;
        if self.folded.is_empty() {
            return ControlFlow::Continue(());
        }
        let told = each(Word { folded: &self.folded, start: self.start, end: self.end });
        self.folded.clear();
        told
    }
}

/// The next character, composed with the marks that follow it, and where it ends.
fn next(chars: &mut Peekable<CharIndices<'_>>, len: usize) -> Option<(usize, char, usize)> {
    let (start, mut c) = chars.next()?;
    while let Some(composed) =
        chars.peek().filter(|(_, mark)| !mark.is_ascii()).and_then(|(_, mark)| compose(c, *mark))
    {
        c = composed;
        chars.next();
    }
    let end = chars.peek().map_or(len, |(at, _)| *at);
    Some((start, c, end))
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Kind::Letter } else { Kind::Break };
    }
    if is_unseen(c) || is_combining_mark(c) {
        Kind::Attached
    } else if is_emoji(c) || (is_unspaced(c) && c.is_alphanumeric()) {
        Kind::Alone
    } else if c.is_alphanumeric() {
        Kind::Letter
    } else {
        Kind::Break
    }
}

/// Folds a character behind what is folded already.
fn push(c: char, folded: &mut String) {
    if folded.len() >= MAX_BYTES {
        return;
    }
    match c {
        _ if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
        // Letters of their own that only look composed, and scripts whose marks make another syllable.
        'й' | 'Й' => folded.push('й'),
        'ß' | 'ẞ' => folded.push_str("ss"),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        'ø' | 'Ø' => folded.push('o'),
        'ł' | 'Ł' => folded.push('l'),
        'đ' | 'Đ' => folded.push('d'),
        'ı' => folded.push('i'),
        '\u{3041}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' => folded.push(c),
        _ if is_emoji(c) => folded.push(c),
        _ => decompose_compatible(c, |part| {
            for lower in part.to_lowercase() {
                match lower {
                    'ς' => folded.push('σ'),
                    _ if is_dropped(lower) => {}
                    _ if lower.is_alphanumeric() || is_combining_mark(lower) => folded.push(lower),
                    _ => {}
                }
            }
        }),
    }
}

/// Characters that are not seen, or change only how the one before them looks.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Accents and points that writers leave out: of Latin, Greek, Cyrillic, Hebrew and Arabic. The marks of other scripts are
/// vowels and tones, and stay.
const fn is_dropped(mark: char) -> bool {
    is_unseen(mark)
        || matches!(mark, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese, Yi.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{a000}'..='\u{a48f}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a text, each with the part of the text it is.
    fn split(text: &str) -> Vec<(String, &str)> {
        let mut all = Vec::new();
        words(text, |word| {
            all.push((word.folded.to_owned(), &text[word.start..word.end]));
            ControlFlow::Continue(())
        });
        all
    }

    fn folded(text: &str) -> Vec<String> {
        split(text).into_iter().map(|(folded, _)| folded).collect()
    }

    #[test]
    fn words_are_folded_alike_however_they_are_written() {
        let alike = [
            ("Café", "CAFE\u{301}"),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
            ("Ёлка", "елка"),
            ("мой", "МОИ\u{306}"),
            ("مُحَمَّد", "محمد"),
            ("أحمد", "احمد"),
            ("محـــمد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("İstanbul", "istanbul"),
            ("Ｆｕｌｌ", "full"),
            ("ﬁne", "fine"),
            ("co\u{ad}op", "coop"),
            ("👍🏽", "👍"),
            ("が", "か\u{3099}"),
        ];
        for (one, other) in alike {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        for (one, other) in [("мой", "мои"), ("が", "か"), ("कि", "के"), ("ไม่", "ไม้")]
        {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn words_are_parted_by_what_is_no_letter() {
        assert_eq!(
            folded("Don't panic: a_b-c@d.e (42)!"),
            ["don", "t", "panic", "a", "b", "c", "d", "e", "42"]
        );
        assert_eq!(folded("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(folded(" \t\n…—\u{e000}\u{301}"), [""; 0]);
        assert_eq!(folded("a🎉b 👩\u{200d}💻"), ["a", "🎉", "b", "👩", "💻"]);
    }

    #[test]
    fn characters_are_words_where_there_are_no_spaces() {
        assert_eq!(folded("新iPhone手机。好"), ["新", "iphone", "手", "机", "好"]);
        assert_eq!(split("ที่นี่"), [("ที่".into(), "ที่"), ("นี่".into(), "นี่")]);
    }

    #[test]
    fn a_word_is_where_it_says_and_never_longer_than_the_index_takes() {
        assert_eq!(
            split("a  CAFE\u{301}s, x"),
            [("a".into(), "a"), ("cafes".into(), "CAFE\u{301}s"), ("x".into(), "x")]
        );
        assert_eq!(split("👍🏽!"), [("👍".to_owned(), "👍🏽")]);
        for long in ["x".repeat(10_000), "ก\u{e48}".repeat(10), format!("ก{}", "\u{e48}".repeat(10_000))]
        {
            for (word, _) in split(&long) {
                assert!(word.len() <= 2 * MAX_BYTES + 16, "{}", word.len());
            }
        }
    }
}
