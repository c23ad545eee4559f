//! Speech.

use company_service::{
    ClipTold, CommandInfo, Done, EngineStatus, Interacted, Listed, Obeyed, Say, Transcript, TurnBegun,
    VoiceEdit, VoiceListed,
};
use domain::view::{MessageView, VoiceSampleView};
use domain::{ClipId, MessageId, Position, SampleId, SessionId, Timestamp, VoiceSample};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// A text to say; what is left out is as Daena's voice state has it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SpeakBody {
    /// The text.
    #[schema(min_length = 1, max_length = 4000)]
    text: String,
    /// The voice.
    voice_id: Option<String>,
    /// How fast: 1 is 150 words a minute.
    #[schema(minimum = 0.5, maximum = 2.0)]
    rate: Option<f64>,
    /// How high.
    #[schema(minimum = 0.5, maximum = 2.0)]
    pitch: Option<f64>,
    /// How loud.
    #[schema(minimum = 0.0, maximum = 1.0)]
    volume: Option<f64>,
    /// `wav`: the only one there is.
    pub(crate) format: Option<String>,
}

impl From<SpeakBody> for Say {
    fn from(body: SpeakBody) -> Self {
        let SpeakBody { text, voice_id, rate, pitch, volume, format: _ } = body;
        Self { text, voice_id, rate, pitch, volume }
    }
}

/// Something said, as text or as a form with a recording.
#[derive(Deserialize, ToSchema, Default)]
pub(crate) struct InteractBody {
    /// What was typed, or put right after it was heard; left out where a recording is sent.
    #[schema(min_length = 1)]
    pub(crate) text: Option<String>,
    /// The session it goes on in; none begins a new one.
    #[schema(value_type = Option<SessionId>)]
    pub(crate) session_id: Option<String>,
    /// `auto`, `executive`, `department:SLUG` or `agent:SLUG`.
    pub(crate) scope: Option<String>,
    /// The sender's own id of the message.
    pub(crate) client_message_id: Option<String>,
    /// Whether to answer with server-sent events.
    pub(crate) stream: Option<bool>,
    /// Whether the answer is spoken; it is, unless this is false.
    pub(crate) speak: Option<bool>,
}

/// A sentence that was spoken.
#[derive(Serialize, ToSchema)]
#[schema(as = SpokenSentence)]
pub(crate) struct SpokenView {
    /// Its place, from 0.
    index: usize,
    /// Its words.
    sentence: String,
    /// Where its sound is, for ten minutes.
    audio_url: String,
    /// Who spoke.
    engine: String,
}

impl From<ClipTold> for SpokenView {
    fn from(it: ClipTold) -> Self {
        Self { index: it.index, sentence: it.sentence, audio_url: clip_url(it.clip), engine: it.engine }
    }
}

fn clip_url(clip: ClipId) -> String {
    format!("/api/v1/voice/clips/{clip}")
}

/// A turn by voice.
#[derive(Serialize, ToSchema)]
#[schema(as = VoiceTurn)]
pub(crate) struct InteractView {
    /// The session; null for a command that was given in none.
    session_id: Option<SessionId>,
    /// What was heard; empty when nothing was.
    transcription: String,
    /// The language the engine took it for.
    language: Option<String>,
    /// Whether anything was heard.
    heard: bool,
    /// Whether it was a command.
    was_command: bool,
    /// Its name.
    command: Option<&'static str>,
    /// What came of it; `done` says whether it was carried out, `confirm` that it asks back.
    #[schema(value_type = Option<Object>)]
    command_result: Option<Value>,
    /// The whole answer.
    response: String,
    /// The reply, where it was talk.
    reply: Option<MessageView>,
    /// The whole answer as sound; null where nothing was spoken, or its sentences are no one sound.
    audio_url: Option<String>,
    /// Its sentences as sound.
    audio: Vec<SpokenView>,
    /// Why it was not spoken, or not to its end.
    speech_error: Option<String>,
}

impl From<Interacted> for InteractView {
    fn from(it: Interacted) -> Self {
        let (obeyed, reply) = match it.done {
            Done::Command(obeyed) => (Some(obeyed), None),
            Done::Turn(reply) => (None, reply),
            Done::Nothing => (None, None),
        };
        Self {
            session_id: it.session_id,
            heard: !it.transcript.text.trim().is_empty(),
            transcription: it.transcript.text,
            language: it.transcript.language,
            was_command: obeyed.is_some(),
            command: obeyed.as_ref().map(|it| it.name),
            command_result: obeyed.map(|it| it.result),
            response: it.response,
            reply: reply.map(|reply| domain::Message::clone(&reply).into()),
            audio_url: it.whole.map(clip_url),
            audio: it.clips.into_iter().map(Into::into).collect(),
            speech_error: it.speech_error,
        }
    }
}

/// The event `session` of a turn by voice.
#[derive(Serialize)]
pub(crate) struct BegunView {
    session_id: SessionId,
    user_message: MessageView,
    reply: MessageView,
}

impl From<TurnBegun> for BegunView {
    fn from(it: TurnBegun) -> Self {
        Self { session_id: it.session_id, user_message: it.user_message.into(), reply: it.reply.into() }
    }
}

/// The event `command` of a turn by voice.
#[derive(Serialize)]
pub(crate) struct ObeyedView<'a> {
    command: &'static str,
    command_result: &'a Value,
    response: &'a str,
}

impl<'a> From<&'a Obeyed> for ObeyedView<'a> {
    fn from(it: &'a Obeyed) -> Self {
        Self { command: it.name, command_result: &it.result, response: &it.sentence }
    }
}

/// The event `delta` of a turn by voice.
#[derive(Serialize)]
pub(crate) struct DeltaView {
    pub(crate) message_id: MessageId,
    pub(crate) offset: usize,
    pub(crate) text: String,
}

/// Whose speaking is to end.
#[derive(Deserialize, ToSchema, Default)]
pub(crate) struct HushBody {
    /// The session; none: all.
    #[schema(value_type = Option<SessionId>)]
    pub(crate) session_id: Option<String>,
}

/// What was ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hushed {
    /// How many answers were being spoken.
    pub(crate) stopped: usize,
}
