//! Why a socket is closed.

/// A close code of ours or of the protocol, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Close {
    /// The client said goodbye.
    pub(super) const NORMAL: Self = Self::new(1000, "");
    /// What came was no WebSocket.
    pub(super) const PROTOCOL: Self = Self::new(1002, "not the WebSocket protocol");
    /// A frame was too large.
    pub(super) const TOO_BIG: Self = Self::new(1009, "a frame holds at most 65536 bytes");
    /// The client left its bytes unread for too long.
    pub(super) const TOO_SLOW: Self = Self::new(4008, "too slow: come back with since");
    /// The server ends.
    pub(super) const SHUTTING_DOWN: Self = Self::new(4010, "shutting down: come back with since");
    /// Too many frames made no sense.
    pub(super) const MALFORMED: Self = Self::new(4400, "too many malformed frames");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }
}
