//! A value that no log shows.

use std::fmt;

/// A key, or another value that is nobody's business. `Debug` prints `***`; who needs it says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps the value to the letter.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Keeps a key as a file holds it: white space around it, such as the newline at the end, is no part of it.
    pub fn trimmed(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The value: for whoever it is sent to, and for nothing that is kept or shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody_who_does_not_ask() {
        let secret = Secret::trimmed(" sk-very-secret\n");
        assert_eq!(format!("{:?} {:#?}", secret, Some(&secret)), "*** Some(\n    ***,\n)");
        assert_eq!(secret.expose(), "sk-very-secret");
        assert_eq!(Secret::new(" to the letter ").expose(), " to the letter ");
    }
}
