//! What an engine is.

use crate::{Audio, VoiceError};
use async_trait::async_trait;
use bytes::Bytes;
use domain::AudioFormat;
use std::time::Duration;

/// An engine that hears, speaks, or both.
#[async_trait]
pub trait Engine: Send + Sync + std::fmt::Debug {
    /// What people call it; never a key.
    fn name(&self) -> &str;

    /// Where it is, if it is elsewhere; never with credentials.
    fn url(&self) -> Option<&str> {
        None
    }

    /// How long to wait between two looks at it while it is there.
    fn interval(&self) -> Duration {
        Duration::from_secs(15)
    }

    /// Looks whether it is there, and which voices it has; none where it does not say. Bounded in time.
    async fn probe(&self) -> Result<Vec<Voice>, VoiceError>;
}

/// An engine that writes down what is said.
#[async_trait]
pub trait SpeechToText: Engine {
    /// Writes down what is said. Nothing heard is an empty text, no error. Dropping the future ends the request.
    async fn transcribe(&self, audio: &Audio) -> Result<Transcript, VoiceError>;
}

/// An engine that speaks.
#[async_trait]
pub trait TextToSpeech: Engine {
    /// Says a text. Always WAV. Dropping the future ends the request or the process.
    async fn speak(&self, utterance: &Utterance) -> Result<Audio, VoiceError>;

    /// Whether a voice of this name could be one of its own.
    fn may_have(&self, voice: &str) -> bool;

    /// Whether it takes on the voice of a sample.
    fn clones(&self) -> bool {
        false
    }

    /// What of an utterance it heeds: `rate`, `pitch`, `volume`.
    fn heeds(&self) -> &'static [&'static str];
}

/// What was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The words, trimmed; empty when nothing was heard.
    pub text: String,
    /// The language the engine took it for.
    pub language: Option<String>,
    /// How long the audio is.
    pub duration_s: Option<f64>,
}

/// A text to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// The text, not blank.
    pub text: String,
    /// In which voice; none is the engine's own.
    pub voice: Option<VoiceChoice>,
    /// How fast: 1 is normal.
    pub rate: f64,
    /// How high: 1 is the voice's own.
    pub pitch: f64,
    /// How loud: 0 to 1.
    pub volume: f64,
}

/// Which voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceChoice {
    /// One that an engine has.
    Named(String),
    /// That of a sample, for an engine that clones.
    Sample {
        /// The recorded speech.
        audio: Bytes,
        /// How it is packed.
        format: AudioFormat,
    },
}

/// A voice that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// What to ask for.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its language, where the engine says it.
    pub language: Option<String>,
}
