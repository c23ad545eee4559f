use crate::house::{House, settings};
use chat_service::{ChatService, ScriptedModel};
use company_service::Company;
use http_api::{ApiSettings, BindError, Token, bind};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use testkit::{Http, Socket};

async fn with_token() -> House {
    let token = Token::new(" s3cret\n");
    House::with_settings(ApiSettings { token, ..settings() }).await
}

#[tokio::test]
async fn only_the_names_of_this_machine_are_answered_on_loopback() {
    let house = House::new().await;
    for host in ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "0.0.0.0"] {
        let ask = |path| house.http.request("GET", path).header("host", host);
        ask("/api/v1/departments").send().await.problem(403, "forbidden");
        ask("/healthz").send().await.problem(403, "forbidden");
        assert_eq!(Socket::handshake_status(&house.base, "/api/v1/ws", &[], &[("host", host)]).await, 403);
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]:8000"] {
        house.http.request("GET", "/api/v1/departments").header("host", host).send().await.ok();
    }
    house.end().await;
}

#[tokio::test]
async fn pages_of_other_origins_neither_write_nor_open_sockets() {
    let house = House::with_settings(ApiSettings {
        allowed_origins: vec!["https://office.example".parse().unwrap()],
        ..settings()
    })
    .await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "x"] {
        let post = house.http.clone().with_header("origin", origin);
        post.post("/api/v1/daena/chat", json!({"message": "hi"})).await.problem(403, "forbidden");
        let status = Socket::handshake_status(&house.base, "/api/v1/ws", &[], &[("origin", origin)]).await;
        assert_eq!(status, 403, "{origin}");
    }
    assert_eq!(house.stored().await, (0, 0));
    for origin in [house.base.as_str(), "https://office.example"] {
        let post = house.http.clone().with_header("origin", origin);
        post.post("/api/v1/daena/chat", json!({"message": "hi"})).await.ok();
        let status = Socket::handshake_status(&house.base, "/api/v1/ws", &[], &[("origin", origin)]).await;
        assert_eq!(status, 101, "{origin}");
    }
    house.http.clone().with_header("origin", "https://evil.example").get("/api/v1/departments").await.ok();
    house.end().await;
}

#[tokio::test]
async fn behind_a_proxy_that_keeps_the_host_the_allowed_origin_is_answered_and_no_other() {
    let allowed_origins = vec!["https://office.example".parse().unwrap()];
    let house = House::with_settings(ApiSettings { allowed_origins, ..settings() }).await;
    let proxied = house.http.clone().with_header("host", "office.example");
    proxied.get("/healthz").await.ok();
    proxied.get("/api/v1/departments").await.ok();
    let message = json!({"message": "hi"});
    proxied
        .clone()
        .with_header("origin", "https://office.example")
        .post("/api/v1/daena/chat", message.clone())
        .await
        .ok();
    let stored = house.stored().await;
    for origin in ["https://evil.example", "http://office.example", "https://office.example:1", "null"] {
        let page = proxied.clone().with_header("origin", origin);
        page.post("/api/v1/daena/chat", message.clone()).await.problem(403, "forbidden");
        let headers = [("host", "office.example"), ("origin", origin)];
        assert_eq!(Socket::handshake_status(&house.base, "/api/v1/ws", &[], &headers).await, 403, "{origin}");
    }
    // A name that somebody else points at this machine is no name of ours.
    for host in ["evil.example", "office.example.evil", "x.office.example"] {
        house.http.clone().with_header("host", host).get("/healthz").await.problem(403, "forbidden");
    }
    assert_eq!(house.stored().await, stored);
    house.end().await;
}

#[tokio::test]
async fn with_a_token_only_health_is_open() {
    let house = with_token().await;
    house.http.get("/healthz").await.ok();
    house.http.get("/readyz").await.ok();
    for path in ["/api/v1/departments", "/metrics", "/api/openapi.json", "/api/docs", "/nothing"] {
        let answer = house.http.get(path).await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
        answer.problem(401, "unauthorized");
        house.http.clone().with_token("wrong").get(path).await.problem(401, "unauthorized");
    }
    let known = house.http.clone().with_token("s3cret");
    known.get("/api/v1/departments").await.ok();
    known.get("/metrics").await.with_status(200);
    house.end().await;
}

#[tokio::test]
async fn a_socket_takes_the_token_as_a_protocol() {
    let house = with_token().await;
    let status = |protocols: &'static [&'static str]| {
        Socket::handshake_status(&house.base, "/api/v1/ws", protocols, &[])
    };
    assert_eq!(status(&[]).await, 401);
    assert_eq!(status(&["daena"]).await, 401);
    assert_eq!(status(&["daena", "bearer.wrong"]).await, 401);
    let socket = Socket::connect_with(&house.base, "/api/v1/ws", &["daena", "bearer.s3cret"], &[]).await;
    assert_eq!(socket.protocol(), Some("daena"));
    let header = [("authorization", "Bearer s3cret")];
    Socket::connect_with(&house.base, "/api/v1/ws", &[], &header).await.next_of_type("hello").await;
    // A protocol is no way in for anything but a socket.
    let plain =
        house.http.request("GET", "/api/v1/departments").header("sec-websocket-protocol", "bearer.s3cret");
    plain.send().await.problem(401, "unauthorized");
    house.end().await;
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_of_an_api() {
    let house = House::new().await;
    for path in ["/api/v1/departments", "/api/v1/nothing", "/healthz", "/metrics"] {
        let answer = house.http.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-request-id").map(str::len), Some(36));
    }
    let named = house.http.clone().with_header("x-request-id", "mine-7").get("/api/v1/nothing").await;
    assert_eq!(named.header("x-request-id"), Some("mine-7"));
    assert_eq!(named.problem(404, "not_found")["request_id"], "mine-7");
    for odd in ["with space", &"x".repeat(129)] {
        let answer = house.http.clone().with_header("x-request-id", odd).get("/healthz").await;
        assert_eq!(answer.header("x-request-id").map(str::len), Some(36));
    }
    house.end().await;
}

#[tokio::test]
async fn an_address_that_others_reach_needs_a_token_and_answers_any_host() {
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(ScriptedModel::saying("hello"));
    let chat =
        ChatService::builder().database(folder.path().join("d.db")).model(model).start().await.unwrap();
    let company = Company::new(chat.clone());
    let open = ApiSettings { addresses: vec![SocketAddr::from(([0, 0, 0, 0], 0))], ..settings() };
    let refused = bind(open.clone(), chat.clone(), company.clone()).unwrap_err();
    assert!(matches!(refused, BindError::TokenNeeded { .. }), "{refused}");
    let bound = bind(ApiSettings { token: Token::new("t"), ..open }, chat.clone(), company.clone()).unwrap();
    let port = bound.addresses()[0].port();
    let taken = ApiSettings { addresses: vec![SocketAddr::from(([127, 0, 0, 1], port))], ..settings() };
    let taken = bind(taken, chat.clone(), company).unwrap_err();
    assert!(taken.is_in_use(), "{taken}");
    let shutdown = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(bound.run(shutdown.clone()));
    let http =
        Http::new(format!("http://127.0.0.1:{port}")).with_header("host", "daena.example").with_token("t");
    http.get("/api/v1/departments").await.ok();
    shutdown.cancel();
    serving.await.unwrap().unwrap();
    chat.shutdown().await;
}
