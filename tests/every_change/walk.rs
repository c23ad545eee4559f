//! Walking from change to change, with the log beside.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{Http, Response, Script, SpeechScript, SpeechServer, wait_until};

use crate::api::{PATIENCE, events_after, head, number, text};
use crate::company::Company;

/// A company, and what was done in it so far.
pub(super) struct Walk {
    pub(super) company: Company,
    _speech: SpeechServer,
    pub(super) http: Http,
    /// Every mutating operation of the OpenAPI document, as `POST /api/v1/…/{id}`.
    operations: BTreeSet<String>,
    done: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Up to here the log was looked at.
    since: i64,
}

impl Walk {
    pub(super) async fn begin() -> Self {
        let speech = SpeechServer::start(SpeechScript::hearing("Hello")).await;
        let url = speech.url();
        let company = Company::open_with(Script::echo(), |start| start.arg("--voice-url").arg(url)).await;
        let http = company.http();
        let document = http.get("/api/openapi.json").await.ok();
        let mut operations = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["post", "put", "patch", "delete"] {
                if item.get(method).is_some() {
                    operations.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        let since = head(&http).await;
        Self {
            company,
            _speech: speech,
            http,
            operations,
            done: BTreeSet::new(),
            refused: BTreeSet::new(),
            since,
        }
    }

    /// A request that changes something: its answer, once exactly these events stand in the log.
    pub(super) async fn does(&mut self, request: &str, body: Value, status: u16, events: &[&str]) -> Value {
        self.done.insert(self.operation(request));
        let answer = self.send(request, body).await;
        assert_eq!(answer.status, status, "{request}: {answer}");
        self.leaves(request, events).await;
        if answer.status == 204 { Value::Null } else { answer.with_status(status) }
    }

    /// As [`does`](Self::does), with a file as the body.
    pub(super) async fn sends(
        &mut self,
        request: &str,
        body: Vec<u8>,
        status: u16,
        events: &[&str],
    ) -> Value {
        self.done.insert(self.operation(request));
        let (method, path) = request.split_once(' ').unwrap();
        let answer = self.http.request(method, &whole(path)).body(body).send().await;
        assert_eq!(answer.status, status, "{request}: {answer}");
        self.leaves(request, events).await;
        answer.with_status(status)
    }

    /// A request that is refused with this status, and leaves no event.
    pub(super) async fn refuses(&mut self, request: &str, body: Value, status: u16) {
        self.refused.insert(self.operation(request));
        let answer = self.send(request, body).await;
        assert_eq!(answer.status, status, "{request}: {answer}");
        // Whatever it had left would be found beside the events of the next change.
        self.leaves(request, &[]).await;
    }

    /// What stands in the log since the last look; waits for as many events as there are to be.
    pub(super) async fn leaves(&mut self, what: &str, events: &[&str]) {
        let found = wait_until(&format!("the events of {what}"), PATIENCE, async || {
            let found = events_after(&self.http, self.since).await;
            (found.len() >= events.len()).then_some(found)
        })
        .await;
        let types: Vec<&str> = found.iter().map(|event| text(&event["event_type"])).collect();
        assert_eq!(types, events, "{what}");
        self.since = found.last().map_or(self.since, |last| number(&last["event_id"]));
    }

    /// Every operation was walked, both ways.
    pub(super) async fn end(mut self, never_refused: &[&str]) {
        self.leaves("the end", &[]).await;
        let missing: Vec<_> = self.operations.difference(&self.done).collect();
        assert!(missing.is_empty(), "no success of {missing:#?}");
        let never: BTreeSet<String> = never_refused.iter().map(ToString::to_string).collect();
        let walked: BTreeSet<String> = self.refused.union(&never).cloned().collect();
        let missing: Vec<_> = self.operations.difference(&walked).collect();
        assert!(missing.is_empty(), "no refusal of {missing:#?}");
    }

    async fn send(&self, request: &str, body: Value) -> Response {
        let (method, path) = request.split_once(' ').unwrap();
        let request = self.http.request(method, &whole(path));
        if body.is_null() { request.send().await } else { request.json(&body).send().await }
    }

    /// The operation that a request is one of: that with the same length and the most words in common.
    fn operation(&self, request: &str) -> String {
        let (method, path) = request.split_once(' ').unwrap();
        let path = whole(path.split('?').next().unwrap());
        let words: Vec<&str> = path.split('/').collect();
        let common = |operation: &&String| {
            let (its_method, its_path) = operation.split_once(' ').unwrap();
            let its_words: Vec<&str> = its_path.split('/').collect();
            let fits = its_method == method
                && its_words.len() == words.len()
                && its_words.iter().zip(&words).all(|(its, word)| its.starts_with('{') || its == word);
            fits.then(|| its_words.iter().filter(|its| !its.starts_with('{')).count())
        };
        let best = self.operations.iter().filter(|it| common(it).is_some()).max_by_key(|it| common(it));
        best.unwrap_or_else(|| panic!("{request} is no mutating operation of the document")).clone()
    }
}

/// A path under the base, or one of the OpenAI wire as it is.
fn whole(path: &str) -> String {
    if path.starts_with("/v1/") { path.to_owned() } else { format!("/api/v1{path}") }
}
