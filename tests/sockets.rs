//! WebSockets: who may open which, what they are told, and how they end.

use serde_json::{Value, json};
use testkit::{Script, Socket};

use crate::api::{
    DAENA, HISTORY, NOBODY, TALENT, head, list, new_session, number, positions, say, text, texts,
};
use crate::company::{Company, program};

#[tokio::test]
async fn a_socket_on_one_chat_never_sees_another() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let (one, other) = (new_session(&http, "One").await, new_session(&http, "Other").await);
    let mut socket = Socket::connect(company.daena.base(), &format!("/api/v1/ws/chat/{one}")).await;
    socket.next_of_type("hello").await;
    for place in 0..5 {
        let (mine, theirs) = (format!("mine {place}"), format!("theirs {place}"));
        let (_, _, _) = tokio::join!(
            say(&http, DAENA, &mine, Some(&one)),
            say(&http, DAENA, &theirs, Some(&other)),
            say(&http, TALENT, "also theirs", None),
        );
    }
    // It may ask for less, never for more.
    socket.send(json!({"type": "subscribe", "since": 0, "filter": {"session_id": other}})).await;
    let error = socket.until(|frame| frame["type"] == "error").await;
    http.delete(&format!("{HISTORY}/{one}")).await.with_status(204);
    let after = socket.until(|frame| frame["event_type"] == "chat.session.deleted").await;
    let frames = [error, after].concat();
    let mut text_seen = String::new();
    for frame in &frames {
        match text(&frame["type"]) {
            "event" => assert_eq!(frame["entity_id"], one, "{frame}"),
            "delta" => {
                assert_eq!(frame["session_id"], one, "{frame}");
                text_seen.push_str(text(&frame["text"]));
            }
            "error" => {}
            other => panic!("a frame of type {other}"),
        }
    }
    assert_eq!(text_seen, "mine 0mine 1mine 2mine 3mine 4");
    let events: Vec<&Value> = frames.iter().filter(|frame| frame["type"] == "event").collect();
    assert_eq!(events.len(), 5 * 3 + 1);

    for path in [
        format!("ws/chat/{NOBODY}"),
        "ws/chat/no-id".to_owned(),
        format!("ws/chat/{one}"),
        "ws/departments/nowhere".to_owned(),
        "ws/agents/nobody".to_owned(),
        "ws/councils/nowhere".to_owned(),
        "ws/planets".to_owned(),
    ] {
        let status =
            Socket::handshake_status(company.daena.base(), &format!("/api/v1/{path}"), &[], &[]).await;
        assert_eq!(status, 404, "{path}");
    }
    let plain = http.get("/api/v1/ws").await;
    assert!((400..500).contains(&plain.status), "{plain}");
}

#[tokio::test]
async fn signals_come_when_they_are_asked_for() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws/events").await;
    let hello = socket.next_of_type("hello").await;
    assert!(text(&hello["connection_id"]).len() > 8 && number(&hello["heartbeat_ms"]) == 15_000);
    let is_reply =
        |frame: &Value| frame["event_type"] == "chat.message" && frame["payload"]["role"] == "assistant";
    say(&http, DAENA, "without signals", None).await;
    let frames = socket.until(is_reply).await;
    assert!(frames.iter().all(|frame| frame["type"] == "event"), "{frames:?}");
    let since = frames.last().unwrap()["event_id"].clone();
    socket.send(json!({"type": "subscribe", "since": since, "signals": true})).await;
    assert_eq!(socket.next().await, json!({"type": "subscribed", "since": since, "head": since}));
    assert_eq!(socket.next().await, json!({"type": "caught_up", "event_id": since}));
    say(&http, DAENA, "with signals", None).await;
    let frames = socket.until(is_reply).await;
    let deltas: String = frames.iter().filter_map(|frame| frame["text"].as_str()).collect();
    assert_eq!(deltas, "with signals");
    socket.send(json!({"type": "ping", "timestamp": "now"})).await;
    assert_eq!(socket.next().await, json!({"type": "pong", "timestamp": "now"}));
    socket.send(json!({"type": "ping"})).await;
    assert!(socket.next_of_type("pong").await["timestamp"].is_string());
}

#[tokio::test]
async fn a_heartbeat_tells_the_head() {
    let daena = program().config("[server]\nheartbeat_s = 1\n").start().await;
    let head = head(&daena.http()).await;
    let mut socket = Socket::connect(daena.base(), "/api/v1/ws").await;
    assert_eq!(socket.next_of_type("hello").await["heartbeat_ms"], 1000);
    assert_eq!(socket.next_of_type("heartbeat").await, json!({"type": "heartbeat", "head": head}));
}

