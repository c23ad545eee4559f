//! Pulls, against an Ollama that says what Ollama says.

use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, Fault, Http, ModelServer, PullScript, Script, Socket, wait_until};

use super::{MODELS, ODD};
use crate::api::{PATIENCE, events_where, list, text, texts, until_connected};
use crate::company::Company;

const PULL: &str = "/api/v1/brain/models/pull";
const PULLS: &str = "/api/v1/brain/models/pulls";

async fn pull(http: &Http, name: &str) -> String {
    text(&http.post(PULL, json!({"name": name})).await.with_status(202)["pull_id"]).to_owned()
}

async fn until(http: &Http, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    wait_until(&format!("pull {id} {what}"), PATIENCE, async || {
        Some(http.get(&format!("{PULLS}/{id}")).await.ok()).filter(&is)
    })
    .await
}

/// How often the server was asked to pull.
fn asked(model: &ModelServer) -> usize {
    model.requests().iter().filter(|request| request.route == "/api/pull").count()
}

fn held_after(parts: usize) -> Script {
    Script { hold_after: Some(parts), ..Script::default() }
}

async fn told(http: &Http, event: &str) -> Vec<Value> {
    events_where(http, 0, &format!("&event_type={event}")).await
}

#[tokio::test]
async fn a_pull_that_the_end_of_the_server_cut_off_goes_on_where_it_was() {
    let mut company = Company::open(held_after(2)).await;
    let id = pull(&company.http(), ODD).await;
    let half = until(&company.http(), &id, "half there", |now| now["completed_bytes"] == 200).await;
    assert_eq!((&half["percent"], &half["total_bytes"]), (&json!(50.0), &json!(400)));
    assert_eq!(
        (&half["status"], &half["name"], &half["provider"]),
        (&json!("running"), &json!(ODD), &json!("ollama"))
    );
    company.daena.kill().await;
    company.model.set(Script::default());
    company.daena.restart().await;
    let http = company.http();
    let done = until(&http, &id, "done", |now| now["status"] == "completed").await;
    assert_eq!(
        (&done["completed_bytes"], &done["percent"], &done["error"]),
        (&json!(400), &json!(100.0), &Value::Null)
    );
    assert_eq!(asked(&company.model), 2);
    let pulled = told(&http, "brain.model.pulled").await;
    assert_eq!((pulled.len(), &pulled[0]["payload"]["pull_id"]), (1, &json!(id)));
    assert_eq!(told(&http, "brain.pull.started").await.len(), 1);
    let models = http.get(MODELS).await.ok();
    assert_eq!(texts(list(&models["models"]), "name"), [ODD, DEFAULT_MODEL]);
    company.daena.terminate().await;
}

#[tokio::test]
async fn a_cancelled_pull_ends_at_the_server_and_goes_on_there_when_asked_again() {
    let company = Company::open(held_after(3)).await;
    let http = company.http();
    let id = pull(&http, "small:1b").await;
    until(&http, &id, "on its way", |now| now["completed_bytes"] == 300).await;
    let cancelled = http.request("POST", &format!("{PULLS}/{id}/cancel")).send().await.ok();
    assert_eq!((&cancelled["status"], &cancelled["completed_bytes"]), (&json!("cancelled"), &json!(300)));
    assert!(cancelled["finished_at"].is_string());
    company.model.wait_for("the stream to be closed", |stats| stats.streams_cancelled == 1).await;
    company.model.set(Script::default());
    let again = pull(&http, "small:1b").await;
    assert_ne!(again, id);
    let done = until(&http, &again, "done", |now| now["status"] == "completed").await;
    assert_eq!(done["completed_bytes"], 400);
    let page = http.get(&format!("{PULLS}?limit=1")).await.ok();
    assert_eq!(page["pulls"][0]["pull_id"], json!(again), "the newest first");
    let rest = http.get(&format!("{PULLS}?cursor={}", text(&page["next_cursor"]))).await.ok();
    assert_eq!(texts(list(&rest["pulls"]), "status"), ["cancelled"]);
}

#[tokio::test]
async fn a_failed_pull_says_why_in_the_servers_own_words() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    for said in [
        "pull model manifest: file does not exist",
        "max retries exceeded: Get \"https://registry.ollama.ai/v2/\": dial tcp: lookup registry.ollama.ai: no such host",
        "write /root/.ollama/models/blobs/sha256-a80c4f17acd5-partial: no space left on device",
        "digest mismatch, file must be downloaded again: want sha256:a80c, got sha256:b71d",
    ] {
        let script = PullScript { error: said.to_owned(), ..PullScript::default() };
        company.model.set(Script { pull: script, ..Script::fault(Fault::ErrorLineAfter(1)) });
        let id = pull(&http, "small:1b").await;
        let failed = until(&http, &id, "over", |now| now["status"] != "running").await;
        assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!(said)));
    }
    company.model.set(Script::fault(Fault::DropAfter(2)));
    let id = pull(&http, "large:70b").await;
    let failed = until(&http, &id, "over", |now| now["status"] != "running").await;
    assert!(text(&failed["error"]).contains("broke off"), "{failed}");
    assert_eq!(told(&http, "brain.pull.failed").await.len(), 5);
    assert!(told(&http, "brain.model.pulled").await.is_empty());
}

