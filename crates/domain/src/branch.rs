//! Branches of a session: what was said instead of what.

use serde::{Deserialize, Serialize};

/// A message among its alternatives: those that follow the same message, in the order in which they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alternatives {
    /// Its own place among them, from 1.
    pub position: i64,
    /// How many there are, it included.
    pub count: i64,
}
