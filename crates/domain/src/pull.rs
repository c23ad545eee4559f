//! A model on its way from its registry to a provider.

use crate::scope::words;
use crate::{InvalidCursor, PullId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// Where in its life a pull is.
    PullStatus {
        /// It is fetched, or waits for its provider.
        Running = "running",
        /// The model is there.
        Completed = "completed",
        /// The provider gave it up, and said why.
        Failed = "failed",
        /// Ended by the Founder. What was fetched stays at the provider: asked again, it goes on there.
        Cancelled = "cancelled",
    }
);

/// A model on its way to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its id.
    pub id: PullId,
    /// The model's name, as it was asked for.
    pub name: String,
    /// The provider that fetches it.
    pub provider: String,
    /// Where in its life it is.
    pub status: PullStatus,
    /// How many bytes are there, as the provider counted last; those of earlier pulls are among them.
    pub completed_bytes: i64,
    /// How many there will be, as far as the provider has told.
    pub total_bytes: Option<i64>,
    /// Why it failed, in the provider's words.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl Pull {
    /// How much of what is known to come is there, from 0 to 100; none while nothing is known.
    #[expect(clippy::cast_precision_loss, reason = "sizes of models are far below 2^53")]
    pub fn percent(completed_bytes: i64, total_bytes: Option<i64>) -> Option<f64> {
        let total = total_bytes.filter(|total| *total > 0)?;
        let share = completed_bytes.clamp(0, total) as f64 / total as f64;
        Some((share * 1000.0).round() / 10.0)
    }
}

/// Where a page of pulls ended: they are listed by `created_at`, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullCursor {
    /// The last pull's time.
    pub created_at: Timestamp,
    /// The last pull.
    pub id: PullId,
}

impl fmt::Display for PullCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.created_at.as_micros(), self.id)
    }
}

impl FromStr for PullCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (micros, id) = text.split_once('.').ok_or(InvalidCursor)?;
        let created_at = Timestamp::from_micros(crate::page::number(micros)?);
        Ok(Self { created_at, id: id.parse().map_err(|_| InvalidCursor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_known_once_something_is() {
        assert_eq!(Pull::percent(0, None), None);
        assert_eq!(Pull::percent(5, Some(0)), None);
        assert_eq!(Pull::percent(1, Some(3)), Some(33.3));
        assert_eq!(Pull::percent(9, Some(3)), Some(100.0));
    }

    #[test]
    fn a_cursor_reads_back() {
        let cursor = PullCursor {
            created_at: Timestamp::from_micros(1_767_323_045_678_901),
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!("x".parse::<PullCursor>(), Err(InvalidCursor));
    }
}