#[tokio::test]
async fn the_same_name_joins_and_too_many_at_a_time_are_refused() {
    let company = Company::open(held_after(1)).await;
    let http = company.http();
    let first = pull(&http, "one").await;
    assert_eq!(pull(&http, "one").await, first);
    assert_eq!(pull(&http, "one:latest").await, first, "without a tag it is the latest");
    for name in ["two", "three", "four"] {
        assert_ne!(pull(&http, name).await, first);
    }
    http.post(PULL, json!({"name": "five"})).await.problem(503, "busy");
    company.model.wait_for("the four to be asked for", |stats| stats.held == 4).await;
    assert_eq!(asked(&company.model), 4);
    company.model.release();
    until(&http, &first, "done", |now| now["status"] == "completed").await;
    pull(&http, "five").await;
}

#[tokio::test]
async fn names_that_climb_and_providers_that_do_not_pull_never_reach_a_server() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let paths = |company: &Company| -> Vec<String> {
        let requests = company.model.requests().into_iter().map(|request| request.route);
        requests.filter(|route| !["/api/tags", "/api/version"].contains(&route.as_str())).collect()
    };
    let before = paths(&company);
    for name in
        ["..", "../../etc/passwd", "a/../b", "a\\..\\b", "http://evil/x", " a", "a\n", "", &"x".repeat(257)]
    {
        let refused = http.post(PULL, json!({"name": name})).await.problem(422, "unprocessable");
        assert_eq!(refused["errors"][0]["pointer"], "/name", "{name:?}");
        http.post("/api/v1/brain/models/unload", json!({"name": name})).await.problem(422, "unprocessable");
    }
    http.delete(&format!("{MODELS}?name=..%2F..%2Fetc")).await.problem(422, "unprocessable");
    let refused = http.post(PULL, json!({"name": "a", "provider": "nobody"})).await;
    assert_eq!(refused.problem(422, "unprocessable")["errors"][0]["pointer"], "/provider");
    assert_eq!(paths(&company), before);
}

#[tokio::test]
async fn watchers_see_a_pull_come_on() {
    let company = Company::open(held_after(2)).await;
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    socket.send(json!({"type": "subscribe", "filter": {"entity_type": "brain"}, "signals": true})).await;
    socket.next_of_type("subscribed").await;
    let id = pull(&company.http(), ODD).await;
    let frames = socket.until(|frame| frame["type"] == "progress" && frame["pull_id"] == json!(id)).await;
    let first = frames.last().unwrap();
    assert_eq!((&first["name"], &first["doing"]), (&json!(ODD), &json!("pulling manifest")));
    // It stands still: watchers hear how far it came all the same.
    socket.until(|frame| frame["type"] == "progress" && frame["completed_bytes"] == 200).await;
    company.model.release();
    socket.until(|frame| frame["event_type"] == "brain.model.pulled").await;
}

#[tokio::test]
async fn a_pull_waits_while_its_provider_may_not_be_asked() {
    const ENABLED: &str = "/api/v1/founder-panel/overrides/brain.enabled";
    let company = Company::open(held_after(1)).await;
    let http = company.http();
    let id = pull(&http, "small:1b").await;
    company.model.wait_for("the pull", |stats| stats.held == 1).await;
    http.put(ENABLED, json!({"value": false, "reason": "a test"})).await.ok();
    company.model.wait_for("it to be closed", |stats| stats.streams_cancelled == 1).await;
    let asked = company.model.stats().requests;
    for (path, body) in [
        (PULL, json!({"name": "other:1b"})),
        ("/api/v1/brain/test", json!({})),
        ("/api/v1/brain/models/unload", json!({"name": DEFAULT_MODEL})),
    ] {
        let refused = http.post(path, body).await.problem(503, "brain_offline");
        assert!(text(&refused["detail"]).contains("switched off"), "{refused}");
    }
    assert_eq!(http.get(MODELS).await.ok()["models"], json!([]));
    http.request("POST", "/api/v1/brain/probe").send().await.ok();
    let waiting = until(&http, &id, "waiting", |now| now["doing"] == "waiting for ollama").await;
    assert_eq!(waiting["status"], "running");
    assert_eq!(company.model.stats().requests, asked, "no call left the machine");
    company.model.set(Script::default());
    http.delete(ENABLED).await.with_status(204);
    until_connected(&http, true).await;
    until(&http, &id, "done", |now| now["status"] == "completed").await;
}
