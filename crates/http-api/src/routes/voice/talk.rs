//! Hearing, speaking, and talks by voice.

use crate::answer::Json;
use crate::api::Api;
use crate::caller::{Caller, Place};
use crate::dto::{
    BegunView, DeltaView, HushBody, Hushed, InteractBody, InteractView, ObeyedView, RecordingForm, SpeakBody,
    SpokenView, TranscriptView,
};
use crate::extract::{ClipPath, Json as Body, OptionalJson, Recording, Spoken, session_of};
use crate::problem::{Code, FailedTurn, Problem, ProblemDocument};
use crate::sse::{self, ServerSentEvent};
use crate::turn::failure;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use company_service::{Done, Interacted, Interaction, InteractionUpdate, Said, Talk, TurnBegun, VoiceScope};
use domain::Message;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

/// For how long a client may keep a clip.
const CLIP_CACHE: HeaderValue = HeaderValue::from_static("private, max-age=600");

/// Writes down what is said. Nothing heard is an empty text.
#[utoipa::path(
    post, path = "/api/v1/voice/transcribe", tag = "voice",
    request_body(content((RecordingForm = "multipart/form-data"), (String = "application/octet-stream"))),
    responses((status = 200, description = "What was heard", body = TranscriptView)),
)]
pub(crate) async fn transcribe_audio(
    api: Api,
    recording: Recording,
) -> Result<Json<TranscriptView>, Problem> {
    Ok(Json(api.company.transcribe(&recording.audio().await?).await?.into()))
}

/// Says a text. The header `X-Voice-Engine` names who spoke.
#[utoipa::path(
    post, path = "/api/v1/voice/speak", tag = "voice", request_body = SpeakBody,
    responses((status = 200, description = "The sound", content_type = "audio/wav")),
)]
pub(crate) async fn speak_text(api: Api, Body(body): Body<SpeakBody>) -> Result<HttpResponse, Problem> {
    if body.format.as_deref().is_some_and(|format| format != "wav") {
        return Err(Problem::new(Code::Unprocessable, Code::Unprocessable.title()).at("/format", "is wav"));
    }
    let spoken = api.company.say(body.into()).await?;
    Ok(HttpResponse::Ok()
        .content_type(spoken.audio.format().media_type())
        .insert_header(("x-voice-engine", spoken.engine))
        .body(spoken.audio.bytes().clone()))
}

/// A turn by voice: what is said is a command, or a message in a session of its scope; the answer is spoken. With `stream`:
/// server-sent events `transcription`, `session` or `command`, `delta`, `audio` for each sentence as soon as it is spoken, and
/// `done` (the whole answer) or `error`. The text is whole even when it cannot be spoken. Whatever was still being spoken in
/// the session ends.
#[utoipa::path(
    post, path = "/api/v1/voice/interact", tag = "voice",
    params(
        ("session_id" = Option<String>, Query, description = "As in the body, where that is the recording itself"),
        ("scope" = Option<String>, Query, description = "auto, executive, department:SLUG or agent:SLUG"),
        ("stream" = Option<bool>, Query, description = "Whether to answer with server-sent events"),
        ("speak" = Option<bool>, Query, description = "Whether the answer is spoken"),
    ),
    request_body(content(
        (InteractBody = "application/json"), (RecordingForm = "multipart/form-data"), (String = "application/octet-stream"),
    )),
    responses((status = 200, description = "The answer", content(
        (InteractView = "application/json"), (ServerSentEvent = "text/event-stream"),
    ))),
)]
pub(crate) async fn interact_by_voice(
    api: Api,
    request: HttpRequest,
    caller: Caller,
    spoken: Spoken,
) -> Result<HttpResponse, Problem> {
    let session_id = spoken.session_id()?;
    let scope = spoken.body.scope.as_deref().unwrap_or("auto").parse::<VoiceScope>();
    let scope = scope.map_err(|error| Problem::invalid("/scope", error))?;
    let Spoken { audio, room, body: InteractBody { text, client_message_id, stream, speak, .. } } = spoken;
    let said = match (text, audio) {
        (Some(text), _) if text.trim().is_empty() => return Err(Problem::invalid("/text", "is empty")),
        (Some(text), _) if text.contains('\0') => {
            return Err(Problem::invalid("/text", "holds a NUL character"));
        }
        (Some(text), _) => Said::Text(text),
        (None, Some(audio)) => Said::Audio(audio),
        (None, None) => return Err(Problem::invalid("/text", "is missing")),
    };
    let client_message_id = client_message_id.or(caller.message_id);
    let interaction =
        Interaction { said, session_id, scope, client_message_id, speak: speak.unwrap_or(true) };
    let talk = api.company.interact(interaction).await?;
    drop(room);
    if stream == Some(true) || caller.accepts_events {
        return Ok(streamed(&api, caller.place, talk));
    }
    let turn = talk.turn();
    let ended = talk.answered().await.ok_or_else(cut_off)?;
    if let Some(problem) = failed(&api, &ended, turn) {
        return Err(problem);
    }
    Ok(Json(InteractView::from(*ended)).respond_to(&request))
}

