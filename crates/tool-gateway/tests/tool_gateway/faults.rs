//! Servers that are dead, slow, hostile or mad.

use crate::settings::{call, connected, gateway, program, quick, spec, state, status};
use serde_json::json;
use std::time::Duration;
use testkit::{DEADLINE, McpServer, wait_until};
use tokio::time::timeout;
use tool_gateway::{ConnectionStatus, GatewaySettings, Secret, ServerSpec, Timeouts, ToolError, Transport};

fn hasty() -> Timeouts {
    Timeouts { connect: Some(Duration::from_millis(500)), call: None }
}

#[tokio::test]
async fn bad_servers_fail_with_their_reasons_and_hold_up_nobody() {
    let servers = ["silent", "dead", "babbling", "shapeless"].map(McpServer::new);
    let well = McpServer::new("well");
    let gateway = gateway(quick());
    for (number, server) in servers.iter().enumerate() {
        let timeouts = if number == 0 { hasty() } else { Timeouts::default() };
        gateway.set(ServerSpec { timeouts, ..spec(10 + number as u128, program(server)) });
    }
    let id = connected(&gateway, spec(1, program(&well))).await;
    assert!(call(&gateway, id, "echo", json!({"text": "still here"})).await.is_ok());
    for (number, reason) in [
        "it was not ready within 0.5 s",
        "TypeError: I am not well",
        "it sent a message of more than 8388608 bytes",
        "it did not introduce itself",
    ]
    .into_iter()
    .enumerate()
    {
        let wanted = |state: &tool_gateway::ConnectionState| {
            state.error.as_ref().is_some_and(|error| error.contains(reason))
        };
        let failed = state(&gateway, crate::settings::id(10 + number as u128), wanted).await;
        let refused = call(&gateway, failed.id, "echo", json!({})).await;
        assert!(matches!(refused, Err(ToolError::NotConnected { .. })), "{refused:?}");
    }
    assert!(call(&gateway, id, "echo", json!({"text": "still here"})).await.is_ok());
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_dead_server_is_started_again_and_again_with_growing_waits() {
    let server = McpServer::new("dead");
    let gateway = gateway(GatewaySettings {
        retry_first: Duration::from_millis(1),
        retry_longest: Duration::from_millis(20),
        ..quick()
    });
    gateway.set(spec(1, program(&server)));
    wait_until("three starts", DEADLINE * 2, async || (server.diary_lines().len() >= 3).then_some(())).await;
    gateway.shutdown().await;
    let starts = server.diary_lines().len();
    assert_eq!(server.diary_lines().len(), starts, "nothing is started after a shutdown");
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_loses_the_call_and_comes_back() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let Transport::Stdio { command, args, directory, .. } = program(&server) else { unreachable!() };
    let env = vec![("TOKEN".to_owned(), Secret::new("tell-nobody".to_owned()))];
    let transport = Transport::Stdio { command, args, env, directory };
    let mut changes = gateway.changes();
    let id = connected(&gateway, spec(1, transport)).await;
    let lost = call(&gateway, id, "die", json!({})).await;
    assert!(matches!(lost, Err(ToolError::Lost { .. })), "{lost:?}");
    let failed = loop {
        let state = changes.next().await;
        if state.status == ConnectionStatus::Failed {
            break state;
        }
    };
    let error = failed.error.unwrap();
    assert!(error.contains("exit status: 3") && error.contains("struck by lightning, with ***"), "{error}");
    assert_eq!(failed.tools.len(), 15, "what it offered stays known");
    status(&gateway, id, ConnectionStatus::Connected).await;
    let said = call(&gateway, id, "echo", json!({"text": "back"})).await.unwrap();
    assert_eq!(said.text(), "back");
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_flood_delays_its_own_call_alone() {
    let (flooding, well) = (McpServer::new("well"), McpServer::new("well"));
    let gateway = gateway(quick());
    let flooded = connected(&gateway, spec(1, program(&flooding))).await;
    let calm = connected(&gateway, spec(2, program(&well))).await;
    let flood = call(&gateway, flooded, "flood", json!({"messages": 3000}));
    let others = async {
        for _ in 0..50 {
            assert!(call(&gateway, calm, "echo", json!({"text": "calm"})).await.is_ok());
        }
    };
    let (flood, ()) = tokio::join!(flood, others);
    assert_eq!(flood.unwrap().text(), "flooded");
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_server_that_asks_us_instead_is_answered_within_bounds() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    assert_eq!(call(&gateway, id, "ask", json!({})).await.unwrap().text(), "asked");
    assert!(call(&gateway, id, "echo", json!({"text": "on"})).await.is_ok());
    gateway.shutdown().await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_fault_of_the_call_alone() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    let strange = call(&gateway, id, "strange", json!({})).await;
    assert!(
        matches!(&strange, Err(ToolError::Lost { detail }) if detail.contains("not what the protocol")),
        "{strange:?}"
    );
    assert!(call(&gateway, id, "echo", json!({"text": "on"})).await.is_ok());
    assert_eq!(server.diary_lines(), ["started"]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_message_without_end_ends_the_connection_and_the_next_one_works() {
    let server = McpServer::new("well");
    let gateway = gateway(GatewaySettings { message_limit: 100_000, ..quick() });
    let id = connected(&gateway, spec(1, program(&server))).await;
    let lost = call(&gateway, id, "big", json!({"bytes": 200_000})).await;
    let Err(ToolError::Lost { detail }) = &lost else { panic!("{lost:?}") };
    assert_eq!(detail, "it sent a message of more than 100000 bytes");
    wait_until("a second start", DEADLINE, async || (server.diary_lines().len() == 2).then_some(())).await;
    status(&gateway, id, ConnectionStatus::Connected).await;
    assert!(call(&gateway, id, "echo", json!({"text": "on"})).await.is_ok());
    gateway.shutdown().await;
}

#[tokio::test]
async fn crooked_tools_are_left_out_by_name() {
    let server = McpServer::new("crooked");
    let gateway = gateway(GatewaySettings { listed_limit: 40, ..quick() });
    let id = connected(&gateway, spec(1, program(&server))).await;
    let state = gateway.state(id).unwrap();
    assert_eq!(state.tools.len(), 36);
    assert_eq!(state.tools.iter().filter(|tool| tool.name == "echo").count(), 1);
    assert_eq!(
        state.error.unwrap(),
        "tools left out: \"endless\": its references make it endless, or far too large; \"remote\": it refers to what is \
         not a part of it; \"long\": its schema has more than 65536 bytes; \"echo\": it is listed twice; all after the \
         first 40"
    );
    let said = call(&gateway, id, "echo", json!({"text": "the first one's schema holds"})).await;
    assert!(said.is_ok());
    assert!(matches!(call(&gateway, id, "echo", json!({})).await, Err(ToolError::InvalidArguments { .. })));
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_server_that_stops_answering_is_taken_for_dead_and_started_again() {
    let server = McpServer::new("deaf");
    let gateway = gateway(GatewaySettings { probe_timeout: Duration::from_millis(200), ..quick() });
    gateway.set(spec(1, program(&server)));
    let id = crate::settings::id(1);
    let failed = status(&gateway, id, ConnectionStatus::Failed).await;
    assert_eq!(failed.error.unwrap(), "no answer within 0.2 s");
    wait_until("a second start", DEADLINE, async || (server.diary_lines().len() >= 2).then_some(())).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_test_tries_at_once_and_says_how_it_stands() {
    let gateway = gateway(GatewaySettings { retry_first: Duration::from_secs(3600), ..quick() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not-there-yet");
    let transport = Transport::Stdio {
        command: path.to_str().unwrap().to_owned(),
        args: vec![],
        env: vec![],
        directory: None,
    };
    gateway.set(spec(1, transport));
    let id = crate::settings::id(1);
    let failed = status(&gateway, id, ConnectionStatus::Failed).await;
    assert!(failed.error.unwrap().contains("No such file"));

    let server = McpServer::new("well");
    let (command, args) = server.command();
    std::fs::write(&path, format!("#!/bin/sh\nexec {command} {}\n", args.join(" "))).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    let tested = timeout(DEADLINE, gateway.test(id)).await.unwrap().unwrap();
    assert_eq!(tested.status, ConnectionStatus::Connected, "{tested:?}");
    let again = timeout(DEADLINE, gateway.test(id)).await.unwrap().unwrap();
    assert_eq!(again.status, ConnectionStatus::Connected);
    assert!(gateway.test(crate::settings::id(2)).await.is_none());
    gateway.shutdown().await;
}

#[tokio::test]
async fn each_change_is_told_once() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let mut changes = gateway.changes();
    let specified = spec(1, program(&server));
    gateway.set(specified.clone());
    assert_eq!(changes.next().await.status, ConnectionStatus::Connecting);
    assert_eq!(changes.next().await.status, ConnectionStatus::Connected);
    gateway.set(specified.clone());
    gateway.test(specified.id).await;
    gateway.set(ServerSpec { enabled: false, ..specified.clone() });
    assert_eq!(changes.next().await.status, ConnectionStatus::Disabled);
    let refused = call(&gateway, specified.id, "echo", json!({})).await;
    assert_eq!(refused, Err(ToolError::NotConnected { why: "switched off".to_owned() }));
    assert_eq!(gateway.test(specified.id).await.unwrap().status, ConnectionStatus::Disabled);
    gateway.remove(specified.id);
    assert_eq!(gateway.state(specified.id), None);
    gateway.shutdown().await;
    gateway.set(specified.clone());
    assert_eq!(gateway.state(specified.id), None, "nothing begins after a shutdown");
    assert_eq!(server.diary_lines(), ["started"]);
}
