//! The Founder panel over HTTP.

use crate::house::{House, settings};
use http_api::{ApiSettings, Token};
use serde_json::{Value, json};
use testkit::{Socket, wait_until};

const OVERRIDES: &str = "/api/v1/founder-panel/overrides";

fn at(key: &str) -> String {
    format!("{OVERRIDES}/{key}")
}

fn body(value: &Value) -> Value {
    json!({"value": value, "reason": "a quiet day"})
}

#[tokio::test]
async fn an_override_is_set_listed_and_undone() {
    let house = House::new().await;
    let before = house.http.get(OVERRIDES).await.ok();
    assert_eq!((&before["overrides"], &before["next_cursor"]), (&json!([]), &json!(null)));
    let available = before["available"].as_array().unwrap();
    assert_eq!(available.len(), 9);
    for kind in available {
        assert!(
            kind["effect"].is_string() && kind["type"].is_string() && !kind["example"].is_null(),
            "{kind}"
        );
        let key = kind["key"].as_str().unwrap();
        if key.starts_with("system.") || key == "brain.model" {
            continue;
        }
        let slug = if key.starts_with("agent") { "hr-talent" } else { "hr" };
        let key = key.replace("<slug>", slug);
        let set = house.http.put(&at(&key), body(&kind["example"])).await.ok();
        assert_eq!((&set["key"], &set["value"]), (&json!(key), &kind["example"]));
        assert_eq!((&set["reason"], &set["expires_at"]), (&json!("a quiet day"), &json!(null)));
        assert!(set["set_at"].is_string());
    }
    let listed = house.http.get(OVERRIDES).await.ok();
    assert_eq!(listed["overrides"].as_array().unwrap().len(), 6);
    assert_eq!(listed["as_of"], house.head());
    let brain = house.http.get("/api/v1/brain/status").await.ok();
    assert_eq!((&brain["enabled"], &brain["connected"]), (&json!(false), &json!(false)));
    assert!(brain["error"].as_str().unwrap().contains("switched off by the Founder (a quiet day)"));
    for set in listed["overrides"].as_array().unwrap() {
        house.http.delete(&at(set["key"].as_str().unwrap())).await.with_status(204);
    }
    assert_eq!(house.http.get(OVERRIDES).await.ok()["overrides"], json!([]));
    house.http.delete(&at("brain.enabled")).await.problem(404, "not_found");
    assert_eq!(house.http.get("/api/v1/brain/status").await.ok()["enabled"], true);
    house.end().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name_and_stores_nothing() {
    let house = House::new().await;
    let head = house.head();
    let unknown = house.http.put(&at("brain.colour"), body(&json!(true))).await.problem(404, "not_found");
    assert!(unknown["detail"].as_str().unwrap().contains("department.<slug>.locked"), "{unknown}");
    for key in ["department.magic.locked", "agent.hr-nobody.locked", "agent..locked"] {
        house.http.put(&at(key), body(&json!(true))).await.problem(404, "not_found");
    }
    let text = "x".repeat(501);
    for (key, body, status, pointer) in [
        ("brain.enabled", json!({"value": "no", "reason": "r"}), 400, "/value"),
        ("brain.enabled", json!({"value": null, "reason": "r"}), 400, "/value"),
        ("brain.enabled", json!({"reason": "r"}), 400, "/value"),
        ("brain.enabled", json!({"value": false}), 400, "/reason"),
        ("brain.enabled", json!({"value": false, "reason": 5}), 400, "/reason"),
        ("brain.enabled", json!({"value": false, "reason": " "}), 400, "/reason"),
        ("brain.enabled", json!({"value": false, "reason": text}), 422, "/reason"),
        ("brain.enabled", json!({"value": false, "reason": "r", "expires_at": "soon"}), 400, "/expires_at"),
        (
            "brain.enabled",
            json!({"value": false, "reason": "r", "expires_at": "2020-01-01T00:00:00Z"}),
            422,
            "/expires_at",
        ),
        ("brain.routing", json!({"value": "anywhere", "reason": "r"}), 422, "/value"),
        ("brain.model", json!({"value": "unheard-of", "reason": "r"}), 422, "/value"),
        ("daena.instructions", json!({"value": "", "reason": "r"}), 422, "/value"),
    ] {
        let code = if status == 400 { "invalid_request" } else { "unprocessable" };
        let problem = house.http.put(&at(key), body.clone()).await.problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{key} {body}");
    }
    house
        .http
        .post("/api/v1/founder-panel/emergency/lockdown", json!({}))
        .await
        .problem(400, "invalid_request");
    house
        .http
        .post("/api/v1/system/maintenance", json!({"enabled": 1, "reason": "r"}))
        .await
        .problem(400, "invalid_request");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_paused_or_locked_part_answers_403_with_the_reason_at_each_door() {
    let house = House::new().await;
    for key in ["daena.paused", "department.hr.locked", "agent.sales-hunter.locked"] {
        house.http.put(&at(key), body(&json!(true))).await.ok();
    }
    for path in [
        "/api/v1/daena/chat",
        "/api/v1/departments/hr/chat",
        "/api/v1/agents/hr-talent/chat",
        "/api/v1/agents/sales-hunter/chat",
    ] {
        let asked = json!({"message": "hi", "stream": true});
        let problem = house.http.post(path, asked).await.problem(403, "forbidden");
        assert!(problem["detail"].as_str().unwrap().contains("a quiet day"), "{problem}");
    }
    house.http.post("/api/v1/daena/chat/start", json!({})).await.problem(403, "forbidden");
    house.http.post("/api/v1/agents/legal-risk/chat", json!({"message": "hi"})).await.ok();
    assert_eq!(house.stored().await.0, 1);
    house.end().await;
}

#[tokio::test]
async fn an_override_expires_by_itself_with_an_event() {
    let house = House::new().await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    let soon = chat_service::domain::Timestamp::from_micros(house.chat.clock().now().as_micros() + 300_000);
    let mut until = body(&json!(true));
    until["expires_at"] = json!(soon);
    house.http.put(&at("daena.paused"), until).await.ok();
    house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.problem(403, "forbidden");
    let frames = socket.until(|frame| frame["event_type"] == "founder.override.cleared").await;
    let cleared = &frames.last().unwrap()["payload"];
    assert_eq!((&cleared["why"], &cleared["key"]), (&json!("expired"), &json!("daena.paused")));
    wait_until("it to have no effect", testkit::DEADLINE, async || {
        let listed = house.http.get(OVERRIDES).await.ok();
        (listed["overrides"] == json!([])).then_some(())
    })
    .await;
    house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.ok();
    house.end().await;
}

#[tokio::test]
async fn without_the_token_nothing_of_it_is_answered() {
    let house = House::with_settings(ApiSettings { token: Token::new("s3cret"), ..settings() }).await;
    let head = house.head();
    for (method, path) in [
        ("GET", "/api/v1/founder-panel/dashboard"),
        ("GET", OVERRIDES),
        ("PUT", "/api/v1/founder-panel/overrides/brain.enabled"),
        ("DELETE", "/api/v1/founder-panel/overrides/brain.enabled"),
        ("POST", "/api/v1/founder-panel/emergency/stop-all"),
        ("POST", "/api/v1/founder-panel/emergency/lockdown"),
        ("POST", "/api/v1/founder-panel/emergency/release"),
        ("POST", "/api/v1/system/maintenance"),
        ("GET", "/api/v1/system/config"),
        ("GET", "/api/v1/system/config/brain.routing"),
        ("PUT", "/api/v1/system/config/brain.routing"),
        ("GET", "/api/v1/system/status"),
    ] {
        let body = json!({"value": false, "reason": "r", "enabled": true});
        house.http.request(method, path).json(&body).send().await.problem(401, "unauthorized");
    }
    assert_eq!(house.head(), head);
    house.end().await;
}