/// Ends speaking, at once. The texts of answers go on.
#[utoipa::path(
    post, path = "/api/v1/voice/hush", tag = "voice", request_body(content = Option<HushBody>),
    responses((status = 200, description = "How many answers were being spoken", body = Hushed)),
)]
pub(crate) async fn hush(
    api: Api,
    OptionalJson(body): OptionalJson<HushBody>,
) -> Result<Json<Hushed>, Problem> {
    let session = session_of(body.session_id.as_deref())?;
    Ok(Json(Hushed { stopped: api.company.hush(session) }))
}

/// What was spoken lately: kept in memory for ten minutes, and less while much is spoken.
#[utoipa::path(
    get, path = "/api/v1/voice/clips/{id}", tag = "voice", params(ClipPath),
    responses((status = 200, description = "The sound", content_type = "audio/wav")),
)]
pub(crate) async fn read_voice_clip(api: Api, ClipPath(id): ClipPath) -> Result<HttpResponse, Problem> {
    let gone = || Problem::not_found("this clip is not kept, or not any more");
    let clip = api.company.voice_clip(id).ok_or_else(gone)?;
    Ok(HttpResponse::Ok()
        .content_type(clip.audio.format().media_type())
        .insert_header((CACHE_CONTROL, CLIP_CACHE))
        .body(clip.audio.bytes().clone()))
}

fn cut_off() -> Problem {
    Problem::new(Code::Busy, "the server is shutting down; the reply is kept as far as it came")
}

/// Why a talk's reply is no answer, if it is none.
fn failed(api: &Api, ended: &Interacted, turn: Option<TurnBegun>) -> Option<Problem> {
    let Done::Turn(reply) = &ended.done else { return None };
    let Some(reply) = reply else { return Some(cut_off()) };
    let turn = turn.map(|turn| FailedTurn {
        session_id: turn.session_id,
        user_message: Some(turn.user_message.into()),
        reply: Message::clone(reply).into(),
    });
    let problem = failure(api, reply)?;
    Some(match turn {
        Some(turn) => problem.with_turn(turn),
        None => problem,
    })
}

fn streamed(api: &Api, place: Place, talk: Talk) -> HttpResponse {
    let turn = talk.turn();
    let mut first = vec![sse::event("transcription", None, &TranscriptView::from(talk.transcript().clone()))];
    if let Some(turn) = turn.clone() {
        first.push(sse::event("session", None, &BegunView::from(turn)));
    }
    if let Some(obeyed) = talk.command() {
        first.push(sse::event("command", None, &ObeyedView::from(obeyed)));
    }
    let watch = Watch { api: api.clone(), place, turn, updates: talk.go_on() };
    let rest = stream::unfold(watch, async |mut watch| {
        let block = watch.block().await?;
        Some((block, watch))
    });
    sse::answer(stream::iter(first).chain(rest), api.heartbeat)
}

/// A talk as server-sent events.
struct Watch {
    api: Api,
    place: Place,
    turn: Option<TurnBegun>,
    updates: mpsc::Receiver<InteractionUpdate>,
}

impl Watch {
    async fn block(&mut self) -> Option<Bytes> {
        Some(match self.updates.recv().await? {
            InteractionUpdate::Delta { message_id, offset, text } => {
                sse::event("delta", None, &DeltaView { message_id, offset, text })
            }
            InteractionUpdate::Audio(told) => sse::event("audio", None, &SpokenView::from(told)),
            InteractionUpdate::Done(ended) => match failed(&self.api, &ended, self.turn.take()) {
                None => sse::event("done", None, &InteractView::from(*ended)),
                Some(problem) => {
                    let Place { instance, request_id } = &self.place;
                    let document = ProblemDocument::new(&problem, instance, request_id);
                    sse::raw_event(Some("error"), None, &document.to_json())
                }
            },
        })
    }
}
