use crate::house::House;
use http_api::openapi;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every method and path of the document.
fn documented(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

#[tokio::test]
async fn the_document_holds_what_the_server_answers() {
    let house = House::new().await;
    let document = house.http.get("/api/openapi.json").await.ok();
    assert_eq!(document, serde_json::to_value(openapi()).unwrap());
    assert_eq!(document["info"]["title"], "Daena");
    for (method, path) in documented(&document) {
        let concrete = path
            .replace("{session_id}", "01890a5d-ac96-774b-bcce-b302099a8057")
            .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
            .replace("{slug}", "nowhere")
            .replace("{file}", "nothing.js");
        if path.ends_with("/events/stream") || path.ends_with("/audit/stream") {
            continue;
        }
        let answer = house.http.request(&method, &concrete).send().await;
        assert_ne!(answer.status, 405, "{method} {path}");
        assert_ne!(answer.body["detail"], "this server has no such path", "{method} {path}");
        assert!(answer.status < 500, "{answer}");
    }
    house.end().await;
}

#[test]
fn every_operation_has_an_id_of_its_own_a_tag_and_problems() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut ids = BTreeSet::new();
    for (method, path) in documented(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(operation["summary"].is_string(), "{id}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{id}");
        let refusal = if path.starts_with("/v1/") { "OpenAiError" } else { "Problem" };
        let refusal = json!({"$ref": format!("#/components/responses/{refusal}")});
        assert_eq!(operation["responses"]["default"], refusal, "{id}");
        let open = matches!(path.as_str(), "/healthz" | "/readyz");
        assert_eq!(operation["security"].is_null(), open, "{id}");
        let named = path.split('/').filter(|part| part.starts_with('{')).count();
        let declared = operation["parameters"]
            .as_array()
            .map_or(0, |all| all.iter().filter(|p| p["in"] == "path").count());
        assert_eq!(declared, named, "{id}");
    }
    assert!(ids.len() >= 49);
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = serde_json::to_value(openapi()).unwrap();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_page_serves_its_own_files_under_a_policy_that_lets_them_run() {
    let house = House::new().await;
    let page = house.http.get("/api/docs").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    let mut files = 0;
    for part in page.text.split(['"', '\'']).filter(|part| part.starts_with("/api/docs/")) {
        house.http.get(part).await.with_status(200);
        files += 1;
    }
    assert!(files >= 5, "{}", page.text);
    let config = house.http.get("/api/docs/swagger-initializer.js").await;
    assert!(config.text.contains("/api/openapi.json"), "{}", config.text);
    house.http.get("/api/docs/nothing.js").await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn health_readiness_and_metrics() {
    let house = House::new().await;
    assert_eq!(house.http.get("/healthz").await.ok(), json!({"status": "ok"}));
    assert_eq!(house.http.get("/readyz").await.ok(), json!({"status": "ok"}));
    house.say("hi").await;
    house.http.get("/api/v1/messages/5").await.problem(404, "not_found");
    house.http.get("/random/5").await.problem(404, "not_found");
    let _socket = testkit::Socket::connect(&house.base, "/api/v1/ws").await;
    let metrics = house.http.get("/metrics").await;
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        r#"daena_http_requests_total{route="/api/v1/daena/chat",method="POST",status="2xx"} 1"#,
        r#"daena_http_requests_total{route="/api/v1/messages/{id}",method="GET",status="4xx"} 1"#,
        r#"daena_http_requests_total{route="",method="GET",status="4xx"} 1"#,
        r#"daena_http_request_duration_seconds_count{route="/api/v1/daena/chat",method="POST"} 1"#,
        "daena_websockets 1",
        "daena_brain_connected 1",
        "daena_replies_running 0",
        "daena_replies_deferred 0",
        &format!("daena_event_head {}", house.head()),
    ] {
        assert!(metrics.text.lines().any(|known| known == line), "{line} is not in\n{}", metrics.text);
    }
    assert!(metrics.text.contains("daena_uptime_seconds "), "{}", metrics.text);
    house.end().await;
}

#[tokio::test]
async fn the_brain_is_shown_as_the_probe_knows_it() {
    let house = House::new().await;
    let status = house.http.get("/api/v1/brain/status").await.ok();
    assert_eq!(
        (&status["connected"], &status["enabled"], &status["provider"]),
        (&json!(true), &json!(true), &json!("scripted"))
    );
    assert_eq!(status["active_model"], "scripted");
    assert_eq!(status["available_models"], json!(["scripted"]));
    assert_eq!((&status["error"], &status["running_replies"]), (&json!(null), &json!(0)));
    let probed = house.http.request("POST", "/api/v1/brain/probe").send().await.with_status(200);
    assert_eq!(probed["connected"], true);
    house.end().await;
}
