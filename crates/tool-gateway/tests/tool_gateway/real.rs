//! The real servers of the protocol's own repository.

use crate::settings::{call, gateway, quick, spec, status};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::{DEADLINE, wait_until};
use tool_gateway::{ConnectionStatus, ToolGateway, Transport};

/// Where they are installed (`.ci/run` does it): a folder with `node_modules` and `venv`.
#[allow(clippy::disallowed_methods, reason = "a test is told from outside where the servers are")]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DAENA_MCP_SERVERS").map(PathBuf::from);
    if folder.is_none() {
        assert!(std::env::var_os("CI").is_none(), "DAENA_MCP_SERVERS is not set: .ci/run sets it");
        println!("skipped: DAENA_MCP_SERVERS is not set, so there are no real servers to speak to");
    }
    folder
}

fn node(folder: &Path, package: &str, arguments: &[&str]) -> Transport {
    let script = folder.join("node_modules/@modelcontextprotocol").join(package).join("dist/index.js");
    let mut args = vec![script.to_str().unwrap().to_owned()];
    args.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    Transport::Stdio { command: "node".to_owned(), args, env: vec![], directory: None }
}

/// Has a server listed, called, killed and recovered.
async fn goes_round(transport: Transport, tools: &[&str], tool: &str, arguments: Value, says: &str) {
    let gateway = gateway(quick());
    let spec = spec(1, transport);
    let (id, Transport::Stdio { args, .. }) = (spec.id, spec.transport.clone()) else { unreachable!() };
    gateway.set(spec);
    let state = status(&gateway, id, ConnectionStatus::Connected).await;
    for tool in tools {
        assert!(state.tool(tool).is_some(), "no {tool}: {state:?}");
    }
    assert_eq!(state.error, None);
    called(&gateway, id, tool, &arguments, says).await;

    let mut changes = gateway.changes();
    kill(args.iter().find(|argument| argument.contains("server")).unwrap());
    assert_eq!(changes.next().await.status, ConnectionStatus::Failed);
    status(&gateway, id, ConnectionStatus::Connected).await;
    called(&gateway, id, tool, &arguments, says).await;
    gateway.shutdown().await;
}

async fn called(gateway: &ToolGateway, id: domain::ConnectionId, tool: &str, arguments: &Value, says: &str) {
    let result =
        wait_until("an answer", DEADLINE, async || call(gateway, id, tool, arguments.clone()).await.ok())
            .await;
    assert!(!result.is_error && result.text().contains(says), "{result:?}");
}

/// Kills our own child that runs this script.
fn kill(script: &str) {
    let us = rustix::process::getpid().as_raw_nonzero().to_string();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let read = |file: &str| std::fs::read_to_string(process.path().join(file)).unwrap_or_default();
        let ours = read("status").lines().any(|line| line == format!("PPid:\t{us}"));
        if ours && read("cmdline").contains(script) {
            let pid = process.file_name().to_str().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw);
            kill_process(pid.unwrap(), Signal::KILL).unwrap();
            return;
        }
    }
    panic!("{script} does not run");
}

#[tokio::test]
async fn server_everything_goes_round() {
    let Some(folder) = folder() else { return };
    let transport = node(&folder, "server-everything", &["stdio"]);
    goes_round(transport, &["echo", "get-sum"], "echo", json!({"message": "Good day"}), "Good day").await;
}

#[tokio::test]
async fn server_filesystem_goes_round() {
    let Some(folder) = folder() else { return };
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("a.txt"), "what stands there").unwrap();
    let root = files.path().canonicalize().unwrap();
    let transport = node(&folder, "server-filesystem", &[root.to_str().unwrap()]);
    let arguments = json!({"path": root.join("a.txt")});
    goes_round(
        transport,
        &["read_text_file", "write_file"],
        "read_text_file",
        arguments,
        "what stands there",
    )
    .await;
}

#[tokio::test]
async fn server_memory_goes_round() {
    let Some(folder) = folder() else { return };
    let memory = tempfile::tempdir().unwrap();
    let Transport::Stdio { command, args, directory, .. } = node(&folder, "server-memory", &[]) else {
        unreachable!()
    };
    let file = memory.path().join("memory.jsonl").to_str().unwrap().to_owned();
    let env = vec![("MEMORY_FILE_PATH".to_owned(), tool_gateway::Secret::new(file))];
    let transport = Transport::Stdio { command, args, env, directory };
    let entity = json!({"name": "Daena", "entityType": "company", "observations": ["is well"]});
    let arguments = json!({"entities": [entity]});
    // The second time it is known already, and the answer is empty.
    goes_round(transport, &["create_entities", "read_graph"], "create_entities", arguments, "").await;
    assert!(std::fs::read_to_string(memory.path().join("memory.jsonl")).unwrap().contains("is well"));
}

#[tokio::test]
async fn mcp_server_time_goes_round() {
    let Some(folder) = folder() else { return };
    let command = folder.join("venv/bin/python").to_str().unwrap().to_owned();
    let args = ["-m", "mcp_server_time", "--local-timezone=UTC"].map(str::to_owned).to_vec();
    let transport = Transport::Stdio { command, args, env: vec![], directory: None };
    let arguments = json!({"timezone": "Europe/Berlin"});
    goes_round(
        transport,
        &["get_current_time", "convert_time"],
        "get_current_time",
        arguments,
        "Europe/Berlin",
    )
    .await;
}
