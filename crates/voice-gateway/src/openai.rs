//! The OpenAI audio wire, which self-hosted Whisper, Piper and Kokoro servers speak.

use crate::error::cut;
use crate::{
    Audio, Engine, Secret, SpeechToText, TextToSpeech, Transcript, Utterance, Voice, VoiceChoice, VoiceError,
};
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use domain::AudioFormat;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde_json::{Value, json};
use std::time::Duration;

/// What people call the engine.
const NAME: &str = "server";
/// The most bytes of an answer in JSON, and of one in sound.
const MOST_JSON: usize = 1024 * 1024;
const MOST_SOUND: usize = 64 * 1024 * 1024;
/// The wire's own limits of how fast.
const RATES: (f64, f64) = (0.25, 4.0);

/// Where a speech server is, and what to ask it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechServerSettings {
    /// Its base URL; `/v1` is added where the path names no version.
    pub url: String,
    /// Its key.
    pub key: Option<Secret>,
    /// The model that hears.
    pub transcribe_model: String,
    /// The model that speaks.
    pub speech_model: String,
    /// The voice where none is chosen.
    pub voice: String,
    /// The field of a speech request in which the server takes a sample, as a data URL; none: it does not clone voices.
    pub sample_field: Option<String>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long it may take to hear.
    pub transcribe_timeout: Duration,
    /// How long it may take to speak.
    pub speech_timeout: Duration,
}

/// A speech server over HTTP.
#[derive(Debug)]
pub struct OpenAiSpeech {
    settings: SpeechServerSettings,
    client: Client,
    base: String,
}

