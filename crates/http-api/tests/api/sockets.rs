use crate::house::{House, held, settings};
use http_api::ApiSettings;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Socket, StalledSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::Instant;

fn positions(frames: &[Value]) -> Vec<i64> {
    frames.iter().filter_map(|frame| frame["event_id"].as_i64()).collect()
}

#[tokio::test]
async fn a_socket_says_hello_and_is_live_from_now() {
    let house = House::new().await;
    house.say("before").await;
    let head = house.head();
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    let hello = socket.next().await;
    assert_eq!(hello["type"], "hello");
    assert_eq!(
        (&hello["head"], &hello["floor"], &hello["heartbeat_ms"]),
        (&json!(head), &json!(0), &json!(15000))
    );
    assert!(hello["epoch"].is_string() && hello["connection_id"].is_string());
    house.say("after").await;
    let first = socket.next().await;
    assert_eq!((&first["type"], &first["event_id"]), (&json!("event"), &json!(head + 1)));
    let events = socket.events_until(house.head()).await;
    assert_eq!(positions(&events), (head + 2..=house.head()).collect::<Vec<_>>());
    house.end().await;
}

#[tokio::test]
async fn a_client_that_was_away_resumes_without_loss_or_repeat() {
    let house = House::new().await;
    house.say("before").await;
    let seen = house.head() - 3;
    for n in 0..3 {
        house.say(&n.to_string()).await;
    }
    let mut socket = Socket::connect(&house.base, &format!("/api/v1/ws/events?since={seen}")).await;
    let frames = socket.until(|frame| frame["type"] == "caught_up").await;
    let head = house.head();
    assert_eq!(frames.last().unwrap()["event_id"], head);
    assert_eq!(positions(&frames[1..frames.len() - 1]), (seen + 1..=head).collect::<Vec<_>>());
    let epoch = frames[0]["epoch"].as_str().unwrap().to_owned();
    house.say("live").await;
    assert_eq!(socket.next_of_type("event").await["event_id"], head + 1);
    let same = format!("/api/v1/ws?since={head}&epoch={epoch}");
    let mut socket = Socket::connect(&house.base, &same).await;
    assert_eq!(socket.next_of_type("event").await["event_id"], head + 1);
    house.end().await;
}

#[tokio::test]
async fn a_position_that_means_nothing_here_is_a_reset_and_the_socket_goes_on_live() {
    let house = House::new().await;
    house.say("hi").await;
    for (query, reason) in [("since=999999", "above_head"), ("since=1&epoch=another", "other_epoch")] {
        let head = house.head();
        let mut socket = Socket::connect(&house.base, &format!("/api/v1/ws?{query}")).await;
        assert_eq!(socket.next().await["type"], "hello");
        assert_eq!(socket.next().await, json!({"type": "reset", "reason": reason, "head": head}));
        house.say("more").await;
        assert_eq!(socket.next().await["event_id"], head + 1);
    }
    house.end().await;
}

#[tokio::test]
async fn a_subscription_is_replaced_and_told_of() {
    let house = House::new().await;
    house.say("hi").await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    socket.send(json!({"type": "subscribe", "since": 0, "filter": {"event_types": ["chat.message"]}})).await;
    let head = house.head();
    assert_eq!(socket.next().await, json!({"type": "subscribed", "since": 0, "head": head}));
    let frames = socket.until(|frame| frame["type"] == "caught_up").await;
    let (caught_up, events) = frames.split_last().unwrap();
    assert_eq!(caught_up["event_id"], head);
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event["event_type"] == "chat.message"));
    socket.send(json!({"type": "subscribe"})).await;
    assert_eq!(socket.next().await, json!({"type": "subscribed", "since": head, "head": head}));
    assert_eq!(socket.next().await, json!({"type": "caught_up", "event_id": head}));
    socket.send(json!({"type": "subscribe", "since": head + 50})).await;
    socket.next_of_type("subscribed").await;
    assert_eq!(socket.next().await["reason"], "above_head");
    house.end().await;
}

#[tokio::test]
async fn pings_are_answered_and_heartbeats_come() {
    let house =
        House::with_settings(ApiSettings { heartbeat: Duration::from_millis(50), ..settings() }).await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    assert_eq!(socket.next().await["heartbeat_ms"], 50);
    let heartbeat = socket.next_of_type("heartbeat").await;
    assert_eq!(heartbeat["head"], house.head());
    socket.send(json!({"type": "ping", "timestamp": {"mine": 7}})).await;
    assert_eq!(socket.next_of_type("pong").await["timestamp"], json!({"mine": 7}));
    socket.send(json!({"type": "ping"})).await;
    assert!(socket.next_of_type("pong").await["timestamp"].is_string());
    socket.close().await;
    house.end().await;
}

