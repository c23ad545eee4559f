//! Pages of long lists, by key: what came before a page never moves it.

use crate::{MemberId, SessionId, Slug, Timestamp};
use std::fmt;
use std::str::FromStr;

/// How many items a page may hold: 50 unless asked, never above 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

/// A limit below one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a page holds at least 1 item")]
pub struct InvalidLimit;

impl Limit {
    /// The most items of a page.
    pub const MAX: u16 = 200;
    /// A page of one item.
    pub const ONE: Self = Self(1);

    /// A limit as asked for: above the maximum it is clamped.
    pub fn new(asked: i64) -> Result<Self, InvalidLimit> {
        if asked < 1 {
            return Err(InvalidLimit);
        }
        Ok(Self(u16::try_from(asked).unwrap_or(Self::MAX).min(Self::MAX)))
    }

    /// The number.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// One page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none at the end.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// A page from up to `limit + 1` rows: the row too many says that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: Limit, cursor: impl Fn(&T) -> C) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    /// The page with each item turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U, C> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// A cursor that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: pass the next_cursor of the page before")]
pub struct InvalidCursor;

/// A number below zero is written as its two's complement, so that it reads back.
pub(crate) fn number(digits: &str) -> Result<i64, InvalidCursor> {
    u64::from_str_radix(digits, 16).map(u64::cast_signed).map_err(|_| InvalidCursor)
}

/// Where a page of sessions ended: sessions are listed by `updated_at`, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCursor {
    /// The last session's time.
    pub updated_at: Timestamp,
    /// The last session.
    pub id: SessionId,
}

impl fmt::Display for SessionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.updated_at.as_micros(), self.id)
    }
}

impl FromStr for SessionCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (micros, id) = text.split_once('.').ok_or(InvalidCursor)?;
        let updated_at = Timestamp::from_micros(number(micros)?);
        Ok(Self { updated_at, id: id.parse().map_err(|_| InvalidCursor)? })
    }
}

/// Where a page of messages ended: the place of its oldest message in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCursor(pub i64);

impl fmt::Display for MessageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{:x}", self.0)
    }
}

impl FromStr for MessageCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let digits = text.strip_prefix('m').ok_or(InvalidCursor)?;
        number(digits).map(Self)
    }
}

/// Where a page of departments or agents ended: they are listed by place, then slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlugCursor {
    /// The last one's place.
    pub position: i64,
    /// The last one.
    pub slug: Slug,
}

impl fmt::Display for SlugCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.position, self.slug)
    }
}

impl FromStr for SlugCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (position, slug) = text.split_once('.').ok_or(InvalidCursor)?;
        Ok(Self { position: number(position)?, slug: slug.parse().map_err(|_| InvalidCursor)? })
    }
}

/// Where a page of a council's members ended: they are listed by place, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberCursor {
    /// The last one's place.
    pub position: i64,
    /// The last one.
    pub id: MemberId,
}

impl fmt::Display for MemberCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.position, self.id)
    }
}

impl FromStr for MemberCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (position, id) = text.split_once('.').ok_or(InvalidCursor)?;
        Ok(Self { position: number(position)?, id: id.parse().map_err(|_| InvalidCursor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_clamped_above_and_refused_below() {
        assert_eq!(Limit::new(1_000_000).unwrap().get(), 200);
        assert_eq!(Limit::new(7).unwrap().get(), 7);
        assert_eq!(Limit::new(0), Err(InvalidLimit));
    }

    #[test]
    fn cursors_read_back_and_anything_else_is_refused() {
        let cursor = SessionCursor {
            updated_at: Timestamp::from_micros(1_767_323_045_678_901),
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!(MessageCursor(300).to_string().parse(), Ok(MessageCursor(300)));
        let slug = SlugCursor { position: 3, slug: "hr".parse().unwrap() };
        assert_eq!(slug.to_string().parse(), Ok(slug));
        for bad in ["", ".", "x.y", "5", "m", "mzz"] {
            assert!(bad.parse::<SessionCursor>().is_err() && bad.parse::<MessageCursor>().is_err(), "{bad}");
        }
    }
}
