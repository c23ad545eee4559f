//! What can go wrong with a call.

use domain::ConnectionId;
use std::time::Duration;

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// There is no such connection here.
    #[error("there is no connection {0}")]
    UnknownConnection(ConnectionId),
    /// The server cannot be asked at the moment.
    #[error("the connection is {why}")]
    NotConnected {
        /// Its status, and its last error if it has one.
        why: String,
    },
    /// The server lists no such tool.
    #[error("the server has no tool {tool:?}")]
    UnknownTool {
        /// What was asked for.
        tool: String,
    },
    /// The arguments do not fit the tool's schema. Nothing was sent.
    #[error("argument {pointer:?}: {detail}")]
    InvalidArguments {
        /// A JSON pointer into the arguments.
        pointer: String,
        /// What is wrong there.
        detail: String,
    },
    /// As many calls of this server run as may. Nothing was sent.
    #[error("{running} calls of this server are running: try again when one has ended")]
    Busy {
        /// How many.
        running: usize,
    },
    /// No answer in time. The server was told to stop.
    #[error("no answer within {} s", .after.as_secs_f64())]
    TimedOut {
        /// The time it had.
        after: Duration,
    },
    /// Whoever asked has cancelled. The server was told to stop.
    #[error("cancelled")]
    Cancelled,
    /// The server refused the call.
    #[error("the server refused: {detail} ({code})")]
    Refused {
        /// JSON-RPC's code.
        code: i64,
        /// Its words, one line, at most 300 characters.
        detail: String,
    },
    /// The connection ended before there was an answer. The call may have had its effect.
    #[error("the connection was lost before the answer: {detail}")]
    Lost {
        /// How it ended.
        detail: String,
    },
}
