//! What the tests share.

use domain::{Clock, ConnectionId, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use testkit::{DEADLINE, McpServer, wait_until};
use tokio_util::sync::CancellationToken;
use tool_gateway::{
    ConnectionState, ConnectionStatus, GatewaySettings, Secret, ServerSpec, Timeouts, ToolError, ToolGateway,
    ToolResult, Transport,
};
use uuid::Uuid;

pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_767_268_800_000_000)
    }
}

/// Quick to come back, patient otherwise: the machine may be busy.
pub(crate) fn quick() -> GatewaySettings {
    GatewaySettings {
        retry_first: Duration::from_millis(50),
        retry_longest: Duration::from_millis(200),
        stop_grace: Duration::from_millis(500),
        ..GatewaySettings::default()
    }
}

pub(crate) fn gateway(settings: GatewaySettings) -> ToolGateway {
    ToolGateway::new(settings, Arc::new(Noon))
}

pub(crate) fn id(number: u128) -> ConnectionId {
    ConnectionId::new(Uuid::from_u128(number))
}

pub(crate) fn spec(number: u128, transport: Transport) -> ServerSpec {
    ServerSpec { id: id(number), transport, enabled: true, timeouts: Timeouts::default() }
}

pub(crate) fn program(server: &McpServer) -> Transport {
    let (command, args) = server.command();
    Transport::Stdio { command, args, env: vec![], directory: None }
}

pub(crate) fn http(url: String) -> Transport {
    Transport::Http { url, headers: vec![], allow_private: true }
}

pub(crate) fn http_with(url: String, name: &str, value: &str) -> Transport {
    let headers = vec![(name.to_owned(), Secret::new(value.to_owned()))];
    Transport::Http { url, headers, allow_private: true }
}

/// Waits until the state is as wanted.
pub(crate) async fn state(
    gateway: &ToolGateway,
    id: ConnectionId,
    wanted: impl Fn(&ConnectionState) -> bool,
) -> ConnectionState {
    let mut last = None;
    let found = tokio::time::timeout(
        DEADLINE * 2,
        wait_until("a state", DEADLINE * 3, async || {
            last = gateway.state(id);
            last.clone().filter(&wanted)
        }),
    );
    match found.await {
        Ok(found) => found,
        Err(_) => panic!("not in this state: {last:?}"),
    }
}

pub(crate) async fn status(
    gateway: &ToolGateway,
    id: ConnectionId,
    wanted: ConnectionStatus,
) -> ConnectionState {
    state(gateway, id, |state| state.status == wanted).await
}

pub(crate) async fn connected(gateway: &ToolGateway, spec: ServerSpec) -> ConnectionId {
    let id = spec.id;
    gateway.set(spec);
    status(gateway, id, ConnectionStatus::Connected).await;
    id
}

pub(crate) async fn call(
    gateway: &ToolGateway,
    id: ConnectionId,
    tool: &str,
    arguments: Value,
) -> Result<ToolResult, ToolError> {
    gateway.call(id, tool, arguments, |_| {}, CancellationToken::new()).await
}
