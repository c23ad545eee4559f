//! Counters for Prometheus.

use actix_web::http::Method;
use chat_service::{ChatError, ChatService, ReadTx};
use company_service::EngineStatus;
use domain::UsageSum;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::problem::Problem;

/// The pattern of the route that a request was matched to: few, whatever clients send.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Arc<str>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: Arc<str>,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    route: Arc<str>,
    method: &'static str,
}

/// What is counted. Shared by all workers.
pub(crate) struct Metrics {
    begun: Instant,
    nowhere: Arc<str>,
    registry: Registry,
    requests: Family<Answered, Counter>,
    voice: Voice,
    durations: Family<Took, Histogram, fn() -> Histogram>,
    sockets: Gauge,
    state: State,
}

/// What is asked for when it is read.
#[derive(Default)]
struct State {
    uptime: Gauge<f64, AtomicU64>,
    subscribers: Gauge,
    waiting_reads: Gauge,
    waiting_searches: Gauge,
    waiting_writes: Gauge,
    head: Gauge,
    floor: Gauge,
    events: Gauge,
    database_bytes: Gauge,
    wal_bytes: Gauge,
    connected: Gauge,
    running: Gauge,
    deferred: Gauge,
    model_calls: Counter,
    prompt_tokens: Counter,
    completion_tokens: Counter,
}

/// What is told of speech engines.
#[derive(Default)]
struct Voice {
    up: Family<Engine, Gauge>,
    calls: Family<Engine, Counter>,
    failures: Family<Engine, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Engine {
    engine: String,
}

impl Voice {
    fn register(&self, registry: &mut Registry) {
        registry.register("voice_engine_up", "Whether a speech engine is there", self.up.clone());
        registry.register("voice_calls", "Questions to a speech engine", self.calls.clone());
        registry.register("voice_failures", "Those that went wrong", self.failures.clone());
    }

    fn measure(&self, engines: Vec<EngineStatus>) {
        for it in engines {
            let engine = Engine { engine: it.name };
            self.up.get_or_create(&engine).set(i64::from(it.reachable == Some(true)));
            self.calls.get_or_create(&engine).inner().store(it.calls, Ordering::Relaxed);
            self.failures.get_or_create(&engine).inner().store(it.failures, Ordering::Relaxed);
        }
    }
}

/// Counts a socket while it is open.
pub(crate) struct OpenSocket(Gauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("daena");
        let requests = Family::<Answered, Counter>::default();
        let durations = Family::new_with_constructor(histogram as fn() -> Histogram);
        let sockets = Gauge::default();
        let state = State::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the request's head to the answer's head",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("websockets", "Open WebSockets", sockets.clone());
        state.register(&mut registry);
        let voice = Voice::default();
        voice.register(&mut registry);
        Self {
            begun: Instant::now(),
            nowhere: "".into(),
            registry,
            requests,
            voice,
            durations,
            sockets,
            state,
        }
    }

    /// A request was answered. Without a pattern it asked for nothing we have, or was refused before it was matched.
    pub(crate) fn answered(&self, pattern: Option<&Pattern>, method: &Method, status: u16, took: Duration) {
        let route = pattern.map_or(&self.nowhere, |pattern| &pattern.0);
        let method = known(method);
        let answered = Answered { route: Arc::clone(route), method, status: class(status) };
        self.requests.get_or_create(&answered).inc();
        let took_by = Took { route: Arc::clone(route), method };
        self.durations.get_or_create(&took_by).observe(took.as_secs_f64());
    }

