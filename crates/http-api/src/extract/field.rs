//! Fields of a change: not named, named, or emptied.

use serde::{Deserialize, Deserializer};

/// A field that may be left out, and is no null: for what cannot be empty.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A field that may be left out, and is emptied by null.
pub(crate) fn cleared<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
