//! A lockdown and maintenance: what would change something is refused, reads work, and the ways out are open.

use crate::house::House;
use http_api::openapi;
use serde_json::{Value, json};

const LOCKDOWN: &str = "/api/v1/founder-panel/overrides/system.lockdown";
const READ_ONLY: &str = "/api/v1/founder-panel/overrides/system.read_only";
const RELEASE: &str = "/api/v1/founder-panel/emergency/release";

/// Every operation of the document, with ids of things that are there.
async fn operations(house: &House) -> Vec<(String, String)> {
    let said = house.say("hi").await;
    let (session, message) = (said["session_id"].as_str().unwrap(), &said["reply"]["message_id"]);
    let document = serde_json::to_value(openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let id = if path.contains("/messages/{id}") { message.as_str().unwrap() } else { session };
        let slug = if path.contains("/agents/") { "hr-talent" } else { "hr" };
        let path = path.replace("{session_id}", session).replace("{id}", id).replace("{slug}", slug);
        let path = path.replace("{file}", "index.css").replace("{key}", "brain.routing");
        for method in item.as_object().unwrap().keys() {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

/// Asks every operation: writes but those of `open` are refused like this, reads are not refused.
async fn is_closed(house: &House, operations: &[(String, String)], open: &[&str], refusal: (u16, &str)) {
    let head = house.head();
    let mut refused = 0;
    for (method, path) in operations {
        if path.ends_with("/stream") || path.contains("/ws") || open.contains(&path.as_str()) {
            continue;
        }
        if method == "GET" {
            let answer = house.http.get(path).await;
            assert!(answer.status != 403 && answer.status < 500, "{path}: {}", answer.status);
            continue;
        }
        let answer = house.http.request(method, path).json(&json!({"message": "hi"})).send().await;
        let detail = if path.starts_with("/v1/") {
            assert_eq!(
                (answer.status, &answer.body["error"]["code"]),
                (refusal.0, &json!(refusal.1)),
                "{path}"
            );
            answer.body["error"]["message"].clone()
        } else {
            answer.problem(refusal.0, refusal.1)["detail"].clone()
        };
        assert!(detail.as_str().unwrap().contains("a quiet day"), "{path}: {detail}");
        refused += 1;
    }
    assert!(refused > 15, "{refused}");
    let page = house.http.get(&format!("/api/v1/events?since={head}")).await.ok();
    let told = page["events"].as_array().unwrap();
    // What is told of the brain follows from the lockdown.
    assert!(told.iter().all(|event| event["entity_type"] == "brain"), "nothing was changed: {page}");
}

#[tokio::test]
async fn in_a_lockdown_every_write_is_refused_and_every_read_answered_until_it_is_released() {
    let house = House::new().await;
    let operations = operations(&house).await;
    let emergency = "/api/v1/founder-panel/emergency/";
    let open = [RELEASE, &format!("{emergency}stop-all"), &format!("{emergency}lockdown")];
    let locked = house.http.post(open[2], json!({"reason": "a quiet day"})).await.ok();
    assert_eq!((&locked["stopped"], &locked["override"]["key"]), (&json!(0), &json!("system.lockdown")));
    is_closed(&house, &operations, &open, (403, "forbidden")).await;
    house.http.delete("/api/v1/founder-panel/overrides/brain.enabled").await.problem(403, "forbidden");
    assert_eq!(house.http.request("POST", open[1]).send().await.ok(), json!({"stopped": 0}));
    house.http.post(open[2], json!({"reason": "a quiet day"})).await.ok();
    let released = house.http.request("POST", RELEASE).send().await.ok();
    assert_eq!(released["released"][0]["key"], "system.lockdown");
    house.say("hi").await;

    let lockdown = json!({"value": true, "reason": "a quiet day"});
    house.http.put(LOCKDOWN, lockdown).await.ok();
    house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.problem(403, "forbidden");
    house.http.delete(LOCKDOWN).await.with_status(204);
    house.say("hi").await;
    house.end().await;
}

#[tokio::test]
async fn during_maintenance_every_write_is_refused_with_a_time_and_every_read_answered_until_it_ends() {
    let house = House::new().await;
    let operations = operations(&house).await;
    let maintenance = "/api/v1/system/maintenance";
    let begin = json!({"enabled": true, "reason": "a quiet day"});
    let begun = house.http.post(maintenance, begin.clone()).await.ok();
    assert_eq!((&begun["enabled"], &begun["override"]["reason"]), (&json!(true), &json!("a quiet day")));
    is_closed(&house, &operations, &[RELEASE, maintenance], (503, "maintenance")).await;
    let refused = house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await;
    assert_eq!(refused.header("retry-after"), Some("60"));
    let ended = house.http.post(maintenance, json!({"enabled": false, "reason": "done"})).await.ok();
    assert_eq!(ended, json!({"enabled": false, "override": null}));
    house.say("hi").await;

    let hour =
        chat_service::domain::Timestamp::from_micros(house.chat.clock().now().as_micros() + 3_600_000_000);
    let for_an_hour = json!({"value": true, "reason": "a quiet day", "expires_at": hour});
    house.http.put(READ_ONLY, for_an_hour).await.ok();
    let refused = house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await;
    let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    house.http.delete(READ_ONLY).await.with_status(204);

    for undo in [("POST", RELEASE), ("DELETE", READ_ONLY)] {
        house.http.post(maintenance, begin.clone()).await.ok();
        house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.problem(503, "maintenance");
        assert!(house.http.request(undo.0, undo.1).send().await.status < 300);
        house.say("hi").await;
    }
    house.end().await;
}

#[tokio::test]
async fn each_of_them_is_told_as_events_with_the_reason() {
    let house = House::new().await;
    let head = house.head();
    house.http.post("/api/v1/founder-panel/emergency/lockdown", json!({"reason": "smoke"})).await.ok();
    house.http.request("POST", RELEASE).send().await.ok();
    house.http.request("POST", "/api/v1/founder-panel/emergency/stop-all").send().await.ok();
    house.http.post("/api/v1/system/maintenance", json!({"enabled": true, "reason": "a disk"})).await.ok();
    let page = house.http.get(&format!("/api/v1/events?since={head}")).await.ok();
    let told: Vec<(&str, &str, &Value)> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["entity_type"] != "brain")
        .map(|event| {
            let text = |field: &str| event[field].as_str().unwrap();
            (text("event_type"), text("entity_id"), &event["payload"]["reason"])
        })
        .collect();
    let (smoke, disk, none) = (json!("smoke"), json!("a disk"), json!(null));
    assert_eq!(
        told,
        [
            ("founder.override.set", "system.lockdown", &smoke),
            ("system.emergency", "lockdown", &smoke),
            ("founder.override.cleared", "system.lockdown", &smoke),
            ("system.emergency", "release", &none),
            ("system.emergency", "stop_all", &none),
            ("founder.override.set", "system.read_only", &disk),
            ("system.maintenance", "maintenance", &disk),
        ]
    );
    house.end().await;
}