#[tokio::test]
async fn with_tokens_on_a_browser_passes_its_own_as_a_subprotocol() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "open-sesame\n").unwrap();
    let daena = program().token_file(&file).start().await;
    let (base, path) = (daena.base(), "/api/v1/ws");
    let mut socket = Socket::connect_with(base, path, &["daena", "bearer.open-sesame"], &[]).await;
    assert_eq!(socket.protocol(), Some("daena"));
    socket.next_of_type("hello").await;
    let bearer = [("authorization", "Bearer open-sesame")];
    assert_eq!(Socket::handshake_status(base, path, &[], &bearer).await, 101);
    for (protocols, headers) in [
        (&[][..], &[][..]),
        (&["daena"], &[]),
        (&["daena", "bearer.open-sesam"], &[]),
        (&["daena", "bearer."], &[]),
        (&[], &[("authorization", "Bearer wrong")]),
        (&[], &[("authorization", "Basic open-sesame")]),
    ] {
        assert_eq!(
            Socket::handshake_status(base, path, protocols, headers).await,
            401,
            "{protocols:?} {headers:?}"
        );
    }

    let (stranger, known) = (daena.http(), daena.http().with_token("open-sesame"));
    for open in ["/healthz", "/readyz"] {
        stranger.get(open).await.with_status(200);
    }
    for closed in ["/metrics", "/api/openapi.json", "/api/v1/events", HISTORY, "/api/v1/nowhere"] {
        stranger.get(closed).await.problem(401, "unauthorized");
        daena.http().with_token("wrong").get(closed).await.problem(401, "unauthorized");
    }
    known.get(HISTORY).await.with_status(200);
    known.get("/metrics").await.with_status(200);
}

#[tokio::test]
async fn a_foreign_page_opens_no_socket() {
    let daena = program().config("[server]\nallowed_origins = [\"https://friend.example\"]\n").start().await;
    let (base, path) = (daena.base(), "/api/v1/ws");
    let port = base.rsplit(':').next().unwrap();
    for (origin, status) in [
        ("http://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        (&format!("http://127.0.0.1:{port}.evil.example"), 403),
        ("https://friend.example.evil", 403),
        (base, 101),
        ("https://friend.example", 101),
    ] {
        assert_eq!(
            Socket::handshake_status(base, path, &[], &[("origin", origin)]).await,
            status,
            "{origin}"
        );
    }
    let rebound = [("host", "evil.example"), ("origin", "http://evil.example")];
    assert_eq!(Socket::handshake_status(base, path, &[], &rebound).await, 403);
}

#[tokio::test]
async fn malformed_frames_are_told_of_and_the_third_closes() {
    let daena = program().start().await;
    let mut socket = Socket::connect(daena.base(), "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    socket.send_text("{").await;
    let error = socket.next_of_type("error").await;
    assert_eq!(error["code"], "invalid_request");
    assert!(!text(&error["detail"]).is_empty());
    socket.send_binary(vec![0, 159, 146, 150]).await;
    socket.next_of_type("error").await;
    socket.send(json!({"type": "ping"})).await;
    socket.next_of_type("pong").await;
    socket.send(json!({"type": "shout"})).await;
    socket.next_of_type("error").await;
    assert_eq!(socket.close_code().await, 4400);

    let mut large = Socket::connect(daena.base(), "/api/v1/ws").await;
    large.next_of_type("hello").await;
    large.send_text(" ".repeat(100_000)).await;
    assert!([1009, 1006].contains(&large.close_code().await));
    daena.http().get("/readyz").await.with_status(200);
}

#[tokio::test]
async fn sockets_are_told_of_a_shutdown_and_resume_after_it() {
    let mut daena = program().start().await;
    let http = daena.http();
    let start = head(&http).await;
    let mut socket = Socket::connect(daena.base(), "/api/v1/ws").await;
    let epoch = socket.next_of_type("hello").await["epoch"].clone();
    for place in 0..5 {
        new_session(&http, &format!("Before {place}")).await;
    }
    let seen = socket.events_until(start + 3).await;
    let last = *positions(&seen).last().unwrap();
    assert_eq!(last, start + 3);
    let (status, code) = tokio::join!(daena.terminate(), socket.close_code());
    assert_eq!((status.code(), code), (Some(0), 4010));

    daena.restart().await;
    let http = daena.http();
    let after = new_session(&http, "After").await;
    let path = format!("/api/v1/ws?since={last}&epoch={}", text(&epoch));
    let mut socket = Socket::connect(daena.base(), &path).await;
    assert_eq!(socket.next_of_type("hello").await["epoch"], epoch);
    let missed = socket.events_until(head(&http).await).await;
    assert_eq!(positions(&missed), [last + 1, last + 2, last + 3]);
    assert_eq!(missed[2]["entity_id"], after);
    let all = list(&http.get(&format!("/api/v1/events?since={start}")).await.ok()["events"]).to_vec();
    assert_eq!(texts(&all, "event_type"), ["chat.session.created"; 6]);
}
