#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test helpers fail by panicking"
)]

mod daena;
mod http;
mod mcp_server;
mod model_server;
mod socket;
mod speech_server;
mod wait;

pub use daena::{Builder, Daena};
pub use http::{Http, Request, Response, SseEvent, SseStream};
pub use mcp_server::McpServer;
pub use model_server::{
    Answer, ChatRequest, Chooser, DEFAULT_MODEL, Fault, MakeTokens, ModelCard, ModelServer, PullScript,
    RecordedRequest, Script, Stats,
};
pub use socket::{Socket, StalledSocket};
pub use speech_server::{SpeechFault, SpeechScript, SpeechServer, silence, tone};
pub use wait::{DEADLINE, wait_until};
