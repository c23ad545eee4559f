//! What a model server was asked, and what became of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::watch;

use super::{chat_request, lock};

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRequest {
    /// The place in the order of arrival, from 0.
    pub sequence: usize,
    /// The method, in capitals.
    pub method: String,
    /// The path, without the query.
    pub route: String,
    /// The headers, names in lower case; of a repeated one, the last.
    pub headers: BTreeMap<String, String>,
    /// The parsed body; null when there was none or it was not JSON.
    pub body: Value,
    /// Role and text of each message of a chat; empty on other routes.
    pub messages: Vec<(String, String)>,
}

impl RecordedRequest {
    /// Whether this was a chat, on either wire.
    #[must_use]
    pub fn is_chat(&self) -> bool {
        self.route == "/api/chat" || self.route == "/v1/chat/completions"
    }
}

/// Counters since the server was made.
///
/// Once a chat or a pull got past the immediate refusals (a wrong model, `Status`, `Html`, `Drop`) it is a stream,
/// whether its answer is streamed or not, and `streams_started == streams_finished + streams_cancelled +
/// active`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests of any route.
    pub requests: usize,
    /// Requests to the chat routes.
    pub chats: usize,
    /// Chats and pulls that began, those that will stay silent included.
    pub streams_started: usize,
    /// Streams that came to their scripted end, be it a fault.
    pub streams_finished: usize,
    /// Streams whose reader, or whose server, went away before.
    pub streams_cancelled: usize,
    /// Streams under way.
    pub active: usize,
    /// The most streams that were ever under way together.
    pub max_active: usize,
    /// Streams waiting at their hold.
    pub held: usize,
    /// Tokens written so far.
    pub tokens_sent: usize,
}

/// The requests and the counters of one server.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    requests: Mutex<Vec<RecordedRequest>>,
    stats: Arc<watch::Sender<Stats>>,
}

impl Recorder {
    /// Keeps the request, numbered in order of arrival.
    pub(super) fn record(&self, method: &str, route: &str, headers: BTreeMap<String, String>, body: Value) {
        let messages = chat_request::messages(&body);
        let (method, route) = (method.to_owned(), route.to_owned());
        let mut requests = lock(&self.requests);
        let sequence = requests.len();
        let request = RecordedRequest { sequence, method, route, headers, body, messages };
        let chats = usize::from(request.is_chat());
        requests.push(request);
        self.stats.send_modify(|stats| {
            stats.requests += 1;
            stats.chats += chats;
        });
    }

    pub(super) fn begin_stream(&self) -> ActiveStream {
        self.stats.send_modify(|stats| {
            stats.streams_started += 1;
            stats.active += 1;
            stats.max_active = stats.max_active.max(stats.active);
        });
        ActiveStream { stats: Arc::clone(&self.stats), finished: false }
    }

    pub(super) fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.requests).clone()
    }

    pub(super) fn stats(&self) -> Stats {
        *self.stats.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Stats> {
        self.stats.subscribe()
    }
}

/// A stream under way; dropped unfinished, it counts as cancelled.
#[derive(Debug)]
pub(super) struct ActiveStream {
    stats: Arc<watch::Sender<Stats>>,
    finished: bool,
}

impl ActiveStream {
    /// Says that the script's end is reached; whoever leaves from now on cancels nothing.
    pub(super) fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.stats.send_modify(|stats| {
                stats.streams_finished += 1;
                stats.active -= 1;
            });
        }
    }

    pub(super) fn token_sent(&self) {
        self.stats.send_modify(|stats| stats.tokens_sent += 1);
    }

    /// Counts the stream as held until the guard goes.
    pub(super) fn hold(&self) -> Held<'_> {
        self.stats.send_modify(|stats| stats.held += 1);
        Held { stats: &self.stats }
    }
}

impl Drop for ActiveStream {
    fn drop(&mut self) {
        if !self.finished {
            self.stats.send_modify(|stats| {
                stats.streams_cancelled += 1;
                stats.active -= 1;
            });
        }
    }
}

pub(super) struct Held<'stream> {
    stats: &'stream watch::Sender<Stats>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.stats.send_modify(|stats| stats.held -= 1);
    }
}
