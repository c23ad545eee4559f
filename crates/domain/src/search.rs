//! Pages of search hits.

use crate::InvalidCursor;
use std::fmt;
use std::str::FromStr;

/// Where a page of hits ended.
///
/// Hits are ranked among the newest that a search finds, then among the next older ones, and so on. What is found later
/// is newer than what the cursor names, or has its place in it: pages never repeat a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    /// The messages among which it was ranked.
    pub messages: Stretch,
    /// The titles.
    pub titles: Stretch,
    /// The last hit; none when the next page begins with its stretches.
    pub after: Option<Rank>,
}

/// From which number of the index down to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The newest; 0 when nothing is left.
    pub top: i64,
    /// The oldest; 0 when it is not known yet.
    pub floor: i64,
}

/// A hit's place among others: the greater comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How relevant and how fresh it is.
    pub score: i64,
    /// Whether the hit is a title.
    pub is_title: bool,
    /// Its number in the index.
    pub n: i64,
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, titles, after } = self;
        write!(f, "s{:x}.{:x}.{:x}.{:x}", messages.top, messages.floor, titles.top, titles.floor)?;
        match after {
            Some(rank) => write!(f, ".{:x}.{:x}.{:x}", rank.score, u8::from(rank.is_title), rank.n),
            None => Ok(()),
        }
    }
}

impl FromStr for SearchCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let numbers = text.strip_prefix('s').ok_or(InvalidCursor)?.split('.');
        let numbers: Option<Vec<i64>> =
            numbers.map(|digits| u64::from_str_radix(digits, 16).ok().map(u64::cast_signed)).collect();
        let numbers = numbers.ok_or(InvalidCursor)?;
        let (spans, after) = match *numbers.as_slice() {
            [a, b, c, d] => ([a, b, c, d], None),
            [a, b, c, d, score, is_title @ (0 | 1), n] => {
                ([a, b, c, d], Some(Rank { score, is_title: is_title == 1, n }))
            }
            _ => return Err(InvalidCursor),
        };
        let [top, floor, titles_top, titles_floor] = spans;
        let titles = Stretch { top: titles_top, floor: titles_floor };
        Ok(Self { messages: Stretch { top, floor }, titles, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_anything_else_is_refused() {
        let rank = Rank { score: -5, is_title: true, n: 7 };
        for after in [None, Some(rank)] {
            let messages = Stretch { top: i64::MAX, floor: 12 };
            let cursor = SearchCursor { messages, titles: Stretch { top: 0, floor: 0 }, after };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", "s", "s1.2.3", "s1.2.3.4.5", "s1.2.3.4.5.2.6", "1.2.3.4", "s1.2.3.x", "s1.2.3.-4"] {
            assert_eq!(bad.parse::<SearchCursor>(), Err(InvalidCursor), "{bad}");
        }
    }
}
