//! A key.

use super::KeyError;
use sha2::{Digest, Sha256};
use std::fmt;

/// The bytes of a key.
const BYTES: usize = 32;

/// A key that seals secrets. `Debug` prints its id.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key([u8; BYTES]);

impl Key {
    /// A fresh one, from the system's randomness.
    pub(super) fn generate() -> Result<Self, KeyError> {
        random().map(Self)
    }

    /// Reads 64 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        if text.len() != 2 * BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As it is written to its file.
    pub(super) fn to_text(&self) -> String {
        hex(&self.0)
    }

    /// Which key it is. It says nothing of the key itself.
    pub(super) fn id(&self) -> String {
        let digest = Sha256::new().chain_update(b"daena secret key").chain_update(self.0).finalize();
        hex(digest.get(..8).unwrap_or_default())
    }

    pub(super) const fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// Bytes of the system's randomness.
pub(super) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
