//! The API as the tests use it.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Http, Response, wait_until};

/// The door to Daena.
pub(crate) const DAENA: &str = "/api/v1/daena/chat";
/// The door to a department.
pub(crate) const ENGINEERING: &str = "/api/v1/departments/engineering/chat";
/// The door to another department.
pub(crate) const HR: &str = "/api/v1/departments/hr/chat";
/// The door to an agent.
pub(crate) const TALENT: &str = "/api/v1/agents/hr-talent/chat";
/// The sessions of all kinds.
pub(crate) const HISTORY: &str = "/api/v1/chat-history/sessions";
/// A well-formed id that nothing has.
pub(crate) const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// How long a loaded machine may take for what usually takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The text of a value that must be one.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// The number of a value that must be one.
#[track_caller]
pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("not a number: {value}"))
}

/// The items of a value that must be a list.
#[track_caller]
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not a list: {value}"))
}

/// One field of each item, as text.
#[track_caller]
pub(crate) fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|item| text(&item[field])).collect()
}

/// A turn through a door: in a session, or in a new one.
pub(crate) async fn turn(http: &Http, door: &str, message: &str, session: Option<&str>) -> Response {
    http.post(door, json!({"message": message, "session_id": session})).await
}

/// As [`turn`], which must be answered.
pub(crate) async fn say(http: &Http, door: &str, message: &str, session: Option<&str>) -> Value {
    turn(http, door, message, session).await.with_status(200)
}

/// The newest position.
pub(crate) async fn head(http: &Http) -> i64 {
    number(&http.get("/api/v1/events?limit=1").await.ok()["head"])
}

/// Every event after a position, page by page.
pub(crate) async fn events_after(http: &Http, since: i64) -> Vec<Value> {
    events_where(http, since, "").await
}

/// Every event after a position that a filter (`&event_type=…`) admits.
pub(crate) async fn events_where(http: &Http, since: i64, filter: &str) -> Vec<Value> {
    let (mut events, mut next) = (Vec::new(), since);
    loop {
        let page = http.get(&format!("/api/v1/events?since={next}&limit=200{filter}")).await.ok();
        let there = list(&page["events"]);
        if there.is_empty() {
            return events;
        }
        events.extend_from_slice(there);
        next = number(&page["next"]);
    }
}

/// Waits until the log tells how the brain stands.
pub(crate) async fn until_told(http: &Http) {
    wait_until("the brain to be told of", PATIENCE, async || {
        (!events_where(http, 0, "&event_type=brain.status").await.is_empty()).then_some(())
    })
    .await;
}

/// The positions of events.
pub(crate) fn positions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| number(&event["event_id"])).collect()
}

/// How many events are of this type and about this message.
pub(crate) fn told(events: &[Value], event_type: &str, message: &str) -> usize {
    let tells =
        |event: &&Value| event["event_type"] == event_type && event["payload"]["message_id"] == message;
    events.iter().filter(tells).count()
}

/// Every session a query (`deleted=true&…`) lists, page by page.
pub(crate) async fn sessions(http: &Http, query: &str) -> Vec<Value> {
    let (mut sessions, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{HISTORY}?limit=200&{query}{cursor}")).await.ok();
        sessions.extend_from_slice(list(&page["sessions"]));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return sessions,
        }
    }
}

/// A session.
pub(crate) async fn session(http: &Http, id: &str) -> Value {
    http.get(&format!("{HISTORY}/{id}")).await.ok()
}

/// Makes an empty session with Daena.
pub(crate) async fn new_session(http: &Http, title: &str) -> String {
    let made = http.post(HISTORY, json!({"scope_type": "executive", "title": title})).await;
    text(&made.with_status(201)["session_id"]).to_owned()
}

/// Every message of a session, oldest first, paged back from the newest.
pub(crate) async fn messages(http: &Http, session: &str) -> Vec<Value> {
    let (mut messages, mut before) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{HISTORY}/{session}/messages?limit=200{before}")).await.ok();
        messages.splice(0..0, list(&page["messages"]).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return messages,
        }
    }
}

/// A message as it is now.
pub(crate) async fn message(http: &Http, id: &str) -> Value {
    http.get(&format!("/api/v1/messages/{id}")).await.ok()
}

/// Waits until a message has this status.
pub(crate) async fn until_status(http: &Http, id: &str, status: &str) -> Value {
    wait_until(&format!("message {id} to be {status}"), PATIENCE, async || {
        Some(message(http, id).await).filter(|message| message["status"] == status)
    })
    .await
}

/// What the probe knows.
pub(crate) async fn brain(http: &Http) -> Value {
    http.get("/api/v1/brain/status").await.ok()
}

/// Waits until the probe has found the model server there, or away.
pub(crate) async fn until_connected(http: &Http, connected: bool) -> Value {
    wait_until("the probe", PATIENCE, async || {
        let brain = brain(http).await;
        (!brain["checked_at"].is_null() && brain["connected"] == connected).then_some(brain)
    })
    .await
}

/// Waits until so many replies are in the making, and so many wait for the brain.
pub(crate) async fn until_replies(http: &Http, running: usize, deferred: usize) -> Value {
    let what = format!("{running} running and {deferred} deferred replies");
    wait_until(&what, PATIENCE, async || {
        let brain = brain(http).await;
        (brain["running_replies"] == running && brain["deferred_replies"] == deferred).then_some(brain)
    })
    .await
}

/// Waits until a session holds so many messages.
pub(crate) async fn until_messages(http: &Http, id: &str, count: i64) {
    wait_until(&format!("{count} messages in {id}"), PATIENCE, async || {
        (session(http, id).await["message_count"] == count).then_some(())
    })
    .await;
}

/// What would have changed if something was stored: the newest position, and the true counts.
pub(crate) async fn fingerprint(http: &Http) -> (i64, Value) {
    (head(http).await, http.get("/api/v1/chat-history/stats").await.ok())
}
