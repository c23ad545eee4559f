//! The WebSocket client, against a server that says what the test wants.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use testkit::{Http, ModelServer, Script, Socket, StalledSocket};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Serves one connection and returns the base URL.
async fn serve<F>(conversation: impl FnOnce(WebSocketStream<TcpStream>) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        conversation(tokio_tungstenite::accept_async(stream).await.unwrap()).await;
    });
    base
}

fn text(frame: &Value) -> Message {
    Message::text(frame.to_string())
}

#[tokio::test]
async fn events_are_collected_up_to_a_position_and_the_close_code_follows() {
    let base = serve(|mut stream| async move {
        let asked = stream.next().await.unwrap().unwrap();
        stream.send(asked).await.unwrap();
        for position in 1..=3 {
            stream.send(text(&json!({"type": "heartbeat"}))).await.unwrap();
            stream.send(text(&json!({"type": "event", "event_id": position}))).await.unwrap();
        }
        stream.close(Some(CloseFrame { code: 4008.into(), reason: "".into() })).await.unwrap();
        while stream.next().await.is_some() {}
    });
    let mut socket = Socket::connect(&base.await, "/api/v1/ws?since=0").await;
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await, json!({"type": "ping"}));
    assert_eq!(socket.events_until(2).await.len(), 2);
    assert_eq!(socket.next_of_type("event").await["event_id"], 3);
    assert_eq!(socket.close_code().await, 4008);
}

#[tokio::test]
async fn a_refused_handshake_shows_its_status() {
    let server = ModelServer::start(Script::default()).await;
    assert_eq!(
        Socket::handshake_status(&server.url(), "/ws", &["daena"], &[("origin", "http://x")]).await,
        404
    );
    assert_eq!(server.requests()[0].headers["sec-websocket-protocol"], "daena");
    Http::new(server.url()).get("/ws").await.with_status(404);
}

#[tokio::test]
async fn a_stalled_socket_blocks_the_writer_until_it_resumes() {
    let (blocked, was_blocked) = tokio::sync::oneshot::channel();
    let base = serve(|mut stream| async move {
        let frame = text(&json!({"type": "filler", "text": "x".repeat(64 * 1024)}));
        let patience = std::time::Duration::from_millis(200);
        let mut sent = 0;
        // A send that is given up half-way still holds its frame: the stream flushes it with the next one.
        while tokio::time::timeout(patience, stream.send(frame.clone())).await.is_ok() {
            sent += 1;
        }
        blocked.send(sent).unwrap();
        stream.send(text(&json!({"type": "last"}))).await.unwrap();
        while stream.next().await.is_some() {}
    });
    let stalled = StalledSocket::connect(&base.await, "/").await;
    let sent: usize = was_blocked.await.unwrap();
    let frames = stalled.resume().until(|frame| frame["type"] == "last").await;
    assert_eq!(frames.len(), sent + 2);
}
