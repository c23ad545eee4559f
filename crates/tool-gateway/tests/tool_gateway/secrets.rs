//! A program that tells its secret wherever it can.

use crate::settings::{call, connected, gateway, program, quick, spec};
use serde_json::json;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use testkit::{DEADLINE, McpServer};
use tokio_util::sync::CancellationToken;
use tool_gateway::{ConnectionStatus, GatewaySettings, Secret, Transport};

fn knows_nothing(what: &str, told: &impl Debug) {
    let told = format!("{told:?}");
    assert!(told.contains("***") || told.contains("xx"), "{what} tells something: {told}");
    assert!(!told.contains("hunt"), "{what}: {told}");
}

#[tokio::test]
async fn no_part_of_a_secret_comes_through_where_words_are_cut() {
    let server = McpServer::new("leaky");
    let gateway = gateway(GatewaySettings { result_limit: 1_004, ..quick() });
    let Transport::Stdio { command, args, directory, .. } = program(&server) else { unreachable!() };
    let env = vec![("TOKEN".to_owned(), Secret::new("hunter2-of-the-founder".to_owned()))];
    let mut changes = gateway.changes();
    let id = connected(&gateway, spec(1, Transport::Stdio { command, args, env, directory })).await;
    let state = gateway.state(id).unwrap();
    knows_nothing("the server", &state.server);
    knows_nothing("a tool", state.tool("echo").unwrap());
    knows_nothing("a resource", &state.resources);
    knows_nothing("a prompt", &state.prompts);

    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |news| ear.lock().unwrap().push(news);
    gateway.call(id, "count", json!({"to": 1}), listen, CancellationToken::new()).await.unwrap();
    knows_nothing("progress", &heard);
    let big = call(&gateway, id, "big", json!({"bytes": 1_000})).await.unwrap();
    assert!(big.text().ends_with("é***") && !big.cut, "{big:?}");
    let cut = call(&gateway, id, "big", json!({"bytes": 1_002})).await.unwrap();
    assert!(cut.text().ends_with("é**") && cut.cut, "{cut:?}");
    knows_nothing("a refusal", &call(&gateway, id, "refuse", json!({})).await.unwrap_err());
    call(&gateway, id, "die", json!({})).await.unwrap_err();
    let failed = tokio::time::timeout(DEADLINE, async {
        loop {
            let state = changes.next().await;
            if state.status == ConnectionStatus::Failed {
                break state;
            }
        }
    });
    let error = failed.await.unwrap().error.unwrap();
    assert_eq!(error, "the program ended (exit status: 3): Error:");
    gateway.shutdown().await;
}

#[tokio::test]
async fn tools_whose_names_are_secrets_are_not_the_same_for_that() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let Transport::Stdio { command, args, directory, .. } = program(&server) else { unreachable!() };
    let env = ["fail", "refuse"].map(|word| (word.to_uppercase(), Secret::new(word.to_owned()))).to_vec();
    let id = connected(&gateway, spec(1, Transport::Stdio { command, args, env, directory })).await;
    let state = gateway.state(id).unwrap();
    assert_eq!(state.error, None);
    assert!(state.tool("fail").is_some() && state.tool("refuse").is_some(), "{:?}", state.tools);
    gateway.shutdown().await;
}
