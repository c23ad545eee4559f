//! Time as the company keeps it: microseconds since 1970, UTC.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A moment. On the wire RFC 3339 in UTC with six digits of a second: `2026-01-02T03:04:05.678901Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Timestamp(i64);

/// A text that is no RFC 3339 moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time: expected RFC 3339 such as 2026-01-02T03:04:05.678901Z")]
pub struct InvalidTimestamp;

/// Where the time comes from. The system's clock in production, a hand-set one in tests.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl Timestamp {
    /// From microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds from `earlier` to this moment, never below zero.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        let micros = self.0.saturating_sub(earlier.0);
        if micros < 0 { 0 } else { micros / 1000 }
    }

    /// The moment to the second, as it stands in names of files: `20260102T030405Z`.
    pub fn stamp(self) -> String {
        let digits: String = self.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
        digits + "Z"
    }

    /// Reads a [`Timestamp::stamp`] back.
    pub fn from_stamp(text: &str) -> Option<Self> {
        let part = |from: usize, to: usize| {
            text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
        };
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
        if text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
            return None;
        }
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
    }

    /// This moment, `hours` earlier.
    pub const fn minus_hours(self, hours: i64) -> Self {
        Self(self.0.saturating_sub(hours.saturating_mul(3_600_000_000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let at: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self(at.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_has_six_digits_and_reads_back() {
        let at = Timestamp::from_micros(1_767_323_045_678_901);
        assert_eq!(at.to_string(), "2026-01-02T03:04:05.678901Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at.stamp(), "20260102T030405Z");
        assert_eq!(Timestamp::from_stamp(&at.stamp()).map(Timestamp::stamp), Some(at.stamp()));
        for bad in [
            "",
            "20260102T030405",
            "20260102 030405Z",
            "20261302T030405Z",
            "2026é02T030405Z",
            "20260102T030405Z1",
        ] {
            assert_eq!(Timestamp::from_stamp(bad), None, "{bad}");
        }
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp));
    }
}