impl OpenAiSpeech {
    /// # Errors
    /// In words: a URL that is none, or a key that cannot be sent.
    pub fn new(settings: SpeechServerSettings) -> Result<Self, String> {
        let base = base(&settings.url)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
                .map_err(|_| "the key holds characters that cannot be sent".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = Client::builder()
            .default_headers(headers)
            .user_agent(concat!("daena/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            // Shorter than the shortest keep-alive of the known servers.
            .pool_idle_timeout(Duration::from_secs(4))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|error| format!("cannot set up the HTTP client: {error}"))?;
        Ok(Self { settings, client, base })
    }

    /// Sends a request and reads its whole answer, both within the time.
    async fn ask(
        &self,
        request: RequestBuilder,
        limit: Duration,
        most: usize,
    ) -> Result<(StatusCode, String, Bytes), VoiceError> {
        let asked = async {
            let mut response = request.send().await.map_err(|error| self.unsent(&error))?;
            let kind = content_type(&response);
            let body = self.body(&mut response, most).await?;
            Ok((response.status(), kind, body))
        };
        let late = || VoiceError::Timeout { engine: NAME.to_owned(), seconds: limit.as_secs().max(1) };
        tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| Err(late()))
    }

    async fn body(&self, response: &mut Response, most: usize) -> Result<Bytes, VoiceError> {
        let mut body = BytesMut::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|_| failed("its answer broke off".to_owned()))?
        {
            if body.len() + chunk.len() > most {
                return Err(failed(format!("it answered with more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn unsent(&self, error: &reqwest::Error) -> VoiceError {
        if error.is_timeout() && !error.is_connect() {
            let seconds = self.settings.transcribe_timeout.as_secs();
            return VoiceError::Timeout { engine: NAME.to_owned(), seconds };
        }
        let why = if error.is_connect() { "no connection comes about" } else { "the connection broke" };
        VoiceError::Unreachable { engine: NAME.to_owned(), detail: why.to_owned() }
    }
}

#[async_trait]
impl Engine for OpenAiSpeech {
    fn name(&self) -> &str {
        NAME
    }

    fn url(&self) -> Option<&str> {
        Some(&self.base)
    }

    /// Any answer of the server's says that it is there; its voices are asked for where it lists them.
    async fn probe(&self) -> Result<Vec<Voice>, VoiceError> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let get = |path: &str| self.client.get(format!("{}{path}", self.base));
        let (status, _, _) = self.ask(get("/models"), PATIENCE, MOST_JSON).await?;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || status.is_server_error() {
            return Err(failed(format!("it answered {status}")));
        }
        let (status, _, body) = self.ask(get("/audio/voices"), PATIENCE, MOST_JSON).await?;
        let listed =
            if status.is_success() { serde_json::from_slice(&body).unwrap_or_default() } else { Value::Null };
        Ok(voices(&listed))
    }
}

#[async_trait]
impl SpeechToText for OpenAiSpeech {
    async fn transcribe(&self, audio: &Audio) -> Result<Transcript, VoiceError> {
        let file = Part::stream(audio.bytes().clone())
            .file_name(format!("audio.{}", audio.format()))
            .mime_str(audio.format().media_type())
            .map_err(|error| failed(error.to_string()))?;
        let form = Form::new()
            .text("model", self.settings.transcribe_model.clone())
            .text("response_format", "verbose_json")
            .part("file", file);
        let request = self.client.post(format!("{}/audio/transcriptions", self.base)).multipart(form);
        let (status, kind, body) = self.ask(request, self.settings.transcribe_timeout, MOST_JSON).await?;
        if matches!(
            status,
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY
        ) {
            return Err(VoiceError::Unreadable { engine: NAME.to_owned(), detail: said(&body) });
        }
        let answer = answered(status, &kind, &body)?;
        let text = answer.get("text").and_then(Value::as_str);
        let text = text.ok_or_else(|| failed("its answer holds no text".to_owned()))?;
        Ok(Transcript {
            text: text.trim().replace('\0', ""),
            language: answer.get("language").and_then(Value::as_str).map(str::to_owned),
            duration_s: answer
                .get("duration")
                .and_then(Value::as_f64)
                .or_else(|| audio.duration().map(|it| it.as_secs_f64())),
        })
    }
}

#[async_trait]
impl TextToSpeech for OpenAiSpeech {
    async fn speak(&self, utterance: &Utterance) -> Result<Audio, VoiceError> {
        let voice = match &utterance.voice {
            Some(VoiceChoice::Named(name)) => name,
            _ => &self.settings.voice,
        };
        let mut body = json!({
            "model": self.settings.speech_model, "input": utterance.text, "voice": voice,
            "response_format": "wav", "speed": utterance.rate.clamp(RATES.0, RATES.1),
        });
        if let (Some(field), Some(VoiceChoice::Sample { audio, format }), Some(fields)) =
            (&self.settings.sample_field, &utterance.voice, body.as_object_mut())
        {
            let url = format!("data:{};base64,{}", format.media_type(), BASE64_STANDARD.encode(audio));
            fields.insert(field.clone(), url.into());
        }
        let request = self.client.post(format!("{}/audio/speech", self.base)).json(&body);
        let (status, kind, body) = self.ask(request, self.settings.speech_timeout, MOST_SOUND).await?;
        if !status.is_success() {
            return Err(failed(format!("it answered {status}: {}", said(&body))));
        }
        match Audio::read(body) {
            Ok(audio) if audio.format() == AudioFormat::Wav => Ok(audio),
            Ok(audio) => Err(failed(format!("it answered with {}, not with wav", audio.format()))),
            Err(error) => Err(failed(format!("it answered with {kind}: {error}"))),
        }
    }

    fn may_have(&self, voice: &str) -> bool {
        !voice.contains('/')
    }

    fn clones(&self) -> bool {
        self.settings.sample_field.is_some()
    }

    fn heeds(&self) -> &'static [&'static str] {
        &["rate"]
    }
}

/// The base URL with a version in its path, without a slash at its end.
fn base(text: &str) -> Result<String, String> {
    let refused = |why: &str| Err(format!("is not a base URL of a speech server: {why}"));
    let Ok(url) = Url::parse(text.trim()) else { return refused("it cannot be parsed as a URL") };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("the scheme is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("it holds credentials, which belong into a key file");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("it has a query or a fragment");
    }
    let base = url.as_str().trim_end_matches('/');
    let versioned = url.path().split('/').any(|part| {
        part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    Ok(if versioned { base.to_owned() } else { format!("{base}/v1") })
}

fn failed(detail: String) -> VoiceError {
    VoiceError::Failed { engine: NAME.to_owned(), detail }
}

fn content_type(response: &Response) -> String {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    cut(kind.and_then(|kind| kind.split(';').next()).unwrap_or("no type"))
}

/// An answer in JSON of a request that went well.
fn answered(status: StatusCode, kind: &str, body: &[u8]) -> Result<Value, VoiceError> {
    if !status.is_success() {
        return Err(failed(format!("it answered {status}: {}", said(body))));
    }
    serde_json::from_slice(body).map_err(|_| failed(format!("it answered with {kind}, which is no JSON")))
}

/// What a server says went wrong, in whichever of the usual forms.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return "a page of HTML".to_owned();
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = ["/error/message", "/detail", "/error", "/message"];
    let told = told.iter().find_map(|pointer| value.pointer(pointer).and_then(Value::as_str));
    match told {
        Some(told) => cut(told),
        None if text.trim().is_empty() => "it says nothing of it".to_owned(),
        None => cut(&text),
    }
}

/// The voices of a list: names, or objects with an id or a name.
fn voices(listed: &Value) -> Vec<Voice> {
    const MOST: usize = 1000;
    let list = listed.get("voices").or_else(|| listed.get("data")).unwrap_or(listed);
    let text = |it: &Value, key: &str| it.get(key).and_then(Value::as_str).map(str::to_owned);
    let voice = |it: &Value| {
        let id = it.as_str().map(str::to_owned);
        let id =
            id.or_else(|| text(it, "id")).or_else(|| text(it, "voice_id")).or_else(|| text(it, "name"))?;
        let fits =
            !id.trim().is_empty() && id.len() <= 200 && !id.contains(char::is_control) && !id.contains('/');
        let name = text(it, "name").map_or_else(|| id.clone(), |name| cut(&name));
        fits.then_some(Voice { id, name, language: text(it, "language") })
    };
    list.as_array().into_iter().flatten().filter_map(voice).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_gets_its_version() {
        for (text, expected) in [
            ("http://127.0.0.1:11700", "http://127.0.0.1:11700/v1"),
            ("http://127.0.0.1:11700/v1/", "http://127.0.0.1:11700/v1"),
            ("https://speech.example/audio/v2", "https://speech.example/audio/v2"),
        ] {
            assert_eq!(base(text).unwrap(), expected);
        }
        for bad in ["", "ftp://h", "http://me:secret@h", "http://h?key=1", "speech"] {
            let refused = base(bad).unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn voices_are_read_in_each_of_the_usual_forms() {
        let ids = |value: Value| voices(&value).into_iter().map(|voice| voice.id).collect::<Vec<_>>();
        assert_eq!(ids(json!({"voices": ["a", "b", " ", "x/y"]})), ["a", "b"]);
        assert_eq!(ids(json!([{"id": "a"}, {"name": "b"}, {"voice_id": "c"}, {}])), ["a", "b", "c"]);
        assert_eq!(ids(json!({"data": [{"id": "a", "language": "en"}]})), ["a"]);
        assert!(ids(json!("page")).is_empty());
    }
}
