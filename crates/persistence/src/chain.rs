//! The chain of hashes over the event log.

mod verify;

pub use verify::{Breach, BreachKind, LogCheck, Reach};

use crate::StoreError;
use ring::digest::{Context, SHA256};
use std::fmt;

/// An event's hash: SHA-256 over its fields and the hash of the event before it. Shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogHash([u8; 32]);

/// An event's fields, as its row has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) position: i64,
    pub(crate) at: i64,
    pub(crate) department_id: Option<&'a str>,
    /// Type, kind of entity, entity, actor, payload.
    pub(crate) texts: [&'a str; 5],
}

impl LogHash {
    /// Over nothing: the seal of a log from which nothing was removed.
    pub(crate) const ZERO: Self = Self([0; 32]);

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt { what: "hash", value: format!("{} bytes", bytes.len()) };
        Ok(Self(<[u8; 32]>::try_from(bytes).map_err(corrupt)?))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash of the event that follows the one with this hash. Each text is preceded by its length, so that no two
    /// events are the same bytes.
    pub(crate) fn then(&self, link: Link<'_>) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(&self.0);
        hash.update(&link.position.to_le_bytes());
        hash.update(&link.at.to_le_bytes());
        hash.update(&[u8::from(link.department_id.is_some())]);
        for text in link.texts.into_iter().chain(link.department_id) {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        Self::finished(hash)
    }

    /// Of a range of removed events, for the seal.
    pub(crate) fn of_gap(first: i64, last: i64, hash: &Self) -> Self {
        let mut gap = Context::new(&SHA256);
        gap.update(&first.to_le_bytes());
        gap.update(&last.to_le_bytes());
        gap.update(&hash.0);
        Self::finished(gap)
    }

    fn finished(hash: Context) -> Self {
        let mut bytes = [0; 32];
        for (byte, made) in bytes.iter_mut().zip(hash.finish().as_ref()) {
            *byte = *made;
        }
        Self(bytes)
    }

    /// Adds a thing to a set, or takes it out again.
    pub(crate) fn toggle(&mut self, other: &Self) {
        for (mine, its) in self.0.iter_mut().zip(other.0) {
            *mine ^= its;
        }
    }
}

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: Link<'_> =
        Link { position: 1, at: 2, department_id: None, texts: ["ab", "c", "d", "e", "{}"] };

    #[test]
    fn the_hash_of_an_event_never_changes_between_versions() {
        let hash = LogHash::ZERO.then(LINK);
        assert_eq!(hash.to_string(), "46a395f0f139640e9d13bf355655360a99f515aacacccc83d3cffdec7919123c");
    }

    #[test]
    fn every_field_counts_and_none_runs_into_the_next() {
        let others = [
            Link { position: 2, ..LINK },
            Link { at: 3, ..LINK },
            Link { department_id: Some(""), ..LINK },
            Link { department_id: Some("hr"), ..LINK },
            Link { texts: ["a", "bc", "d", "e", "{}"], ..LINK },
            Link { texts: ["ab", "c", "d", "e", "{} "], ..LINK },
            Link { texts: ["ab", "c", "e", "d", "{}"], ..LINK },
        ];
        let hash = LogHash::ZERO.then(LINK);
        assert!(others.into_iter().all(|other| LogHash::ZERO.then(other) != hash));
        assert_ne!(hash.then(LINK), hash, "and what came before");
    }
}
