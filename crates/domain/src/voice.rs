//! How the company sounds and listens.

use crate::scope::words;
use crate::{SampleId, ScopeType, Slug, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// How audio is packed.
    AudioFormat {
        /// RIFF with PCM samples.
        Wav = "wav",
        /// Matroska's profile for the web, as browsers record.
        Webm = "webm",
        /// Ogg, with Opus or Vorbis in it.
        Ogg = "ogg",
        /// MPEG audio, layer III.
        Mp3 = "mp3",
        /// Free lossless audio codec.
        Flac = "flac",
        /// MPEG-4, with AAC or Opus in it, as phones and Safari record.
        Mp4 = "mp4",
    }
);

impl AudioFormat {
    /// What it is served as.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Webm => "audio/webm",
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Flac => "audio/flac",
            Self::Mp4 => "audio/mp4",
        }
    }
}

/// Whose voice it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VoiceOwner {
    /// Daena's.
    Daena,
    /// That of a department.
    Department(Slug),
    /// An agent's.
    Agent(Slug),
}

impl VoiceOwner {
    /// The kind of scope it speaks in.
    pub const fn scope_type(&self) -> ScopeType {
        match self {
            Self::Daena => ScopeType::Executive,
            Self::Department(_) => ScopeType::Department,
            Self::Agent(_) => ScopeType::Agent,
        }
    }

    /// The department or the agent.
    pub const fn slug(&self) -> Option<&Slug> {
        match self {
            Self::Daena => None,
            Self::Department(slug) | Self::Agent(slug) => Some(slug),
        }
    }
}

impl fmt::Display for VoiceOwner {
    /// As the database and events name it: `daena`, `department:hr`, `agent:hr-talent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daena => f.write_str("daena"),
            Self::Department(slug) => write!(f, "department:{slug}"),
            Self::Agent(slug) => write!(f, "agent:{slug}"),
        }
    }
}

impl FromStr for VoiceOwner {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let slug = |text: &str| Slug::parse(text).map_err(|error| error.to_string());
        match text.split_once(':') {
            None if text == "daena" => Ok(Self::Daena),
            Some(("department", of)) => slug(of).map(Self::Department),
            Some(("agent", of)) => slug(of).map(Self::Agent),
            _ => Err("expected daena, department:SLUG or agent:SLUG".to_owned()),
        }
    }
}

/// How somebody sounds and listens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceState {
    /// Whether a talk by voice is on.
    pub talk_active: bool,
    /// The voice, as `GET /voice/voices` lists them, or `sample/` and the id of a sample; none is the engine's own.
    pub voice_id: Option<String>,
    /// How fast: 1 is [`VoiceState::NORMAL_WORDS_PER_MINUTE`]. 0.5 to 2.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.5, maximum = 2.0))]
    pub rate: f64,
    /// How high: 1 is the voice's own. 0.5 to 2.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.5, maximum = 2.0))]
    pub pitch: f64,
    /// How loud: 0 to 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.0, maximum = 1.0))]
    pub volume: f64,
    /// What it listens to where it listens all the time.
    pub wake_words: Vec<String>,
    /// Whether answers to typed messages are spoken too.
    pub auto_speak: bool,
}

impl VoiceState {
    /// How fast a rate of 1 is.
    pub const NORMAL_WORDS_PER_MINUTE: f64 = 150.0;
}

impl Default for VoiceState {
    fn default() -> Self {
        Self {
            talk_active: false,
            voice_id: None,
            rate: 1.0,
            pitch: 1.0,
            volume: 1.0,
            wake_words: vec!["hey daena".to_owned(), "daena".to_owned()],
            auto_speak: false,
        }
    }
}

/// Recorded speech for engines that take on a voice. Its audio is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceSample {
    /// Its id.
    pub id: SampleId,
    /// What people call it.
    pub name: String,
    /// How it is packed.
    pub format: AudioFormat,
    /// Its size.
    pub bytes: i64,
    /// How long it is, where its file says so.
    pub duration_ms: Option<i64>,
    /// When it was stored.
    pub created_at: Timestamp,
}
