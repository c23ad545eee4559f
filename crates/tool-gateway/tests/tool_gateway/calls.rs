//! What calls give, and how they end.

use crate::settings::{call, connected, gateway, id, program, quick, spec, state};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{DEADLINE, McpServer, wait_until};
use tokio_util::sync::CancellationToken;
use tool_gateway::{Content, GatewaySettings, Progress, ServerSpec, Timeouts, ToolError, ToolHints};

#[tokio::test]
async fn tools_resources_and_prompts_are_listed_over_all_pages() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    let state = gateway.state(id).unwrap();
    assert_eq!(state.server.as_ref().unwrap().name, "scripted");
    assert_eq!(state.error, None);
    assert!(state.checked_at.is_some() && state.latency.is_some());
    assert_eq!(state.tools.len(), 15);
    let echo = state.tool("echo").unwrap();
    assert_eq!(echo.description.as_deref(), Some("Says it again."));
    assert_eq!(echo.input_schema["required"], json!(["text"]));
    assert_eq!(echo.hints, ToolHints { read_only: Some(true), ..ToolHints::default() });
    assert_eq!(state.tool("die").unwrap().hints.destructive, Some(true));
    assert_eq!(state.resources[0].uri, "file:///a");
    assert_eq!((state.prompts[0].name.as_str(), state.prompts[0].arguments[0].required), ("greet", true));
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_result_has_its_parts_and_words() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;

    let said = call(&gateway, id, "echo", json!({"text": "<b>é 漢</b>\n\0"})).await.unwrap();
    assert_eq!(said.text(), "<b>é 漢</b>\n\0");
    assert_eq!(said.structured, Some(json!({"text": "<b>é 漢</b>\n\0"})));
    assert!(!said.is_error && !said.cut);

    let failed = call(&gateway, id, "fail", json!(null)).await.unwrap();
    assert!(failed.is_error);
    assert_eq!(failed.text(), "no luck");

    let parts = call(&gateway, id, "picture", json!({})).await.unwrap();
    assert_eq!(parts.text(), "[image/png, 6 bytes]\ninside\n[b: file:///b]");
    assert_eq!(
        serde_json::to_value(&parts.content).unwrap(),
        json!([
            {"type": "image", "data": "aGVsbG8=", "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "file:///a", "mimeType": "text/plain", "text": "inside"}},
            {"type": "resource_link", "uri": "file:///b", "name": "b"},
        ])
    );

    let refused = call(&gateway, id, "refuse", json!({})).await;
    assert_eq!(refused, Err(ToolError::Refused { code: -32602, detail: "I will not".to_owned() }));
    gateway.shutdown().await;
}

#[tokio::test]
async fn arguments_that_do_not_fit_never_leave() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id_ = connected(&gateway, spec(1, program(&server))).await;
    for (tool, arguments, pointer) in [
        ("echo", json!({"text": 7}), "/text"),
        ("echo", json!({}), ""),
        ("echo", json!("text"), ""),
        ("count", json!({"to": -1}), "/to"),
    ] {
        let wrong = call(&gateway, id_, tool, arguments).await;
        assert!(
            matches!(&wrong, Err(ToolError::InvalidArguments { pointer: at, .. }) if at == pointer),
            "{wrong:?}"
        );
    }
    let unknown = call(&gateway, id_, "no such", json!({})).await;
    assert_eq!(unknown, Err(ToolError::UnknownTool { tool: "no such".to_owned() }));
    assert_eq!(call(&gateway, id(9), "echo", json!({})).await, Err(ToolError::UnknownConnection(id(9))));
    gateway.shutdown().await;
}

#[tokio::test]
async fn progress_is_handed_on_in_its_order() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |news| ear.lock().unwrap().push(news);
    gateway.call(id, "count", json!({"to": 3}), listen, CancellationToken::new()).await.unwrap();
    let at = |n: u8| Progress { progress: n.into(), total: Some(3.0), message: Some(format!("at {n}")) };
    assert_eq!(*heard.lock().unwrap(), [at(1), at(2), at(3)]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_long_result_is_cut_between_characters_and_says_so() {
    let server = McpServer::new("well");
    let gateway = gateway(GatewaySettings { result_limit: 1001, ..quick() });
    let id = connected(&gateway, spec(1, program(&server))).await;
    let long = call(&gateway, id, "big", json!({"bytes": 1_000_000})).await.unwrap();
    assert!(long.cut);
    assert_eq!(long.content, [Content::Text { text: "é".repeat(500) }]);
    let fits = call(&gateway, id, "big", json!({"bytes": 1000})).await.unwrap();
    assert!(!fits.cut);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_cancelled_a_late_and_a_forgotten_call_are_cancelled_at_the_server() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let timeouts = Timeouts { call: Some(Duration::from_millis(300)), ..Timeouts::default() };
    let hasty = connected(&gateway, ServerSpec { timeouts, ..spec(1, program(&server)) }).await;
    let patient = connected(&gateway, spec(2, program(&server))).await;
    let cancellations = |count| {
        let server = &server;
        wait_until("cancellations", DEADLINE, async move || {
            let lines = server.diary_lines();
            (lines.iter().filter(|line| line.starts_with("cancelled: ")).count() == count).then_some(())
        })
    };

    let late = call(&gateway, hasty, "forget", json!({})).await;
    assert_eq!(late, Err(ToolError::TimedOut { after: Duration::from_millis(300) }));
    cancellations(1).await;

    let cancel = CancellationToken::new();
    let calling = gateway.call(patient, "forget", json!({}), |_| {}, cancel.clone());
    let (cancelled, ()) = tokio::join!(calling, async {
        assert!(call(&gateway, patient, "echo", json!({"text": "after it"})).await.is_ok());
        cancel.cancel();
    });
    assert_eq!(cancelled, Err(ToolError::Cancelled));
    cancellations(2).await;

    let forgotten = gateway.call(patient, "forget", json!({}), |_| {}, CancellationToken::new());
    tokio::select! {
        _ = forgotten => panic!("it never answers"),
        said = call(&gateway, patient, "echo", json!({"text": "meanwhile"})) => assert!(said.is_ok()),
    }
    cancellations(3).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn more_calls_than_may_run_are_refused_at_once() {
    let server = McpServer::new("well");
    let gateway = gateway(GatewaySettings { calls_at_once: 2, ..quick() });
    let id = connected(&gateway, spec(1, program(&server))).await;
    let cancel = CancellationToken::new();
    let long = || gateway.call(id, "forget", json!({}), |_| {}, cancel.clone());
    let (one, two, ()) = tokio::join!(long(), long(), async {
        wait_until("two calls to run", DEADLINE, async || {
            let third = call(&gateway, id, "echo", json!({"text": "me, too"})).await;
            (third == Err(ToolError::Busy { running: 2 })).then_some(())
        })
        .await;
        cancel.cancel();
    });
    assert_eq!((one, two), (Err(ToolError::Cancelled), Err(ToolError::Cancelled)));
    assert!(call(&gateway, id, "echo", json!({"text": "now"})).await.is_ok());
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_changed_list_is_read_anew() {
    let server = McpServer::new("well");
    let gateway = gateway(quick());
    let id = connected(&gateway, spec(1, program(&server))).await;
    let mut changes = gateway.changes();
    call(&gateway, id, "grow", json!({})).await.unwrap();
    let grown = state(&gateway, id, |state| state.tool("grown").is_some()).await;
    assert_eq!(changes.next().await, grown);
    gateway.shutdown().await;
}
