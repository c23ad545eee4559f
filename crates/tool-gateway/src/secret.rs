//! A value that no log shows.

use std::fmt;

/// The value of a variable or of a header, which may be a key. `Debug` prints `***`, and nothing outside this crate can
/// read it back.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps the value to the letter.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
