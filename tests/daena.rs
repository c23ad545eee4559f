//! The real binary over HTTP and WebSocket.
