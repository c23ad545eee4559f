//! What is told of connections.

use crate::ConnectionId;
use serde::{Deserialize, Serialize};

/// A connection was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionDeleted {
    /// Which.
    pub connection_id: ConnectionId,
}

/// All secrets were sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretsResealed {
    /// Which key they are sealed with from now on. It says nothing of the key itself.
    pub key_id: String,
    /// How many.
    pub count: i64,
}
