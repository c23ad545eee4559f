use crate::house::House;
use serde_json::{Value, json};
use testkit::Response;

const CHAT: &str = "/api/v1/daena/chat";

async fn send(house: &House, method: &str, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Response {
    house.http.request(method, path).header("content-type", kind).body(body).send().await
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_malformed_body_is_400_with_a_pointer_and_stores_nothing() {
    let house = House::new().await;
    for (body, pointer) in [
        ("", ""),
        ("{", ""),
        ("null", ""),
        ("5", ""),
        ("[]", ""),
        (r#"["hi", null, null, null, null, null]"#, ""),
        (r#"{"message": "hi"} trailing"#, ""),
        (r#"{"message": "\ud800"}"#, ""),
        ("{}", "/message"),
        (r#"{"message": 5}"#, "/message"),
        (r#"{"message": null}"#, "/message"),
        (r#"{"message": ""}"#, "/message"),
        (r#"{"message": " \n\t "}"#, "/message"),
        ("{\"message\": \"a\\u0000b\"}", "/message"),
        (r#"{"message": "hi", "stream": "yes"}"#, "/stream"),
        (r#"{"message": "hi", "session_id": 7}"#, "/session_id"),
        (r#"{"message": "hi", "context": {"session_id": []}}"#, "/context/session_id"),
        (r#"{"message": "hi", "client_message_id": ""}"#, "/client_message_id"),
    ] {
        let answer = send(&house, "POST", CHAT, "application/json", body).await;
        let problem = answer.problem(400, "invalid_request");
        assert_eq!(pointers(&problem), [pointer], "{body}: {problem}");
        assert!(!problem["errors"][0]["detail"].as_str().unwrap().is_empty(), "{problem}");
    }
    assert_eq!(house.stored().await, (0, 0));
    house.end().await;
}

#[tokio::test]
async fn the_field_of_a_session_turn_is_called_content() {
    let house = House::new().await;
    let started = house.http.post("/api/v1/daena/chat/start", json!({})).await.with_status(201);
    let path = format!("/api/v1/daena/chat/{}/message", started["session_id"].as_str().unwrap());
    let blank = house.http.post(&path, json!({"content": " "})).await.problem(400, "invalid_request");
    assert_eq!(pointers(&blank), ["/content"]);
    let missing = house.http.post(&path, json!({"message": "hi"})).await.problem(400, "invalid_request");
    assert_eq!(pointers(&missing), ["/content"]);
    house.end().await;
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let house = House::new().await;
    house.http.post(CHAT, json!({"message": "hi", "mood": {"x": [1]}})).await.ok();
    house.end().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let house = House::new().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "x"] {
        send(&house, "POST", CHAT, kind, r#"{"message": "hi"}"#).await.problem(415, "unsupported_media_type");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        send(&house, "POST", CHAT, kind, r#"{"message": "hi"}"#).await.ok();
    }
    house.end().await;
}

#[tokio::test]
async fn a_packed_body_is_415_and_says_so_and_one_that_is_not_packed_is_read() {
    let house = House::new().await;
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (method, path, kind) in [
        ("POST", CHAT, "application/json"),
        ("PATCH", "/api/v1/agents/hr-harmony", "application/json"),
        ("POST", "/api/v1/daena/chat/start", "application/json"),
        ("POST", "/v1/chat/completions", "application/json"),
        ("POST", "/mcp", "application/json"),
        ("POST", "/api/v1/chat-history/import", "application/x-ndjson"),
        ("POST", "/api/v1/voice/transcribe", "audio/wav"),
        ("POST", "/api/v1/voice/interact", "multipart/form-data; boundary=x"),
    ] {
        for coding in ["gzip", "br", "identity, deflate"] {
            let request = house.http.request(method, path).header("content-type", kind);
            let refused = request.header("content-encoding", coding).body(gzip).send().await;
            assert_eq!(refused.header("accept-encoding"), Some("identity"), "{refused}");
            let said = match path.starts_with("/v1/") {
                true => refused.with_status(415)["error"]["message"].clone(),
                false => refused.problem(415, "unsupported_media_type")["detail"].clone(),
            };
            assert!(said.as_str().unwrap().starts_with(&format!("Content-Encoding {coding}")), "{said}");
        }
    }
    assert_eq!(house.stored().await, (0, 0));
    let plain = house.http.request("POST", CHAT).header("content-encoding", "Identity");
    plain.json(&json!({"message": "hi"})).send().await.ok();
    // Nothing is packed where nothing is sent.
    house
        .http
        .request("POST", "/api/v1/daena/chat/start")
        .header("content-encoding", "gzip")
        .send()
        .await
        .with_status(201);
    house.end().await;
}

#[tokio::test]
async fn what_is_too_large_is_413() {
    let house = House::new().await;
    let long = json!({"message": "x".repeat(100_001)});
    let problem = house.http.post(CHAT, long).await.problem(413, "payload_too_large");
    assert_eq!(pointers(&problem), ["/message"]);
    let huge = json!({"message": "x".repeat(2 * 1024 * 1024)});
    house.http.post(CHAT, huge).await.problem(413, "payload_too_large");
    assert_eq!(house.stored().await, (0, 0));
    house.http.post(CHAT, json!({"message": "é".repeat(100_000)})).await.ok();
    house.end().await;
}

#[tokio::test]
async fn ids_that_nothing_has_are_404_and_store_nothing() {
    let house = House::new().await;
    let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    for id in [uuid, "nonsense", "", "../../etc", "01890a5dac96774bbcceb302099a8057"] {
        let body = json!({"message": "hi", "session_id": id});
        house.http.post(CHAT, body).await.problem(404, "not_found");
    }
    for path in [
        format!("/api/v1/daena/chat/{uuid}"),
        "/api/v1/daena/chat/nonsense".into(),
        format!("/api/v1/messages/{uuid}"),
        "/api/v1/messages/5".into(),
        format!("/api/v1/messages/{uuid}/stream"),
        "/api/v1/departments/nowhere".into(),
        "/api/v1/departments/No%20Where".into(),
        "/api/v1/departments/%00".into(),
        "/api/v1/departments/nowhere/agents".into(),
        "/api/v1/departments/nowhere/chat/sessions".into(),
        format!("/api/v1/departments/nowhere/chat/sessions/{uuid}"),
        "/api/v1/agents/nobody".into(),
        "/api/v1/agents/nobody/chat/sessions".into(),
        format!("/api/v1/chat-history/sessions/{uuid}"),
        "/api/v1/chat-history/sessions/x/messages".into(),
        "/api/v1/agents?department=nowhere".into(),
        "/api/v1/agents?department=%20".into(),
    ] {
        house.http.get(&path).await.problem(404, "not_found");
    }
    for path in
        ["/api/v1/departments/nowhere/chat", "/api/v1/agents/nobody/chat", "/api/v1/agents/No-Body/chat"]
    {
        house.http.post(path, json!({"message": "hi"})).await.problem(404, "not_found");
    }
    let body = json!({"message": "hi", "agent_id": "nobody"});
    house.http.post("/api/v1/departments/engineering/chat", body).await.problem(404, "not_found");
    assert_eq!(house.stored().await, (0, 0));
    house.end().await;
}

#[tokio::test]
async fn a_session_of_another_scope_is_404() {
    let house = House::new().await;
    let daena = house.say("hi").await;
    let body = json!({"message": "hi", "session_id": daena["session_id"]});
    house.http.post("/api/v1/departments/engineering/chat", body.clone()).await.problem(404, "not_found");
    let id = daena["session_id"].as_str().unwrap();
    let path = format!("/api/v1/departments/engineering/chat/sessions/{id}");
    house.http.get(&path).await.problem(404, "not_found");
    house.http.delete(&path).await.problem(404, "not_found");
    let department =
        house.http.post("/api/v1/departments/engineering/chat", json!({"message": "hi"})).await.ok();
    let body = json!({"message": "hi", "session_id": department["session_id"]});
    house.http.post(CHAT, body).await.problem(404, "not_found");
    assert_eq!(house.stored().await, (2, 4));
    house.end().await;
}

#[tokio::test]
async fn malformed_queries_are_400_with_the_parameters_name() {
    let house = House::new().await;
    let id = house.say("hi").await["session_id"].as_str().unwrap().to_owned();
    for (path, pointer) in [
        ("/api/v1/daena/chat/sessions?limit=0", "/limit"),
        ("/api/v1/daena/chat/sessions?limit=-3", "/limit"),
        ("/api/v1/daena/chat/sessions?limit=ten", "/limit"),
        ("/api/v1/daena/chat/sessions?limit=99999999999999999999", "/limit"),
        ("/api/v1/daena/chat/sessions?cursor=nonsense", "/cursor"),
        ("/api/v1/daena/chat/sessions?category=nonsense", "/category"),
        ("/api/v1/chat-history/sessions?pinned=maybe", "/pinned"),
        ("/api/v1/chat-history/sessions?scope_type=planet", "/scope_type"),
        ("/api/v1/chat-history/sessions?q=%00", "/q"),
        ("/api/v1/events?since=-1", "/since"),
        ("/api/v1/events?since=x", "/since"),
        ("/api/v1/events?entity_type=planet", "/entity_type"),
        ("/api/v1/events/stream?since=x", "/since"),
        ("/api/v1/events/stats?hours=0", "/hours"),
        ("/api/v1/departments?include_hidden=7", "/include_hidden"),
        ("/api/v1/departments?cursor=x", "/cursor"),
        ("/api/v1/agents?status=asleep", "/status"),
        ("/api/v1/ws?since=x", "/since"),
        (&format!("/api/v1/daena/chat/{id}?before=zz"), "/before"),
    ] {
        let problem = house.http.get(path).await.problem(400, "invalid_request");
        assert_eq!(pointers(&problem), [pointer], "{path}");
    }
    house.end().await;
}

#[tokio::test]
async fn an_unknown_path_is_404_and_another_method_405_with_what_is_allowed() {
    let house = House::new().await;
    for path in
        ["/", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/daena", "/api/v1/departments/", "/api/v2/events"]
    {
        let problem = house.http.get(path).await.problem(404, "not_found");
        assert_eq!(problem["instance"], path);
    }
    for (method, path, allow) in [
        ("GET", "/api/v1/daena/chat", "POST"),
        ("GET", "/api/v1/daena/chat/start", "POST"),
        ("DELETE", "/api/v1/daena/chat/sessions", "GET, HEAD"),
        ("POST", "/api/v1/events", "GET, HEAD"),
        ("PUT", "/api/v1/chat-history/sessions/x", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/healthz", "GET, HEAD"),
        ("OPTIONS", "/api/v1/agents", "GET, HEAD, POST"),
        ("BREW", "/api/v1/agents", "GET, HEAD, POST"),
    ] {
        let answer = house.http.request(method, path).send().await;
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        answer.problem(405, "method_not_allowed");
    }
    let head = house.http.request("HEAD", "/api/v1/departments").send().await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    house.end().await;
}

#[tokio::test]
async fn values_of_the_right_form_that_cannot_be_are_422() {
    let house = House::new().await;
    let path = "/api/v1/chat-history/sessions";
    for (body, pointer) in [
        (json!({"scope_type": "executive", "title": "  "}), "/title"),
        (json!({"scope_type": "executive", "title": "x".repeat(201)}), "/title"),
        (json!({"scope_type": "executive", "scope_id": "engineering"}), "/scope_id"),
        (json!({"scope_type": "department"}), "/scope_id"),
    ] {
        let problem = house.http.post(path, body).await.problem(422, "unprocessable");
        assert_eq!(pointers(&problem), [pointer]);
    }
    house.http.post(path, json!({"scope_type": "planet"})).await.problem(400, "invalid_request");
    let model = json!({"message": "hi", "model": "no-such-model"});
    house.http.post(CHAT, model).await.problem(422, "unprocessable");
    assert_eq!(house.stored().await, (0, 0));
    house.end().await;
}
