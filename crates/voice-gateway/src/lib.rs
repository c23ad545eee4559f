#![doc = include_str!("../README.md")]

mod audio;
mod engine;
mod error;
mod espeak;
mod gateway;
mod openai;

pub use audio::{Audio, AudioError, join};
pub use domain::AudioFormat;
pub use domain::Secret;
pub use engine::{Engine, SpeechToText, TextToSpeech, Transcript, Utterance, Voice, VoiceChoice};
pub use error::VoiceError;
pub use espeak::{Espeak, EspeakSettings};
pub use gateway::{EngineStatus, Spoken, VoiceGateway, VoiceGatewayBuilder, VoiceLimits};
pub use openai::{OpenAiSpeech, SpeechServerSettings};
