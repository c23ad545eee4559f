//! Rows of voices.

use super::word;
use crate::StoreError;
use crate::schema::{voice_samples, voice_states};
use crate::types::Key;
use diesel::prelude::*;
use domain::{SampleId, Timestamp, VoiceOwner, VoiceSample, VoiceState};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = voice_states, treat_none_as_null = true)]
pub(crate) struct VoiceStateRow {
    owner: String,
    talk_active: bool,
    voice_id: Option<String>,
    rate: f64,
    pitch: f64,
    volume: f64,
    wake_words: String,
    auto_speak: bool,
    updated_at: i64,
}

impl VoiceStateRow {
    pub(crate) fn new(owner: &VoiceOwner, state: &VoiceState, at: Timestamp) -> Self {
        Self {
            owner: owner.to_string(),
            talk_active: state.talk_active,
            voice_id: state.voice_id.clone(),
            rate: state.rate,
            pitch: state.pitch,
            volume: state.volume,
            wake_words: serde_json::Value::from(state.wake_words.clone()).to_string(),
            auto_speak: state.auto_speak,
            updated_at: at.as_micros(),
        }
    }
}

impl TryFrom<VoiceStateRow> for VoiceState {
    type Error = StoreError;
    fn try_from(row: VoiceStateRow) -> Result<Self, StoreError> {
        let wake_words = serde_json::from_str(&row.wake_words)
            .map_err(|_| StoreError::Corrupt { what: "wake words", value: row.wake_words.clone() })?;
        Ok(Self {
            talk_active: row.talk_active,
            voice_id: row.voice_id,
            rate: row.rate,
            pitch: row.pitch,
            volume: row.volume,
            wake_words,
            auto_speak: row.auto_speak,
        })
    }
}

/// A sample without its audio.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = voice_samples)]
pub(crate) struct VoiceSampleRow {
    id: Key<SampleId>,
    name: String,
    format: String,
    bytes: i64,
    duration_ms: Option<i64>,
    created_at: i64,
}

impl From<&VoiceSample> for VoiceSampleRow {
    fn from(it: &VoiceSample) -> Self {
        Self {
            id: Key(it.id),
            name: it.name.clone(),
            format: it.format.to_string(),
            bytes: it.bytes,
            duration_ms: it.duration_ms,
            created_at: it.created_at.as_micros(),
        }
    }
}

impl TryFrom<VoiceSampleRow> for VoiceSample {
    type Error = StoreError;
    fn try_from(row: VoiceSampleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.0,
            name: row.name,
            format: word("audio format", &row.format)?,
            bytes: row.bytes,
            duration_ms: row.duration_ms,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}
