use crate::house::{House, held};
use serde_json::json;
use testkit::{Http, Socket, StalledSocket};

#[tokio::test]
async fn sockets_are_told_to_come_back_and_streams_end() {
    let house = House::new().await;
    let mut socket = Socket::connect(&house.base, "/api/v1/ws").await;
    socket.next_of_type("hello").await;
    let _stalled = StalledSocket::connect(&house.base, "/api/v1/ws").await;
    let mut events = house.http.sse("GET", "/api/v1/events/stream", json!(null), &[]).await;
    house.shut_down();
    assert_eq!(socket.close_code().await, 4010);
    assert!(events.next().await.is_none());
    let base = house.base.clone();
    house.end().await;
    assert!(Http::new(base).request("GET", "/healthz").try_send().await.is_err());
}

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let server = held(&["Good", " day"], 1).await;
    let house = House::with_server(&server).await;
    let http = house.http.clone();
    let waiting =
        tokio::spawn(async move { http.post("/api/v1/daena/chat", json!({"message": "hi"})).await });
    server.wait_for("the stream to be held", |stats| stats.held == 1).await;
    house.shut_down();
    server.release();
    assert_eq!(waiting.await.unwrap().ok()["response"], "Good day");
    house.end().await;
}
