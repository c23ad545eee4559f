//! Settings, the state of the server, the dashboard.

use crate::house::{House, held};
use serde_json::json;
use testkit::Socket;

const CONFIG: &str = "/api/v1/system/config";

#[tokio::test]
async fn settings_are_listed_read_and_changed_each_with_one_event() {
    let house = House::new().await;
    let listed = house.http.get(CONFIG).await.ok();
    let keys: Vec<_> =
        listed["settings"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert!(keys.is_sorted() && keys.len() == 2, "{keys:?}");
    for setting in listed["settings"].as_array().unwrap() {
        assert_eq!(setting["value"], setting["default"]);
        assert!(setting["description"].as_str().unwrap().len() > 20);
        let path = format!("{CONFIG}/{}", setting["key"].as_str().unwrap());
        assert_eq!(house.http.get(&path).await.ok(), *setting);
        let head = house.head();
        house.http.put(&path, json!({"value": setting["value"]})).await.ok();
        assert_eq!(house.head(), head, "the same value changes nothing");
    }
    let path = format!("{CONFIG}/brain.recommended_models");
    let mine = json!(["mine:1b"]);
    let head = house.head();
    let changed = house.http.put(&path, json!({"value": mine})).await.ok();
    assert_eq!((&changed["value"], &changed["default"][3]), (&mine, &json!("llama3.2:3b")));
    assert_eq!(house.http.get(&path).await.ok(), changed);
    let events = house.http.get(&format!("/api/v1/events?since={head}")).await.ok();
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    assert_eq!(events["events"][0]["event_type"], "system.config");
    house.end().await;
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused_by_name() {
    let house = House::new().await;
    let head = house.head();
    for path in ["nothing", "token", "brain"] {
        house.http.get(&format!("{CONFIG}/{path}")).await.problem(404, "not_found");
        house.http.put(&format!("{CONFIG}/{path}"), json!({"value": 1})).await.problem(404, "not_found");
    }
    for (key, value, status, pointer) in [
        ("brain.routing", json!(5), 400, "/value"),
        ("brain.routing", json!("anywhere"), 422, "/value"),
        ("brain.recommended_models", json!("one"), 400, "/value"),
        ("brain.recommended_models", json!([1]), 400, "/value"),
        ("brain.recommended_models", json!([""]), 422, "/value"),
    ] {
        let code = if status == 400 { "invalid_request" } else { "unprocessable" };
        let answer = house.http.put(&format!("{CONFIG}/{key}"), json!({"value": value})).await;
        assert_eq!(answer.problem(status, code)["errors"][0]["pointer"], pointer, "{key} {value}");
    }
    house.http.put(&format!("{CONFIG}/brain.routing"), json!({})).await.problem(400, "invalid_request");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn the_status_tells_what_is_there_and_what_runs() {
    let house = House::new().await;
    house.say("hi").await;
    let _socket = Socket::connect(&house.base, "/api/v1/ws").await;
    let reason = json!({"value": "Be brief.", "reason": "a quiet day"});
    house.http.put("/api/v1/founder-panel/overrides/daena.instructions", reason).await.ok();
    let status = house.http.get("/api/v1/system/status").await.ok();
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert!(status["uptime_s"].is_u64());
    let database = &status["database"];
    assert_eq!(database["file"], "daena.db", "no path");
    assert!(database["size_bytes"].as_u64().unwrap() > 4096);
    assert_eq!((&database["sessions"], &database["messages"]), (&json!(1), &json!(2)));
    assert_eq!((&database["head"], &database["floor"]), (&json!(house.head()), &json!(0)));
    assert_eq!(database["events"], database["head"]);
    assert_eq!((&status["sockets"], &status["running_replies"]), (&json!(1), &json!(0)));
    assert!(status["queues"]["waiting_reads"].is_u64() && status["queues"]["waiting_writes"].is_u64());
    assert_eq!(status["brain"], house.http.get("/api/v1/brain/status").await.ok());
    assert_eq!(status["overrides"][0]["key"], "daena.instructions");
    house.end().await;
}

#[tokio::test]
async fn the_dashboard_counts_what_is_stored_and_what_runs() {
    let server = held(&["Hello"], 0).await;
    let house = House::with_server(&server).await;
    let dashboard = async || house.http.get("/api/v1/founder-panel/dashboard").await.ok();
    let empty = dashboard().await["counts"].clone();
    assert_eq!((&empty["departments"], &empty["agents"]), (&json!(8), &json!(48)));
    assert_eq!((&empty["sessions"], &empty["messages"]), (&json!(0), &json!(0)));
    assert!(empty["replies_by_status"].as_object().unwrap().values().all(|count| *count == 0), "{empty}");
    house.http.post("/api/v1/daena/chat/start", json!({})).await.with_status(201);
    let (http, path) = (house.http.clone(), "/api/v1/agents/hr-talent/chat");
    let asking = tokio::spawn(async move { http.post(path, json!({"message": "hi"})).await });
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let at_work = dashboard().await;
    let counts = &at_work["counts"];
    assert_eq!(counts["agents_by_status"], json!({"idle": 47, "working": 1, "paused": 0, "disabled": 0}));
    let with = async |status: &str| {
        let found = house.http.get(&format!("/api/v1/agents?limit=200&status={status}")).await.ok();
        found["agents"].as_array().unwrap().iter().map(|agent| agent["slug"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(with("working").await, ["hr-talent"]);
    assert_eq!(with("idle").await.len(), 47);
    assert_eq!((&counts["sessions"], &counts["messages"]), (&json!(2), &json!(3)));
    assert_eq!(counts["replies_by_status"]["pending"], 1);
    assert_eq!(at_work["brain"]["running_replies"], 1);
    server.release();
    asking.await.unwrap().ok();
    let after = dashboard().await;
    assert_eq!(after["counts"]["replies_by_status"]["complete"], 1, "a welcome is no reply");
    let events = after["last_events"].as_array().unwrap();
    assert_eq!(events.len(), 20);
    let positions: Vec<_> = events.iter().map(|event| event["event_id"].as_i64().unwrap()).collect();
    assert_eq!(positions, (0..20).map(|back| house.head() - back).collect::<Vec<_>>());
    assert_eq!(after["as_of"], house.head());
    house.end().await;
}
