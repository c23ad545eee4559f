#![doc = include_str!("../README.md")]

mod bridge;
mod error;
mod gateway;
mod http;
mod schema;
mod session;
mod settings;
mod spec;
mod state;
mod stdio;
mod tool;
mod words;

pub use bridge::Bridge;
pub use domain::Secret;
pub use error::ToolError;
pub use gateway::{Changes, ToolGateway};
pub use settings::{GatewaySettings, INHERITED};
pub use spec::{ServerSpec, Timeouts, Transport};
pub use state::{ConnectionState, ConnectionStatus, Prompt, PromptArgument, Resource, ServerInfo};
pub use stdio::mind;
pub use tool::{Content, Embedded, Progress, Tool, ToolHints, ToolResult};
