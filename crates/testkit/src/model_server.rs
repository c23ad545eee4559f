//! A scripted model server on the loopback interface.

mod chat;
mod chat_request;
mod gate;
mod listener;
mod ollama;
mod openai;
mod plan;
mod player;
mod pull;
mod recorder;
mod routes;
mod script;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;

pub use chat_request::ChatRequest;
pub use recorder::{RecordedRequest, Stats};
pub use script::{Answer, Chooser, DEFAULT_MODEL, Fault, MakeTokens, ModelCard, PullScript, Script};

use crate::wait::{DEADLINE, wait_until};
use gate::Gate;
use listener::Listening;
use recorder::Recorder;

/// An in-process model server that answers both Ollama's and OpenAI's routes as its [`Script`] says.
///
/// It runs on the runtime that started it and ends when dropped. What it was asked stays readable across
/// [`stop`](Self::stop) and [`restart`](Self::restart).
#[derive(Debug)]
pub struct ModelServer {
    shared: Arc<Shared>,
    port: u16,
    listening: Mutex<Option<Listening>>,
}

impl ModelServer {
    /// Listens on a free port of 127.0.0.1.
    pub async fn start(script: Script) -> Self {
        Self::start_on(0, script).await
    }

    /// Listens on this port of 127.0.0.1, waiting for it to be free; requests and stats start empty.
    pub async fn start_on(port: u16, script: Script) -> Self {
        let listener = bind(port).await;
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let shared = Arc::new(Shared::new(script));
        let listening = Listening::start(listener, Arc::clone(&shared));
        Self { shared, port, listening: Mutex::new(Some(listening)) }
    }

    /// Closes the listener and every connection; once this returns, connections are refused.
    ///
    /// Streams that were running count as cancelled. Stopping a stopped server does nothing.
    pub async fn stop(&self) {
        let listening = lock(&self.listening).take();
        if let Some(listening) = listening {
            listening.stop().await;
        }
    }

    /// Stops if need be and listens on the same port again, with the same script, requests and stats.
    pub async fn restart(&self) {
        self.stop().await;
        let listener = bind(self.port).await;
        let listening = Listening::start(listener, Arc::clone(&self.shared));
        *lock(&self.listening) = Some(listening);
    }

    /// `http://127.0.0.1:PORT`: Ollama's base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `http://127.0.0.1:PORT/v1`: the base URL as OpenAI's clients write it.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// The port this server listens on, or listened on before it was stopped.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers from the next request on follow this script; those under way keep theirs, holds included. Its models are
    /// those it names, whatever was pulled or deleted before.
    pub fn set(&self, script: Script) {
        *lock(&self.shared.current) = Arc::new(script);
        lock(&self.shared.gates).push(Arc::new(Gate::default()));
    }

    /// Lets every held stream run to its end, and opens the gate for later ones until the next
    /// [`set`](Self::set).
    ///
    /// There is no race: a stream that reaches its hold after this call passes.
    pub fn release(&self) {
        let mut gates = lock(&self.shared.gates);
        gates.iter().for_each(|gate| gate.open());
        let latest = gates.len() - 1;
        gates.drain(..latest);
    }

    /// Lets `tokens` more tokens pass the hold; the record that ends a stream counts as one.
    ///
    /// Streams that wait get them in the order in which they came to wait.
    pub fn step(&self, tokens: usize) {
        self.shared.gate().step(tokens);
    }

    /// Every request since the start, of every route, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.recorder.requests()
    }

    /// The requests to the two chat routes, in order of arrival.
    #[must_use]
    pub fn chats(&self) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(RecordedRequest::is_chat).collect()
    }

    /// The counters as they stand.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.recorder.stats()
    }

    /// Waits until the counters satisfy `condition` and returns them as they stood then.
    ///
    /// # Panics
    ///
    /// Panics after [`DEADLINE`], naming `what` was waited for and the counters.
    pub async fn wait_for(&self, what: &str, condition: impl FnMut(&Stats) -> bool) -> Stats {
        let mut stats = self.shared.recorder.watch();
        match tokio::time::timeout(DEADLINE, stats.wait_for(condition)).await {
            Ok(Ok(reached)) => *reached,
            Ok(Err(_)) | Err(_) => panic!("the model server waited in vain for {what}: {:?}", self.stats()),
        }
    }
}

/// What the handlers of all connections see.
#[derive(Debug)]
struct Shared {
    current: Mutex<Arc<Script>>,
    /// The gates not yet opened for good and, last, the one of the current script.
    gates: Mutex<Vec<Arc<Gate>>>,
    fetched: Mutex<pull::Fetched>,
    recorder: Recorder,
}

impl Shared {
    fn new(script: Script) -> Self {
        Self {
            current: Mutex::new(Arc::new(script)),
            gates: Mutex::new(vec![Arc::new(Gate::default())]),
            fetched: Mutex::default(),
            recorder: Recorder::default(),
        }
    }

    fn script(&self) -> Arc<Script> {
        Arc::clone(&lock(&self.current))
    }

    fn gate(&self) -> Arc<Gate> {
        Arc::clone(lock(&self.gates).last().expect("there is always a gate"))
    }
}

async fn bind(port: u16) -> TcpListener {
    let what = format!("port {port} to be free");
    wait_until(&what, Duration::from_secs(5), async || TcpListener::bind(("127.0.0.1", port)).await.ok())
        .await
}

/// A panic in one test's closure must not hide behind a poisoned lock in the next assertion.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
