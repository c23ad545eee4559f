//! Speech on the wire.

use crate::{AudioFormat, SampleId, ScopeType, Slug, Timestamp, VoiceOwner, VoiceSample, VoiceState};
use serde::{Deserialize, Serialize};

/// How somebody sounds and listens, on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = OwnedVoiceState))]
pub struct VoiceStateView {
    /// Whose it is: `executive` is Daena's.
    pub scope_type: ScopeType,
    /// The department or the agent.
    pub scope_id: Option<Slug>,
    /// The state.
    #[serde(flatten)]
    pub state: VoiceState,
    /// Whether nobody has set it: it is the department's, or what the company began with.
    pub inherited: bool,
}

impl VoiceStateView {
    /// The state of an owner.
    pub fn new(owner: &VoiceOwner, state: VoiceState, inherited: bool) -> Self {
        Self { scope_type: owner.scope_type(), scope_id: owner.slug().cloned(), state, inherited }
    }

    /// As events name whose it is.
    pub fn owner(&self) -> String {
        match &self.scope_id {
            None => VoiceOwner::Daena.to_string(),
            Some(slug) => format!("{}:{slug}", self.scope_type),
        }
    }
}

/// A sample of a voice on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = VoiceSample))]
pub struct VoiceSampleView {
    /// Its id. As a `voice_id` it is `sample/` and this.
    pub sample_id: SampleId,
    /// What people call it.
    pub name: String,
    /// How it is packed.
    pub format: AudioFormat,
    /// Its size.
    pub bytes: i64,
    /// How long it is in seconds, where its file says so.
    pub duration_s: Option<f64>,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl From<VoiceSample> for VoiceSampleView {
    fn from(it: VoiceSample) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a duration in milliseconds is far below 2^52")]
        let seconds = |ms: i64| ms as f64 / 1000.0;
        Self {
            sample_id: it.id,
            name: it.name,
            format: it.format,
            bytes: it.bytes,
            duration_s: it.duration_ms.map(seconds),
            created_at: it.created_at,
        }
    }
}