#[tokio::test]
async fn the_third_malformed_frame_closes_the_socket() {
    let house = House::new().await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.send_text("not json").await;
    let error = socket.next_of_type("error").await;
    assert_eq!(error["code"], "invalid_request");
    assert!(!error["detail"].as_str().unwrap().is_empty());
    socket.send(json!({"type": "ping"})).await;
    socket.next_of_type("pong").await;
    socket.send(json!({"type": "subscribe", "since": -4})).await;
    socket.next_of_type("error").await;
    socket.send_binary(vec![1, 2]).await;
    socket.next_of_type("error").await;
    assert_eq!(socket.close_code().await, 4400);
    house.end().await;
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_the_socket() {
    let house = House::new().await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    socket.send_text("x".repeat(64 * 1024 + 1)).await;
    assert_eq!(socket.close_code().await, 1009);
    house.end().await;
}

#[tokio::test]
async fn a_chats_socket_shows_its_text_as_it_comes_and_never_another_chats() {
    let server = held(&["Good", " day"], 1).await;
    let house = House::with_server(&server).await;
    let make = json!({"scope_type": "executive"});
    let mine = house.http.post("/api/v1/chat-history/sessions", make.clone()).await.ok();
    let other = house.http.post("/api/v1/chat-history/sessions", make).await.ok();
    let (mine, other) = (mine["session_id"].as_str().unwrap(), other["session_id"].as_str().unwrap());
    let mut socket = Socket::connect(&house.base, &format!("/api/v1/ws/chat/{mine}")).await;
    let mut plain = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    // A filter cannot lead out of the path.
    socket.send(json!({"type": "subscribe", "filter": {"session_id": other}})).await;
    socket.next_of_type("error").await;
    socket.send(json!({"type": "subscribe", "filter": {"event_types": ["chat.message"]}})).await;
    socket.next_of_type("caught_up").await;
    let say = |session: &str| {
        house.http.post("/api/v1/daena/chat", json!({"message": "hi", "session_id": session}))
    };
    server.release();
    say(other).await.ok();
    say(mine).await.ok();
    let last = house.head();
    let frames = socket.until(|frame| frame["payload"]["role"] == "assistant").await;
    assert!(
        frames.iter().any(|frame| frame["type"] == "delta" && frame["session_id"] == mine),
        "{frames:#?}"
    );
    assert!(
        frames.iter().all(|frame| frame["session_id"] == mine || frame["entity_id"] == mine),
        "{frames:#?}"
    );
    let frames = plain.until(|frame| frame["event_id"] == last).await;
    assert!(frames.iter().all(|frame| frame["type"] != "delta"), "{frames:#?}");
    house.end().await;
}

#[tokio::test]
async fn narrow_paths_are_preset_filters_and_need_their_thing() {
    let house = House::new().await;
    let mut legal = Socket::connect(&house.base, "/api/v1/ws/departments/legal").await;
    let agents = house.http.get("/api/v1/departments/legal/agents").await.ok();
    let agent = agents["agents"][0]["slug"].as_str().unwrap();
    let mut one = Socket::connect(&house.base, &format!("/api/v1/ws/agents/{agent}")).await;
    legal.next_of_type("hello").await;
    one.next_of_type("hello").await;
    house.say("elsewhere").await;
    let turn = house.http.post("/api/v1/departments/legal/chat", json!({"message": "hi"})).await.ok();
    let renamed = house.http.request("PATCH", &format!("/api/v1/agents/{agent}"));
    renamed.json(&json!({"name": "Renamed"})).send().await.ok();
    let frames = legal.events_until(house.head()).await;
    let of_legal = |frame: &Value| frame["entity_id"] == turn["session_id"] || frame["entity_id"] == agent;
    assert!(frames.iter().all(of_legal), "{frames:#?}");
    assert_eq!(one.next_of_type("event").await["event_type"], "agent.updated");
    let gone = house.say("hi").await["session_id"].as_str().unwrap().to_owned();
    house.http.delete(&format!("/api/v1/daena/chat/{gone}")).await.with_status(204);
    for path in [
        "chat/01890a5d-ac96-774b-bcce-b302099a8057",
        "chat/x",
        &format!("chat/{gone}"),
        "agents/nobody",
        "departments/nowhere",
        "councils/magic",
    ] {
        let status = Socket::handshake_status(&house.base, &format!("/api/v1/ws/{path}"), &[], &[]).await;
        assert_eq!(status, 404, "{path}");
    }
    assert_eq!(Socket::handshake_status(&house.base, "/api/v1/ws?since=x", &[], &[]).await, 400);
    house.http.get("/api/v1/ws").await.problem(400, "invalid_request");
    house.end().await;
}

#[tokio::test]
async fn a_socket_that_stops_reading_delays_nobody_and_catches_up_from_the_log() {
    let house = House::new().await;
    let stalled = StalledSocket::connect(&house.base, "/api/v1/ws?since=0").await;
    let mut reader = Socket::connect(&house.base, "/api/v1/ws?since=0").await;
    let text = "x".repeat(50_000);
    for _ in 0..8 {
        house.say(&text).await;
    }
    let head = house.head();
    let read = reader.events_until(head).await;
    assert_eq!(positions(&read), (1..=head).collect::<Vec<_>>());
    let late = stalled.resume().events_until(head).await;
    assert_eq!(positions(&late), (1..=head).collect::<Vec<_>>());
    house.end().await;
}

#[tokio::test]
async fn a_socket_left_unread_for_too_long_is_closed_as_too_slow() {
    let house = House::with_settings(ApiSettings { stall: Duration::from_millis(300), ..settings() }).await;
    let stalled = StalledSocket::connect(&house.base, "/api/v1/ws?since=0").await;
    let text = "x".repeat(50_000);
    for _ in 0..8 {
        house.say(&text).await;
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stalled.resume().close_code().await, 4008);
    house.end().await;
}

#[tokio::test]
async fn a_socket_that_reads_slowly_is_not_closed() {
    let stall = Duration::from_secs(1);
    let house = House::with_settings(ApiSettings { stall, ..settings() }).await;
    let text = "x".repeat(50_000);
    for _ in 0..10 {
        house.say(&text).await;
    }
    let backlog = 500_000;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let address = house.base.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let upgrade = format!(
        "GET /api/v1/ws?since=0 HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let (begun, mut read, mut piece) = (Instant::now(), 0, vec![0; 16 * 1024]);
    while read < backlog {
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "closed after {read} bytes");
        read += count;
        // 200 kB a second: the whole takes several times as long as a socket may stall.
        tokio::time::sleep_until(begun + Duration::from_micros(read as u64 * 5)).await;
    }
    assert!(begun.elapsed() > stall * 2);
    house.end().await;
}
