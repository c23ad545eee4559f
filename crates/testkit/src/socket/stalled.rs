//! A WebSocket whose client does not read.

use serde_json::Value;

use super::{Socket, handshake};

/// Small beside what the system would take, and enough to catch up without a pause for each packet.
const RECEIVE_BUFFER: u32 = 64 * 1024;

/// A socket that shook hands and then reads not a byte until [`resume`](Self::resume); pings stay unanswered.
///
/// Its receive buffer is small, so the server's writes block once its own send buffer
/// is full, which on Linux may take some mebibytes.
#[derive(Debug)]
pub struct StalledSocket {
    socket: Socket,
}

impl StalledSocket {
    /// Connects as [`Socket::connect`] does.
    ///
    /// # Panics
    ///
    /// Panics when the handshake is refused.
    pub async fn connect(base: &str, path_and_query: &str) -> Self {
        Self::connect_with(base, path_and_query, &[], &[]).await
    }

    /// Connects as [`Socket::connect_with`] does.
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
        match handshake::open(base, path_and_query, protocols, headers, Some(RECEIVE_BUFFER)).await {
            Ok(socket) => Self { socket },
            Err(refused) => {
                panic!("{path_and_query} refused the handshake with {}: {}", refused.status, refused.body)
            }
        }
    }

    /// Sends a JSON text frame, a subscription perhaps, still without reading.
    pub async fn send(&mut self, frame: Value) {
        self.socket.send(frame).await;
    }

    /// Reads again, from the first byte that was left unread.
    #[must_use]
    pub fn resume(self) -> Socket {
        self.socket
    }
}
