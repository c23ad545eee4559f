//! A WebSocket client that reads our JSON frames.

mod handshake;
mod stalled;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub use stalled::StalledSocket;

use crate::wait::DEADLINE;

/// An open WebSocket. Pings of the server are answered while it reads.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    protocol: Option<String>,
}

impl Socket {
    /// Connects to `base` (`http://…`) and a path with its query, `/api/v1/ws?since=0`.
    ///
    /// # Panics
    ///
    /// Panics when the handshake is refused; see [`handshake_status`](Self::handshake_status).
    pub async fn connect(base: &str, path_and_query: &str) -> Self {
        Self::connect_with(base, path_and_query, &[], &[]).await
    }

    /// Connects offering these subprotocols and sending these headers.
    ///
    /// # Panics
    ///
    /// Panics when the handshake is refused.
    pub async fn connect_with(
        base: &str,
        path_and_query: &str,
        protocols: &[&str],
        headers: &[(&str, &str)],
    ) -> Self {
        match handshake::open(base, path_and_query, protocols, headers, None).await {
            Ok(socket) => socket,
            Err(refused) => {
                panic!("{path_and_query} refused the handshake with {}: {}", refused.status, refused.body)
            }
        }
    }

    /// The HTTP status a handshake is answered with; 101 when it is accepted.
    pub async fn handshake_status(
        base: &str,
        path_and_query: &str,
        protocols: &[&str],
        headers: &[(&str, &str)],
    ) -> u16 {
        handshake::open(base, path_and_query, protocols, headers, None)
            .await
            .map_or_else(|refused| refused.status, |_open| 101)
    }

    /// The subprotocol the server chose.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Sends a JSON text frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    /// Sends a text frame as it is, to try what is not JSON.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends a binary frame.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.send_message(Message::binary(bytes)).await;
    }

    /// The next frame of any type, heartbeats included.
    ///
    /// # Panics
    ///
    /// Panics when none comes within [`DEADLINE`], when the socket closes, and when a frame is not JSON.
    pub async fn next(&mut self) -> Value {
        match self.next_or_close(DEADLINE).await {
            Ok(frame) => frame,
            Err(code) => panic!("a frame was waited for, and the socket closed with {code}"),
        }
    }

    /// The next frame whose `type` is this one, the others passed over.
    ///
    /// # Panics
    ///
    /// Panics as [`until`](Self::until) does.
    pub async fn next_of_type(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await.pop().expect("until returns at least one frame")
    }

    /// Every frame up to and with the first that satisfies `last`, heartbeats left out unless it is one.
    ///
    /// # Panics
    ///
    /// Panics with what came when `last` is not met within [`DEADLINE`] in all, and when the socket closes.
    pub async fn until(&mut self, mut last: impl FnMut(&Value) -> bool) -> Vec<Value> {
        let mut frames = Vec::new();
        let met = timeout(DEADLINE, async {
            loop {
                let frame = self.next().await;
                let is_last = last(&frame);
                if is_last || frame["type"] != "heartbeat" {
                    frames.push(frame);
                }
                if is_last {
                    return;
                }
            }
        });
        if met.await.is_err() {
            panic!("the frame waited for did not come; these did: {frames:#?}");
        }
        frames
    }

    /// The event frames up to the first whose `event_id` is `position` or more, that one included.
    ///
    /// # Panics
    ///
    /// Panics as [`until`](Self::until) does.
    pub async fn events_until(&mut self, position: i64) -> Vec<Value> {
        let is_event = |frame: &Value| frame["type"] == "event";
        let reached = |frame: &Value| is_event(frame) && frame["event_id"].as_i64() >= Some(position);
        self.until(reached).await.into_iter().filter(is_event).collect()
    }

    /// Reads on until the socket is closed and returns the close code: 1005 for none, 1006 for a cut
    /// connection.
    ///
    /// # Panics
    ///
    /// Panics when it is still open after [`DEADLINE`].
    pub async fn close_code(&mut self) -> u16 {
        self.close_code_within(DEADLINE).await
    }

    /// As [`close_code`](Self::close_code), with a deadline of its own.
    pub async fn close_code_within(&mut self, deadline: Duration) -> u16 {
        let closed = timeout(deadline, async {
            loop {
                if let Err(code) = self.next_or_close(deadline).await {
                    return code;
                }
            }
        });
        closed.await.unwrap_or_else(|_| panic!("the socket is still open after {deadline:?}"))
    }

    /// Closes it from this side and waits for the server to agree.
    pub async fn close(mut self) {
        self.send_message(Message::Close(None)).await;
        self.close_code().await;
    }

    async fn send_message(&mut self, message: Message) {
        let sent = timeout(DEADLINE, self.stream.send(message)).await;
        sent.expect("the server takes frames").expect("the socket is open");
    }

    /// The next JSON frame, or the code with which the socket ended.
    async fn next_or_close(&mut self, deadline: Duration) -> Result<Value, u16> {
        loop {
            let Ok(message) = timeout(deadline, self.stream.next()).await else {
                panic!("no frame within {deadline:?}");
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text);
                    return Ok(frame.unwrap_or_else(|error| panic!("{error} in the frame {text:?}")));
                }
                Some(Ok(Message::Binary(bytes))) => panic!("a binary frame of {} bytes", bytes.len()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }
}
