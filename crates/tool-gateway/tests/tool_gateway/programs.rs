//! Programs: what they get, and that nothing of them stays.

use crate::settings::{call, connected, gateway, program, quick, spec, status};
use serde_json::{Value, json};
use std::path::Path;
use testkit::{DEADLINE, McpServer, wait_until};
use tool_gateway::{ConnectionStatus, INHERITED, Secret, ServerSpec, Transport};

async fn wait_for_end(process: &str) {
    let folder = Path::new("/proc").join(process);
    wait_until("a program to end", DEADLINE, async || {
        // A zombie is as dead as can be; who is to bury it is another's business.
        let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
        (status.is_empty() || status.contains("State:\tZ")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_program_gets_a_few_variables_its_own_and_no_shell() {
    let server = McpServer::new("well");
    let folder = tempfile::tempdir().unwrap();
    let (command, mut args) = server.command();
    args.push("$HOME; touch shell-was-here".to_owned());
    let transport = Transport::Stdio {
        command,
        args,
        env: vec![("TOKEN".to_owned(), Secret::new("of its own".to_owned()))],
        directory: Some(folder.path().to_owned()),
    };
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, transport)).await;
    let told = call(&gateway, id, "variables", json!({})).await.unwrap();
    let variables: Value = serde_json::from_str(&told.text()).unwrap();
    assert_eq!(variables["TOKEN"], "***", "it has it, and what it tells of it is blackened");
    let ours =
        |name: &&String| name.starts_with("CARGO") || name.starts_with("NEXTEST") || name.starts_with("RUST");
    let found: Vec<&String> = variables.as_object().unwrap().keys().filter(ours).collect();
    assert_eq!(found, [""; 0], "of ours it sees nothing but {INHERITED:?}");
    assert_eq!(told.structured.unwrap()["cwd"], folder.path().canonicalize().unwrap().to_str().unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_a_program_started_ends_with_it() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let specified = spec(1, program(&server));
    let id = connected(&gateway, specified.clone()).await;

    let orphan = call(&gateway, id, "child", json!({})).await.unwrap().text();
    call(&gateway, id, "die", json!({})).await.unwrap_err();
    wait_for_end(&orphan).await;

    status(&gateway, id, ConnectionStatus::Connected).await;
    let child = wait_until("it to be back", DEADLINE, async || {
        call(&gateway, id, "child", json!({})).await.ok().map(|child| child.text())
    })
    .await;
    gateway.set(ServerSpec { enabled: false, ..specified.clone() });
    wait_for_end(&child).await;

    gateway.set(specified);
    status(&gateway, id, ConnectionStatus::Connected).await;
    let child = call(&gateway, id, "child", json!({})).await.unwrap().text();
    gateway.shutdown().await;
    wait_for_end(&child).await;
}

#[tokio::test]
async fn a_dropped_gateway_leaves_no_program() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    let child = call(&gateway, id, "child", json!({})).await.unwrap().text();
    drop(gateway);
    wait_for_end(&child).await;
}

#[tokio::test]
async fn a_shutdown_waits_for_no_deaf_program() {
    let server = McpServer::new("silent");
    let gateway = gateway(quick());
    gateway.set(spec(1, program(&server)));
    wait_until("it to start", DEADLINE, async || (!server.diary_lines().is_empty()).then_some(())).await;
    tokio::time::timeout(DEADLINE, gateway.shutdown()).await.unwrap();
}
