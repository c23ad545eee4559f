//! Speech.

use super::load::{DAY_S, YEAR_MS, between};
use anyhow::ensure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Voice {
    /// A server that speaks the OpenAI audio wire (Whisper, Piper, Kokoro). Without one nothing is heard, and espeak-ng speaks.
    #[schemars(example = "http://127.0.0.1:11700/v1")]
    pub(crate) url: Option<String>,
    /// The file with that server's key.
    #[schemars(example = "/etc/daena/voice-key")]
    pub(crate) key_file: Option<PathBuf>,
    /// The environment variable with that server's key.
    #[schemars(example = &"VOICE_KEY")]
    pub(crate) key_env: Option<String>,
    /// The server's model that hears.
    pub(crate) transcribe_model: String,
    /// The server's model that speaks.
    pub(crate) speech_model: String,
    /// The server's voice where none is chosen.
    pub(crate) voice: String,
    /// The field of a speech request in which the server takes a sample of a voice as a data URL, such as "ref_audio" of
    /// vLLM. Without it the server takes on no voices.
    #[schemars(example = &"ref_audio")]
    pub(crate) sample_field: Option<String>,
    /// The espeak-ng program: a name to be found on PATH, or a path. Empty: none.
    pub(crate) espeak: String,
    /// The voice of espeak-ng where none is chosen.
    pub(crate) espeak_voice: String,
    /// Milliseconds to connect in.
    pub(crate) connect_timeout_ms: u64,
    /// Milliseconds to write a recording down in.
    pub(crate) transcribe_timeout_ms: u64,
    /// Milliseconds to speak a sentence in.
    pub(crate) speech_timeout_ms: u64,
    /// The most megabytes (of 1,048,576 bytes) of a recording.
    pub(crate) max_audio_mb: usize,
    /// The most seconds of a recording.
    pub(crate) max_audio_s: u64,
    /// How many answers of engines are waited for at once; more wait in line.
    pub(crate) concurrency: usize,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            url: None,
            key_file: None,
            key_env: None,
            transcribe_model: "whisper-1".to_owned(),
            speech_model: "tts-1".to_owned(),
            voice: "alloy".to_owned(),
            sample_field: None,
            espeak: "espeak-ng".to_owned(),
            espeak_voice: "en".to_owned(),
            connect_timeout_ms: 2000,
            transcribe_timeout_ms: 60_000,
            speech_timeout_ms: 30_000,
            max_audio_mb: 25,
            max_audio_s: 600,
            concurrency: 4,
        }
    }
}

impl Voice {
    /// Refuses what cannot be, by name.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (key, value, most) in [
            ("connect_timeout_ms", self.connect_timeout_ms, YEAR_MS),
            ("transcribe_timeout_ms", self.transcribe_timeout_ms, YEAR_MS),
            ("speech_timeout_ms", self.speech_timeout_ms, YEAR_MS),
            ("max_audio_mb", self.max_audio_mb as u64, 1024),
            ("max_audio_s", self.max_audio_s, DAY_S),
            ("concurrency", self.concurrency as u64, 1024),
        ] {
            between(&format!("[voice] {key}"), value, most)?;
        }
        ensure!(self.key_file.is_none() || self.key_env.is_none(), "[voice]: key_file or key_env, not both");
        let has_key = self.key_file.is_some() || self.key_env.is_some();
        ensure!(!has_key || self.url.is_some(), "[voice] has a key but no url");
        ensure!(!self.espeak_voice.starts_with('-'), "[voice] espeak_voice: is the name of a voice");
        Ok(())
    }
}
