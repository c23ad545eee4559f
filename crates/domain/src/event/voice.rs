//! Payloads about speech.

use crate::SampleId;
use serde::{Deserialize, Serialize};

/// A sample of a voice was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceSampleDeleted {
    /// Which.
    pub sample_id: SampleId,
}
