//! Servers over streamable HTTP.

use crate::settings::{call, connected, gateway, http, http_with, id, quick, spec, state, status};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::McpServer;
use tokio_util::sync::CancellationToken;
use tool_gateway::{ConnectionStatus, GatewaySettings, ServerSpec, Timeouts, ToolError, Transport};

#[tokio::test]
async fn tools_are_listed_and_called_with_progress() {
    let server = McpServer::http("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, http(server.url("/mcp")))).await;
    assert_eq!(gateway.state(id).unwrap().tools.len(), 15);
    let said = call(&gateway, id, "echo", json!({"text": "over HTTP"})).await.unwrap();
    assert_eq!(said.text(), "over HTTP");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |news: tool_gateway::Progress| ear.lock().unwrap().push(news.progress);
    gateway.call(id, "count", json!({"to": 3}), listen, CancellationToken::new()).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), [1.0, 2.0, 3.0]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_server_that_goes_and_comes_is_found_again() {
    let mut server = McpServer::http("well");
    let gateway = gateway(GatewaySettings { probe_interval: Duration::from_millis(100), ..quick() });
    let url = server.url("/mcp");
    let id = connected(&gateway, spec(1, http(url))).await;
    server.kill();
    let failed = status(&gateway, id, ConnectionStatus::Failed).await;
    assert!(failed.error.unwrap().starts_with("cannot reach it: "));
    server.start();
    connected(&gateway, spec(1, http(server.url("/mcp")))).await;
    assert!(call(&gateway, id, "echo", json!({"text": "again"})).await.is_ok());
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_redirect_is_followed_to_the_same_host_alone() {
    let server = McpServer::http("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, http(server.url("/moved")))).await;
    assert!(call(&gateway, id, "echo", json!({"text": "moved"})).await.is_ok());
    gateway.set(spec(2, http(server.url("/away"))));
    let failed = status(&gateway, crate::settings::id(2), ConnectionStatus::Failed).await;
    assert_eq!(failed.error.unwrap(), "it redirects to another host, which is not followed");
    gateway.shutdown().await;
}

#[tokio::test]
async fn headers_open_doors_and_stay_secret() {
    let server = McpServer::http("well");
    let gateway = gateway(quick());
    let open = http_with(server.url("/locked"), "Authorization", "Bearer open-sesame");
    connected(&gateway, spec(1, open)).await;
    let wrong = http_with(server.url("/locked"), "Authorization", "Bearer guesswork");
    gateway.set(spec(2, wrong));
    let failed = status(&gateway, id(2), ConnectionStatus::Failed).await;
    assert_eq!(failed.error.unwrap(), "it answered 401 Unauthorized: who are you, ***?");
    gateway.shutdown().await;
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let server = McpServer::http("well");
    let gateway = gateway(quick());
    let port = server.url("").rsplit_once(':').unwrap().1.to_owned();
    for (number, host) in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"]
        .into_iter()
        .enumerate()
    {
        let url = format!("http://{host}:{port}/mcp");
        let id = id(number as u128);
        let transport = Transport::Http { url, headers: vec![], allow_private: false };
        gateway.set(ServerSpec { id, ..spec(0, transport) });
        let failed = status(&gateway, id, ConnectionStatus::Failed).await;
        let error = failed.error.unwrap();
        assert!(error.contains("is at a private address: allow"), "{host}: {error}");
    }
    assert_eq!(server.diary_lines(), ["started"]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_url_that_is_none_says_so() {
    let gateway = gateway(quick());
    for (number, (url, why)) in [
        ("nonsense", "its URL is none"),
        ("file:///etc/passwd", "its URL is neither http nor https"),
        ("http://user:word@example.com", "its URL holds credentials"),
    ]
    .into_iter()
    .enumerate()
    {
        gateway.set(spec(number as u128, http(url.to_owned())));
        let failed = status(&gateway, id(number as u128), ConnectionStatus::Failed).await;
        assert!(failed.error.as_ref().unwrap().starts_with(why), "{failed:?}");
    }
    gateway.shutdown().await;
}

#[tokio::test]
async fn one_that_lies_about_lengths_or_never_ends_loses_its_call() {
    let server = McpServer::http("well");
    let gateway = gateway(GatewaySettings { message_limit: 200_000, ..quick() });
    let liar = connected(&gateway, spec(1, http(server.url("/liar")))).await;
    let lost = call(&gateway, liar, "echo", json!({"text": "?"})).await;
    assert!(matches!(lost, Err(ToolError::Lost { .. })), "{lost:?}");

    let timeouts = Timeouts { call: Some(Duration::from_secs(5)), ..Timeouts::default() };
    let endless = spec(2, http(server.url("/endless")));
    let endless = connected(&gateway, ServerSpec { timeouts, ..endless }).await;
    let lost = call(&gateway, endless, "echo", json!({"text": "?"})).await;
    assert!(matches!(lost, Err(ToolError::Lost { .. } | ToolError::TimedOut { .. })), "{lost:?}");

    let big = connected(&gateway, spec(3, http(server.url("/mcp")))).await;
    let lost = call(&gateway, big, "big", json!({"bytes": 300_000})).await;
    assert_eq!(
        lost,
        Err(ToolError::Lost { detail: "it sent a message of more than 200000 bytes".to_owned() })
    );
    state(&gateway, big, |state| state.status == ConnectionStatus::Connected).await;
    gateway.shutdown().await;
}
