//! The token that protects the API.

use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// A bearer token. Only its digest is kept, and comparing takes the same time whatever is offered.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token with this text; white space around it (the newline at the end of a file) is no part of it. None when
    /// nothing is left, or what is left cannot be sent in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let sendable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        sendable.then(|| Self(Sha256::digest(text).into()))
    }

    pub(crate) fn is(&self, offered: &str) -> bool {
        self.0.ct_eq(&<[u8; 32]>::from(Sha256::digest(offered))).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