    /// Since the server started.
    pub(crate) fn uptime(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How many WebSockets are open.
    pub(crate) fn sockets(&self) -> i64 {
        self.sockets.get()
    }

    pub(crate) fn open_socket(&self) -> OpenSocket {
        self.sockets.inc();
        OpenSocket(self.sockets.clone())
    }

    /// Everything in the text format of Prometheus.
    pub(crate) async fn text(
        &self,
        chat: &ChatService,
        engines: Vec<EngineStatus>,
    ) -> Result<String, Problem> {
        self.voice.measure(engines);
        let brain = chat.brain().await?;
        let waiting = chat.store().queue_depths();
        let State {
            uptime,
            subscribers,
            waiting_reads,
            waiting_searches,
            waiting_writes,
            head,
            connected,
            running,
            deferred,
            ..
        } = &self.state;
        self.state.measure(chat).await?;
        uptime.set(self.begun.elapsed().as_secs_f64());
        subscribers.set(signed(chat.bus().subscribers()));
        waiting_reads.set(signed(waiting.reads));
        waiting_searches.set(signed(waiting.searches));
        waiting_writes.set(signed(waiting.writes));
        head.set(chat.store().head().get());
        connected.set(i64::from(brain.status.connected));
        running.set(brain.running_replies);
        deferred.set(brain.deferred_replies);
        self.state.count(&chat.counted_usage());
        let mut out = String::new();
        text::encode(&mut out, &self.registry)
            .map_err(|fmt::Error| Problem::internal("metrics cannot be written"))?;
        Ok(out)
    }
}

impl State {
    /// What the log and the file say of themselves.
    async fn measure(&self, chat: &ChatService) -> Result<(), Problem> {
        let read =
            |tx: &mut ReadTx<'_>| Ok::<_, ChatError>((tx.events().identity()?.1, tx.events().count()?));
        let (floor, events) = chat.store().read(read).await?;
        self.floor.set(floor.get());
        self.events.set(events);
        let sizes = chat.store().file_sizes();
        self.database_bytes.set(sizes.database.try_into().unwrap_or(i64::MAX));
        self.wal_bytes.set(sizes.wal.try_into().unwrap_or(i64::MAX));
        Ok(())
    }

    /// What asking models used up since the start.
    fn count(&self, used: &UsageSum) {
        for (counter, total) in [
            (&self.model_calls, used.calls),
            (&self.prompt_tokens, used.prompt_tokens),
            (&self.completion_tokens, used.completion_tokens),
        ] {
            counter.inner().store(total.unsigned_abs(), Ordering::Relaxed);
        }
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_with_unit("uptime", "Since the server started", Unit::Seconds, self.uptime.clone());
        registry.register("subscribers", "Subscriptions to events", self.subscribers.clone());
        registry.register(
            "store_waiting_reads",
            "Reads that wait for the database",
            self.waiting_reads.clone(),
        );
        registry.register(
            "store_waiting_searches",
            "Searches that wait for the database",
            self.waiting_searches.clone(),
        );
        registry.register(
            "store_waiting_writes",
            "Writes that wait for the database",
            self.waiting_writes.clone(),
        );
        registry.register("event_head", "The newest position of the event log", self.head.clone());
        registry.register(
            "event_floor",
            "The smallest position that can be resumed from",
            self.floor.clone(),
        );
        registry.register("events_stored", "Events in the log", self.events.clone());
        registry.register("database_bytes", "The database file", self.database_bytes.clone());
        registry.register("database_wal_bytes", "What is not yet taken into it", self.wal_bytes.clone());
        registry.register(
            "brain_connected",
            "Whether the model server can be reached",
            self.connected.clone(),
        );
        registry.register("replies_running", "Replies in the making", self.running.clone());
        registry.register("replies_deferred", "Replies that wait for the brain", self.deferred.clone());
        registry.register("model_calls", "Questions that model servers took up", self.model_calls.clone());
        registry.register(
            "prompt_tokens",
            "Tokens that models read, where they counted",
            self.prompt_tokens.clone(),
        );
        registry.register(
            "completion_tokens",
            "Tokens that models wrote, where they counted",
            self.completion_tokens.clone(),
        );
    }
}

fn histogram() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0])
}

/// Methods are chosen by clients; what is not known is one label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

const fn class(status: u16) -> &'static str {
    match status {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
