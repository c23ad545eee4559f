//! Recordings as bodies: the file itself, or a form with it.

use super::{Parameters, encoding, json, unknown_id};
use crate::api::Api;
use crate::dto::InteractBody;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use company_service::{Audio, AudioError};
use domain::SessionId;
use futures_util::{StreamExt, stream};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a recording may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a form adds to its file.
const FORM: usize = 64 * 1024;
/// The most bytes of a field of a form that is no file.
const FIELD: usize = 16 * 1024;

/// How many recordings of the greatest size may be held at once.
const AT_ONCE: usize = 8;

/// The memory for recordings that are coming, or are being listened to. What does not fit is refused as busy.
pub(crate) struct RecordingRoom(Arc<Semaphore>);

/// A recording's part of it, in KiB; given back when it is dropped.
pub(crate) struct Taken(OwnedSemaphorePermit);

impl RecordingRoom {
    pub(crate) fn for_recordings_of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.saturating_add(FORM).saturating_mul(AT_ONCE) / 1024)))
    }

    /// Room for as many bytes more as it takes to hold so many.
    fn take(&self, has: Option<Taken>, bytes: usize) -> Result<Taken, Problem> {
        let busy = || Problem::new(Code::Busy, "too many recordings are coming at once: try again shortly");
        let more = bytes.div_ceil(1024) - has.as_ref().map_or(0, |it| it.0.num_permits());
        let more = u32::try_from(more).map_err(|_| busy())?;
        let mut taken = Arc::clone(&self.0).try_acquire_many_owned(more).map_err(|_| busy())?;
        if let Some(has) = has {
            taken.merge(has.0);
        }
        Ok(Taken(taken))
    }
}

/// A recording, and what was said beside it: in the query, or in the form.
pub(crate) struct Recording {
    file: Option<Bytes>,
    room: Taken,
    fields: Vec<(String, String)>,
    query: Parameters,
}

/// Something said: a recording, a form with one, or JSON with a text.
pub(crate) struct Spoken {
    pub(crate) audio: Option<Audio>,
    pub(crate) body: InteractBody,
    /// What the recording takes up until it is listened to.
    pub(crate) room: Option<Taken>,
}

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Recording {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { receive(&request, payload).await })
    }
}

impl FromRequest for Spoken {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if is_type(request, "application/json") {
            let body = json::Json::<InteractBody>::from_request(request, payload);
            return Box::pin(async move { Ok(Self { audio: None, body: body.await?.0, room: None }) });
        }
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let recording = receive(&request, payload).await?;
            let body = InteractBody {
                text: recording.field("text"),
                session_id: recording.field("session_id"),
                scope: recording.field("scope"),
                client_message_id: recording.field("client_message_id"),
                stream: recording.flag("stream")?,
                speak: recording.flag("speak")?,
            };
            let audio = match (&recording.file, &body.text) {
                (None, Some(_)) => None,
                _ => Some(recording.audio().await?),
            };
            Ok(Self { audio, body, room: Some(recording.room) })
        })
    }
}

impl Recording {
    /// What was recorded, judged by its bytes; all of them are looked at, so nobody else's thread does it.
    pub(crate) async fn audio(&self) -> Result<Audio, Problem> {
        let Some(file) = self.file.clone() else { return Err(Problem::invalid("/file", "is missing")) };
        let read = web::block(move || Audio::read(file)).await;
        let read = read.map_err(|_| Problem::internal("a recording could not be looked at"))?;
        read.map_err(|error| match error {
            AudioError::Empty => Problem::invalid("/file", "is empty"),
            AudioError::Unknown => Problem::new(Code::UnsupportedMediaType, error.to_string()),
            AudioError::Broken { .. } => {
                let said = error.to_string();
                Problem::new(Code::Unprocessable, said.clone()).at("/file", said)
            }
        })
    }

    /// A field of the form, or a parameter of the query, unless it is empty.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let field = self.fields.iter().find(|(known, value)| known == name && !value.is_empty());
        field.map(|(_, value)| value.clone()).or_else(|| self.query.filled(name))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.field(name).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Problem::invalid(format!("/{name}"), "expected true or false")),
        }
    }
}

impl Spoken {
    /// The session that was named.
    pub(crate) fn session_id(&self) -> Result<Option<SessionId>, Problem> {
        session_of(self.body.session_id.as_deref())
    }
}

/// What is no id of a session names none.
pub(crate) fn session_of(text: Option<&str>) -> Result<Option<SessionId>, Problem> {
    text.map(|text| text.parse().map_err(|_| unknown_id("session", text))).transpose()
}

async fn receive(request: &HttpRequest, payload: Payload) -> Result<Recording, Problem> {
    let api = Api::extract(request).await?;
    let most = api.company.voice_gateway().limits().max_audio_bytes;
    encoding::check(request)?;
    let query = Parameters::of(request)?;
    let boundary = boundary(request)?;
    let limit = most + if boundary.is_some() { FORM } else { 0 };
    let (body, room) = collect(request, payload, limit, most, &api.room).await?;
    let Some(boundary) = boundary else {
        return Ok(Recording { file: Some(body), room, fields: Vec::new(), query });
    };
    let (file, fields) = form(body, &boundary, most).await?;
    Ok(Recording { file, room, fields, query })
}

async fn collect(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
    most: usize,
    room: &RecordingRoom,
) -> Result<(Bytes, Taken), Problem> {
    let told =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|bytes| bytes > limit) {
        return Err(too_large(most));
    }
    let collect = async {
        let (mut body, mut taken) = (BytesMut::new(), room.take(None, 0)?);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::invalid("", "the recording broke off"))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(most));
            }
            taken = room.take(Some(taken), body.len() + chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        Ok((body.freeze(), taken))
    };
    let late = || Problem::invalid("", "the recording took too long to come");
    tokio::time::timeout(PATIENCE, collect).await.unwrap_or_else(|_| Err(late()))
}

/// The file of a form, and its other fields.
async fn form(
    body: Bytes,
    boundary: &str,
    most: usize,
) -> Result<(Option<Bytes>, Vec<(String, String)>), Problem> {
    let broken = |error: multer::Error| Problem::invalid("", format!("the form cannot be read: {error}"));
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    let (mut file, mut fields) = (None, Vec::new());
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(broken)?;
        if matches!(name.as_str(), "file" | "audio") {
            if content.len() > most {
                return Err(too_large(most));
            }
            file = Some(content);
        } else if content.len() <= FIELD {
            let text = String::from_utf8(content.to_vec())
                .ok()
                .filter(|text| !text.contains('\0'))
                .ok_or_else(|| Problem::invalid(format!("/{name}"), "is no text"))?;
            fields.push((name, text));
        } else {
            return Err(Problem::invalid(format!("/{name}"), format!("is longer than {FIELD} bytes")));
        }
    }
    Ok((file, fields))
}

fn too_large(most: usize) -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("a recording holds at most {most} bytes"))
}

fn content_type(request: &HttpRequest) -> &str {
    request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_type(request: &HttpRequest, wanted: &str) -> bool {
    content_type(request).split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}

/// The boundary of a form; none: the body is the recording, whatever type it claims.
fn boundary(request: &HttpRequest) -> Result<Option<String>, Problem> {
    if !is_type(request, "multipart/form-data") {
        return Ok(None);
    }
    let boundary = multer::parse_boundary(content_type(request));
    boundary.map(Some).map_err(|_| Problem::invalid("", "the form names no boundary"))
}
