//! Speech.

mod talk;

pub(crate) use talk::{
    BegunView, DeltaView, HushBody, Hushed, InteractBody, InteractView, ObeyedView, SpeakBody, SpokenView,
};

use company_service::{CommandInfo, EngineStatus, Listed, Transcript, VoiceEdit, VoiceListed};
use domain::view::VoiceSampleView;
use domain::{Position, SampleId, Timestamp, VoiceSample};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{cleared, given};

/// What is to be changed of a voice state; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VoiceStateBody {
    /// Whether a talk by voice is on.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    talk_active: Option<bool>,
    /// The voice; null for the engine's own, or the department's.
    #[serde(default, deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    voice_id: Option<Option<String>>,
    /// How fast: 1 is 150 words a minute.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 0.5, maximum = 2.0)]
    rate: Option<f64>,
    /// How high: 1 is the voice's own.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 0.5, maximum = 2.0)]
    pitch: Option<f64>,
    /// How loud.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 0.0, maximum = 1.0)]
    volume: Option<f64>,
    /// What it listens to.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 50)]
    wake_words: Option<Vec<String>>,
    /// Whether answers to typed messages are spoken too.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    auto_speak: Option<bool>,
}

impl From<VoiceStateBody> for VoiceEdit {
    fn from(body: VoiceStateBody) -> Self {
        let VoiceStateBody { talk_active, voice_id, rate, pitch, volume, wake_words, auto_speak } = body;
        Self { talk_active, voice_id, rate, pitch, volume, wake_words, auto_speak }
    }
}

/// How the speech engines stand.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceStatusView {
    /// Whether somebody is there who writes down what is said.
    can_hear: bool,
    /// Whether somebody is there who speaks.
    can_speak: bool,
    /// In the order in which they are asked.
    engines: Vec<EngineView>,
}

/// A speech engine.
#[derive(Serialize, ToSchema)]
#[schema(as = SpeechEngine)]
struct EngineView {
    /// Its name.
    name: String,
    /// Where it is, if it is elsewhere.
    url: Option<String>,
    /// Whether it writes down what is said.
    hears: bool,
    /// Whether it speaks.
    speaks: bool,
    /// Whether it takes on the voice of a sample.
    clones: bool,
    /// What it heeds of a voice state: `rate`, `pitch`, `volume`.
    heeds: Vec<&'static str>,
    /// Whether it is there; null while nobody has looked.
    reachable: Option<bool>,
    /// Why it is not, or what went wrong last.
    error: Option<String>,
    /// When it was looked at.
    checked_at: Option<Timestamp>,
}

impl From<Vec<EngineStatus>> for VoiceStatusView {
    fn from(engines: Vec<EngineStatus>) -> Self {
        let there =
            |can: fn(&EngineStatus) -> bool| engines.iter().any(|it| can(it) && it.reachable == Some(true));
        let (can_hear, can_speak) = (there(|it| it.hears), there(|it| it.speaks));
        let view = |it: EngineStatus| EngineView {
            name: it.name,
            url: it.url,
            hears: it.hears,
            speaks: it.speaks,
            clones: it.clones,
            heeds: it.heeds.to_vec(),
            reachable: it.reachable,
            error: it.error,
            checked_at: it.checked_at,
        };
        Self { can_hear, can_speak, engines: engines.into_iter().map(view).collect() }
    }
}

/// The voices that can be chosen.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceList {
    voices: Vec<VoiceView>,
    /// The cursor of the next page: there is none.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

/// A voice.
#[derive(Serialize, ToSchema)]
#[schema(as = Voice)]
struct VoiceView {
    /// What to ask for.
    voice_id: String,
    /// What people call it.
    name: String,
    /// Its language, where its engine says it.
    language: Option<String>,
    /// Who has it; `sample` for samples.
    engine: String,
}

impl VoiceList {
    pub(crate) fn new(voices: Vec<VoiceListed>, as_of: Position) -> Self {
        let view = |VoiceListed { engine, voice }: VoiceListed| VoiceView {
            voice_id: voice.id,
            name: voice.name,
            language: voice.language,
            engine,
        };
        Self { voices: voices.into_iter().map(view).collect(), next_cursor: None, as_of }
    }
}

/// All samples of voices, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceSampleList {
    samples: Vec<VoiceSampleView>,
    /// The cursor of the next page: there is none.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<Listed<VoiceSample, SampleId>> for VoiceSampleList {
    fn from(listed: Listed<VoiceSample, SampleId>) -> Self {
        let samples = listed.page.items.into_iter().map(Into::into).collect();
        Self { samples, next_cursor: None, as_of: listed.as_of }
    }
}

/// What can be said.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommandList {
    commands: Vec<CommandView>,
}

/// A command.
#[derive(Serialize, ToSchema)]
#[schema(as = VoiceCommand)]
struct CommandView {
    name: &'static str,
    description: &'static str,
    /// How it can be said.
    examples: &'static [&'static str],
}

impl CommandList {
    pub(crate) fn of(commands: &[CommandInfo]) -> Self {
        let view = |it: &CommandInfo| CommandView {
            name: it.name,
            description: it.description,
            examples: it.examples,
        };
        Self { commands: commands.iter().map(view).collect() }
    }
}

/// A recording as a form's file; what is in a form may stand in the query too.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a form that is read by hand")]
pub(crate) struct RecordingForm {
    /// WAV, WebM, Ogg, MP3, MP4 or FLAC, whatever it is called.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A sample of a voice as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a form that is read by hand")]
pub(crate) struct SampleForm {
    /// WAV, WebM, Ogg, MP3, MP4 or FLAC, at most 5 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// What was heard.
#[derive(Serialize, ToSchema)]
#[schema(as = Transcript)]
pub(crate) struct TranscriptView {
    /// The words; empty when nothing was heard.
    text: String,
    /// The language the engine took it for.
    language: Option<String>,
    /// How long the recording is.
    duration_s: Option<f64>,
}

impl From<Transcript> for TranscriptView {
    fn from(it: Transcript) -> Self {
        Self { text: it.text, language: it.language, duration_s: it.duration_s }
    }
}
