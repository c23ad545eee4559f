//! Requests that nobody should answer: foreign pages and hosts, unknown routes and methods, what is no HTTP at all.

use serde_json::json;

use crate::api::{DAENA, HISTORY, NOBODY, fingerprint, say};
use crate::hostile_input::{open, raw};

#[tokio::test]
async fn foreign_pages_and_hosts_are_refused() {
    let daena = open().await;
    let http = daena.http();
    let before = fingerprint(&http).await;
    let body = json!({"message": "From elsewhere"});
    for origin in
        ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example", "file://"]
    {
        let sent = http.request("POST", DAENA).header("origin", origin).json(&body).send().await;
        sent.problem(403, "forbidden");
        let deleted =
            http.request("DELETE", &format!("{DAENA}/{NOBODY}")).header("origin", origin).send().await;
        deleted.problem(403, "forbidden");
        let read = http.request("GET", HISTORY).header("origin", origin).send().await;
        assert_eq!(
            read.header("access-control-allow-origin"),
            None,
            "no page elsewhere may read what it gets"
        );
    }
    for host in [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "10.0.0.1",
        "[::2]",
    ] {
        for path in [HISTORY, "/healthz", "/api/docs"] {
            http.request("GET", path).header("host", host).send().await.problem(403, "forbidden");
        }
        http.request("POST", DAENA).header("host", host).json(&body).send().await.problem(403, "forbidden");
    }
    assert_eq!(fingerprint(&http).await, before);
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80"] {
        http.request("GET", HISTORY).header("host", host).send().await.with_status(200);
    }
    let own = http.request("POST", DAENA).header("origin", daena.base()).json(&body).send().await;
    own.with_status(200);
}

#[tokio::test]
async fn unknown_routes_methods_and_types_are_refused_as_such() {
    let daena = open().await;
    let http = daena.http();
    let before = fingerprint(&http).await;
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/nowhere",
        "/api/v2/daena/chat",
        "/api/v1/daena/chat/",
        "//api/v1/events",
        "/.env",
        "/api/v1/../../etc/passwd",
    ] {
        for method in ["GET", "POST"] {
            http.request(method, path).send().await.problem(404, "not_found");
        }
    }
    for (method, path, allow) in [
        ("DELETE", "/api/v1/events", "GET"),
        ("POST", "/api/v1/events", "GET"),
        ("PUT", HISTORY, "GET, POST"),
        ("GET", DAENA, "POST"),
        ("PATCH", "/api/v1/departments", "GET"),
        ("POST", "/healthz", "GET"),
        ("GET", "/api/v1/daena/chat/start", "POST"),
        ("BREW", "/api/v1/brain/status", "GET"),
        ("OPTIONS", HISTORY, "GET, POST"),
        ("TRACE", HISTORY, "GET, POST"),
    ] {
        let answer = http.request(method, path).send().await;
        let allowed: Vec<&str> = answer.header("allow").unwrap_or_default().split(", ").collect();
        assert!(allow.split(", ").all(|method| allowed.contains(&method)), "{method} {path}: {allowed:?}");
        answer.problem(405, "method_not_allowed");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "json",
    ] {
        let sent = http
            .request("POST", DAENA)
            .header("content-type", kind)
            .body(r#"{"message": "Hello"}"#)
            .send()
            .await;
        sent.problem(415, "unsupported_media_type");
    }
    assert_eq!(fingerprint(&http).await, before);
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.me+json"] {
        let sent = http
            .request("POST", DAENA)
            .header("content-type", kind)
            .body(r#"{"message": "Hello"}"#)
            .send()
            .await;
        sent.with_status(200);
    }
    let head = http.request("HEAD", HISTORY).send().await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
}

#[tokio::test]
async fn what_is_no_http_harms_nothing() {
    let daena = open().await;
    let many_headers: String = (0..500).map(|place| format!("x-{place}: {}\r\n", "y".repeat(50))).collect();
    let requests = [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\nhost: localhost\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(200_000)),
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{many_headers}\r\n"),
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(300_000)),
        "POST /api/v1/daena/chat HTTP/1.1\r\nhost: localhost\r\ncontent-length: -5\r\n\r\n".to_owned(),
        "POST /api/v1/daena/chat HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
            .to_owned(),
        "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
    ];
    for request in requests {
        let answer = raw(&daena, request.as_bytes()).await;
        let refused =
            answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4");
        assert!(refused, "{:?}: {answer}", &request[..request.len().min(60)]);
    }
    let http = daena.http();
    http.get("/readyz").await.with_status(200);
    say(&http, DAENA, "Still there?", None).await;
    assert!(!daena.log().contains("panicked"), "{}", daena.log());
}
