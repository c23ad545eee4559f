//! What nobody should send: a clear problem each, nothing stored, the server unharmed.

use serde_json::{Value, json};
use testkit::{Daena, Http, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::api::{
    DAENA, ENGINEERING, HISTORY, NOBODY, PATIENCE, fingerprint, list, messages, new_session, say, session,
    text, turn, until_connected,
};
use crate::company::program;

/// A server without a model: what is accepted is deferred at once.
pub(crate) async fn open() -> Daena {
    let daena = program().start().await;
    until_connected(&daena.http(), false).await;
    daena
}

/// Sends a body as it is.
async fn send(http: &Http, path: &str, body: impl Into<Vec<u8>>) -> Response {
    http.request("POST", path).header("content-type", "application/json").body(body).send().await
}

/// What every problem has, and where it points.
#[track_caller]
fn points_at(problem: &Value, pointer: &str) {
    for field in ["title", "detail", "instance", "request_id"] {
        assert!(!text(&problem[field]).is_empty(), "{field} of {problem}");
    }
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    assert!(!text(&problem["errors"][0]["detail"]).is_empty(), "{problem}");
}

#[tokio::test]
async fn broken_and_mistyped_json_is_refused_where_it_is_wrong() {
    let daena = open().await;
    let http = daena.http();
    let before = fingerprint(&http).await;
    let deep = format!("{{\"message\": {}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), ""),
        (b"{".to_vec(), ""),
        (b"not json".to_vec(), ""),
        (b"null".to_vec(), ""),
        (b"5".to_vec(), ""),
        (br#""message""#.to_vec(), ""),
        (br#"["Hello"]"#.to_vec(), ""),
        (br#"{"message": "Hello"} more"#.to_vec(), ""),
        (br#"{"message": "Hello",}"#.to_vec(), ""),
        (b"{\"message\": \"\xff\xfe\"}".to_vec(), ""),
        (b"\xef\xbb\xbf{\"message\": \"Hello\"}".to_vec(), ""),
        (br#"{"message": "\ud800"}"#.to_vec(), ""),
        (b"{\"message\": \"line\nbreak\"}".to_vec(), ""),
        (b"{}".to_vec(), "/message"),
        (br#"{"message": null}"#.to_vec(), "/message"),
        (br#"{"message": 5}"#.to_vec(), "/message"),
        (br#"{"message": ["Hello"]}"#.to_vec(), "/message"),
        (br#"{"message": {"text": "Hello"}}"#.to_vec(), "/message"),
        (deep.into_bytes(), "/message"),
        (br#"{"message": "Hello", "stream": "yes"}"#.to_vec(), "/stream"),
        (br#"{"message": "Hello", "session_id": 5}"#.to_vec(), "/session_id"),
        (br#"{"message": "Hello", "client_message_id": 5}"#.to_vec(), "/client_message_id"),
        (br#"{"message": "Hello", "model": {}}"#.to_vec(), "/model"),
        (br#"{"message": "Hello", "context": "here"}"#.to_vec(), "/context"),
        (br#"{"message": "Hello", "context": {"session_id": []}}"#.to_vec(), "/context/session_id"),
        (br#"{"message": ""}"#.to_vec(), "/message"),
        (br#"{"message": " \t\n\u00a0\u3000"}"#.to_vec(), "/message"),
        (br#"{"message": "a\u0000b"}"#.to_vec(), "/message"),
        (br#"{"message": "Hello", "client_message_id": ""}"#.to_vec(), "/client_message_id"),
        (br#"{"message": "Hello", "client_message_id": "a\u0000b"}"#.to_vec(), "/client_message_id"),
    ];
    for (body, pointer) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let problem = send(&http, DAENA, body).await;
        assert_eq!(problem.status, 400, "{shown}: {problem}");
        points_at(&problem.problem(400, "invalid_request"), pointer);
    }
    let session = json!({"message": "Hello", "client_message_id": "x".repeat(201)});
    points_at(&http.post(DAENA, session).await.problem(400, "invalid_request"), "/client_message_id");
    points_at(
        &http
            .post(ENGINEERING, json!({"message": "Hello", "agent_id": 5}))
            .await
            .problem(400, "invalid_request"),
        "/agent_id",
    );
    assert_eq!(fingerprint(&http).await, before);

    let id = new_session(&http, "Words of the route").await;
    let path = format!("{DAENA}/{id}/message");
    for (body, pointer) in
        [(json!({}), "/content"), (json!({"content": 5}), "/content"), (json!({"content": " "}), "/content")]
    {
        points_at(&http.post(&path, body).await.problem(400, "invalid_request"), pointer);
    }
    assert_eq!(session_count(&http, &id).await, 0);
}

async fn session_count(http: &Http, id: &str) -> i64 {
    session(http, id).await["message_count"].as_i64().unwrap()
}

#[tokio::test]
async fn what_is_unknown_in_a_body_is_ignored_however_deep() {
    let daena = open().await;
    let deep =
        format!("{{\"message\": \"Hello\", \"later\": {}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let answer = send(&daena.http(), DAENA, deep).await;
    assert!(answer.status == 200 || answer.status == 400, "{answer}");
    let known = json!({"message": "Hello", "later": {"more": [1, 2.5e300, null]}, "session_id": null, "context": null});
    daena.http().post(DAENA, known).await.with_status(200);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_what_just_fits_is_kept() {
    let daena = open().await;
    let http = daena.http();
    let before = fingerprint(&http).await;
    let megabyte = http.post(DAENA, json!({"message": "x".repeat(1 << 20)})).await;
    points_at(&megabyte.problem(413, "payload_too_large"), "/message");
    let one_more = "漢".repeat(100_001);
    points_at(
        &http.post(DAENA, json!({"message": one_more})).await.problem(413, "payload_too_large"),
        "/message",
    );
    let padded = format!("{{\"message\": \"Hello\", \"padding\": \"{}\"}}", "x".repeat(2 << 20));
    send(&http, DAENA, padded.clone()).await.problem(413, "payload_too_large");
    send(&http, HISTORY, padded).await.problem(413, "payload_too_large");
    // Announced only: refused without waiting for it. Chunked: refused where it gets too long.
    let announced = format!(
        "POST {DAENA} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{{"
    );
    assert!(raw(&daena, announced.as_bytes()).await.starts_with("HTTP/1.1 413"));
    let mut chunked = format!("POST {DAENA} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..34 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend(std::iter::repeat_n(b' ', 0x10000));
        chunked.extend_from_slice(b"\r\n");
    }
    assert!(raw(&daena, &chunked).await.starts_with("HTTP/1.1 413"));
    assert_eq!(fingerprint(&http).await, before);

    let fits = "漢".repeat(100_000);
    let answer = say(&http, DAENA, &fits, None).await;
    assert_eq!(answer["user_message"]["content"], fits);
    assert_eq!(messages(&http, text(&answer["session_id"])).await[0]["content"], fits);
}

#[tokio::test]
async fn control_and_direction_characters_are_kept_to_the_letter() {
    let daena = open().await;
    let http = daena.http();
    let strange = "\u{1}\u{8}\u{1b}[31mred\u{1b}[0m\r\n\t\u{7f}\u{85}\u{202e}abc\u{202c}\u{200f}\u{feff}\u{fffd}\u{10ffff} <script>alert(1)</script> '; DROP TABLE chats; -- \\ \" % _ ";
    let answer = say(&http, DAENA, strange, None).await;
    let id = text(&answer["session_id"]);
    assert_eq!(messages(&http, id).await[0]["content"], strange);
    let title = session(&http, id).await["title"].clone();
    assert!(!text(&title).chars().any(char::is_control), "{title}");
    let opened = http.get(&format!("{DAENA}/{id}")).await;
    assert_eq!(opened.header("content-type"), Some("application/json"));
    assert_eq!(opened.header("x-content-type-options"), Some("nosniff"));
    let repeat = json!({"message": strange, "client_message_id": "../../etc/passwd?x=1&y=%00"});
    let kept = http.post(DAENA, repeat).await.with_status(200);
    assert_eq!(kept["user_message"]["client_message_id"], "../../etc/passwd?x=1&y=%00");
}

#[tokio::test]
async fn ids_that_are_none_name_nothing() {
    let daena = open().await;
    let http = daena.http();
    let kept = new_session(&http, "Kept").await;
    let before = fingerprint(&http).await;
    let shouted = NOBODY.to_uppercase();
    let bare = kept.replace('-', "");
    let long = "x".repeat(5000);
    let ids = [
        "no-id",
        NOBODY,
        &shouted,
        &bare,
        &long,
        "0",
        "-1",
        "null",
        "undefined",
        "%00",
        "%ff%fe",
        "..%2f..%2fetc%2fpasswd",
        "%27%20OR%201=1%20--",
        "%E2%80%AE",
        "*",
        "00000000-0000-0000-0000-00000000000g",
        "%F0%9F%A6%80",
    ];
    for id in ids {
        for (method, path) in [
            ("GET", format!("{DAENA}/{id}")),
            ("DELETE", format!("{DAENA}/{id}")),
            ("GET", format!("{HISTORY}/{id}")),
            ("PATCH", format!("{HISTORY}/{id}")),
            ("DELETE", format!("{HISTORY}/{id}?permanent=true")),
            ("POST", format!("{HISTORY}/{id}/restore")),
            ("GET", format!("{HISTORY}/{id}/messages")),
            ("GET", format!("/api/v1/messages/{id}")),
            ("GET", format!("/api/v1/messages/{id}/stream")),
            ("POST", format!("/api/v1/messages/{id}/stop")),
            ("POST", format!("/api/v1/messages/{id}/retry")),
            ("GET", format!("/api/v1/departments/{id}")),
            ("GET", format!("/api/v1/departments/{id}/agents")),
            ("GET", format!("/api/v1/agents/{id}")),
            ("GET", format!("{ENGINEERING}/sessions/{id}")),
        ] {
            let answer = http.request(method, &path).json(&json!({})).send().await;
            // What is no UTF-8, or a NUL, may also be refused as such.
            let strange = id.contains("%00") || id.contains("%ff");
            assert!(answer.status == 404 || (strange && answer.status == 400), "{method} {path}: {answer}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
        }
        if !id.contains('%') {
            turn(&http, DAENA, "Lost", Some(id)).await.problem(404, "not_found");
        }
    }
    assert_eq!(fingerprint(&http).await, before);
}

#[tokio::test]
async fn huge_and_senseless_parameters_are_refused_by_name() {
    let daena = open().await;
    let http = daena.http();
    let before = fingerprint(&http).await;
    let id = new_session(&http, "One").await;
    let long = "f".repeat(6000);
    for (path, pointer) in [
        (format!("{HISTORY}?cursor={long}"), "/cursor"),
        (format!("{HISTORY}?cursor={}.{NOBODY}", "f".repeat(17)), "/cursor"),
        (format!("{HISTORY}?limit=99999999999999999999"), "/limit"),
        (format!("{HISTORY}?limit=1e3"), "/limit"),
        (format!("{HISTORY}?q=%00"), "/q"),
        (format!("{DAENA}/{id}?before={long}"), "/before"),
        ("/api/v1/events?since=99999999999999999999".to_owned(), "/since"),
        ("/api/v1/events?since=0x10".to_owned(), "/since"),
        ("/api/v1/events/stats?hours=0".to_owned(), "/hours"),
        ("/api/v1/departments?include_hidden=perhaps".to_owned(), "/include_hidden"),
        ("/api/v1/agents?status=dancing".to_owned(), "/status"),
        ("/api/v1/agents?cursor=No+Slug".to_owned(), "/cursor"),
    ] {
        points_at(&http.get(&path).await.problem(400, "invalid_request"), pointer);
    }
    for (path, plural) in [
        (format!("{HISTORY}?limit=9223372036854775807"), "sessions"),
        (format!("{HISTORY}?q={long}"), "sessions"),
        (format!("{HISTORY}?cursor=0.{NOBODY}&nobody=knows&this=%F0%9F%A6%80"), "sessions"),
        (format!("{DAENA}/{id}?before=m7fffffffffffffff"), "messages"),
        (format!("{DAENA}/{id}?before=mffffffffffffffff"), "messages"),
        ("/api/v1/events?since=9223372036854775807".to_owned(), "events"),
        ("/api/v1/events/stats?hours=9223372036854775807".to_owned(), "by_type"),
        ("/api/v1/departments?cursor=7fffffffffffffff.hr".to_owned(), "departments"),
        (format!("/api/v1/agents?q={}", "%25".repeat(500)), "agents"),
    ] {
        assert!(!http.get(&path).await.with_status(200)[plural].is_null(), "{path}");
    }
    let page = http.get(&format!("{HISTORY}?limit=1&limit=2")).await.ok();
    assert_eq!(list(&page["sessions"]).len(), 1);
    assert_eq!(fingerprint(&http).await.0, before.0 + 1);
}

/// Sends bytes and reads what comes back until the server closes, or has said something and is quiet.
pub(crate) async fn raw(daena: &Daena, bytes: &[u8]) -> String {
    let address = daena.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let talk = async {
        // The server may close before it has read all.
        stream.write_all(bytes).await.ok();
        let mut answer = vec![0; 4096];
        let count = stream.read(&mut answer).await.unwrap_or(0);
        String::from_utf8_lossy(&answer[..count]).into_owned()
    };
    timeout(PATIENCE, talk).await.expect("the server answers or closes")
}
