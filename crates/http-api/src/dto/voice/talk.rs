//! What is said, and what is answered to it.

use company_service::{ClipTold, Done, Interacted, Obeyed, Say, TurnBegun};
use domain::view::MessageView;
use domain::{ClipId, MessageId, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

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
