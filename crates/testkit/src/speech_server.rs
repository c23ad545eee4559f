//! A scripted speech server on the loopback interface: the OpenAI audio wire.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What a speech server does.
#[derive(Clone, Debug)]
pub struct SpeechScript {
    /// What it hears in any recording.
    pub hears: String,
    /// What goes wrong where it hears.
    pub hearing: Option<SpeechFault>,
    /// What goes wrong where it speaks.
    pub speaking: Option<SpeechFault>,
    /// Whether sentences wait for [`SpeechServer::release`].
    pub holds_speech: bool,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechFault {
    /// An error answer with this status.
    Status(u16),
    /// A page instead of an answer.
    Html,
    /// No answer at all.
    Silent,
    /// An answer without end.
    Endless,
}

impl SpeechScript {
    /// It hears these words in any recording, and says what it is asked for.
    #[must_use]
    pub fn hearing(words: &str) -> Self {
        Self { hears: words.to_owned(), hearing: None, speaking: None, holds_speech: false }
    }

    /// The same, with something wrong where it hears.
    #[must_use]
    pub fn deaf(mut self, fault: SpeechFault) -> Self {
        self.hearing = Some(fault);
        self
    }

    /// The same, with something wrong where it speaks.
    #[must_use]
    pub fn mute(mut self, fault: SpeechFault) -> Self {
        self.speaking = Some(fault);
        self
    }

    /// The same, where sentences wait for [`SpeechServer::release`].
    #[must_use]
    pub fn held(mut self) -> Self {
        self.holds_speech = true;
        self
    }
}

/// An in-process speech server. It runs on the runtime that started it, and ends when dropped.
#[derive(Debug)]
pub struct SpeechServer {
    shared: Arc<Shared>,
    port: u16,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    script: Mutex<SpeechScript>,
    spoken: watch::Sender<Vec<Value>>,
    recordings: Mutex<Vec<usize>>,
    released: watch::Sender<bool>,
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

impl SpeechServer {
    /// Listens on a free port of 127.0.0.1.
    #[allow(clippy::disallowed_methods, reason = "the task ends with its server")]
    pub async fn start(script: SpeechScript) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            spoken: watch::Sender::new(Vec::new()),
            recordings: Mutex::default(),
            released: watch::Sender::new(false),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { shared, port, serving }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers from the next request on follow this script.
    pub fn set(&self, script: SpeechScript) {
        *lock(&self.shared.script) = script;
    }

    /// Lets the sentences that wait, and all later ones, be spoken.
    pub fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// What it was asked to say, in its order.
    #[must_use]
    pub fn spoken(&self) -> Vec<Value> {
        self.shared.spoken.borrow().clone()
    }

    /// Waits until it was asked to say so many things.
    pub async fn asked_to_say(&self, count: usize) {
        let mut spoken = self.shared.spoken.subscribe();
        let asked = spoken.wait_for(|spoken| spoken.len() >= count);
        tokio::time::timeout(crate::DEADLINE, asked).await.expect("asked in time").expect("a running server");
    }

    /// How many bytes each request to hear had.
    #[must_use]
    pub fn recordings(&self) -> Vec<usize> {
        lock(&self.shared.recordings).clone()
    }
}

impl Drop for SpeechServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            // An error here is a client that went away.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let script = lock(&shared.script).clone();
    Ok(match head.uri.path() {
        "/v1/models" => reply(200, "application/json", json!({"data": [{"id": "whisper-1"}]}).to_string()),
        "/v1/audio/voices" => {
            reply(200, "application/json", json!({"voices": ["alloy", "echo"]}).to_string())
        }
        "/v1/audio/transcriptions" => {
            lock(&shared.recordings).push(body.len());
            match script.hearing {
                Some(fault) => faulty(fault).await,
                None => {
                    let heard = json!({"text": script.hears, "language": "english", "duration": 1.5});
                    reply(200, "application/json", heard.to_string())
                }
            }
        }
        "/v1/audio/speech" => {
            let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
            shared.spoken.send_modify(|spoken| spoken.push(asked.clone()));
            if script.holds_speech {
                // A server that ends lets nobody pass.
                shared.released.subscribe().wait_for(|released| *released).await.ok();
            }
            match script.speaking {
                Some(fault) => faulty(fault).await,
                None => reply(200, "audio/wav", tone(asked["input"].as_str().unwrap_or_default().len())),
            }
        }
        _ => reply(404, "text/plain", "404 page not found"),
    })
}

async fn faulty(fault: SpeechFault) -> Response<Body> {
    match fault {
        SpeechFault::Status(status) => {
            reply(status, "application/json", json!({"error": {"message": "scripted"}}).to_string())
        }
        SpeechFault::Html => reply(200, "text/html", "<!doctype html><title>Sign in</title>"),
        SpeechFault::Silent => pending().await,
        SpeechFault::Endless => {
            let chunk = Bytes::from(vec![b'x'; 1024 * 1024]);
            let chunks = stream::repeat_with(move || Ok(Frame::data(chunk.clone())));
            Response::new(StreamBody::new(chunks).boxed_unsync())
        }
    }
}

fn reply(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).boxed_unsync();
    Response::builder().status(status).header(CONTENT_TYPE, content_type).body(body).expect("a valid answer")
}

/// A WAV file with a loud tone: 16 bits, 8,000 samples a second, 100 samples for each letter of a text.
#[must_use]
pub fn tone(letters: usize) -> Vec<u8> {
    wav((0..letters * 100).map(|at| if at % 20 < 10 { 9000 } else { -9000 }))
}

/// A WAV file in which nobody speaks.
#[must_use]
pub fn silence(samples: usize) -> Vec<u8> {
    wav(std::iter::repeat_n(0, samples))
}

fn wav(samples: impl Iterator<Item = i16>) -> Vec<u8> {
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = u32::try_from(data.len()).expect("a short tone");
    let mut file = BytesMut::with_capacity(data.len() + 44);
    file.put_slice(b"RIFF");
    file.put_u32_le(length + 36);
    file.put_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.put_u32_le(8000);
    file.put_u32_le(16_000);
    file.put_slice(&[2, 0, 16, 0]);
    file.put_slice(b"data");
    file.put_u32_le(length);
    file.put_slice(&data);
    file.to_vec()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
