//! Approvals of calls of tools.

use serde_json::{Value, json};
use testkit::{McpServer, Script, wait_until};

use super::walk::Walk;
use crate::api::{NOBODY, PATIENCE, list, text};
use crate::tools::asking;

pub(super) async fn walk(walk: &mut Walk) {
    let server = McpServer::new("well");
    let (command, args) = server.command();
    let new = json!({
        "name": "Hands", "transport": "stdio", "command": command, "args": args, "grants": ["daena"],
    });
    let made = walk.does("POST /connections", new, 201, &["connection.created", "connection.status"]).await;
    let connection = format!("/connections/{}", text(&made["connection_id"]));
    wait_until("its tools", PATIENCE, async || {
        let now = walk.http.get(&format!("/api/v1{connection}")).await.ok();
        (now["tool_count"] != 0).then_some(())
    })
    .await;
    walk.company.model.set(asking(&[("hands__fail", json!({})), ("hands__refuse", json!({}))]));
    let turn = [
        "chat.session.created",
        "chat.message",
        "chat.reply.started",
        "chat.tool.requested",
        "chat.tool.requested",
    ];
    let turn = walk.does("POST /daena/chat", json!({"message": "Do it"}), 200, &turn).await;
    let calls = list(&turn["reply"]["tool_calls"]);
    let path =
        |place: usize, what: &str| format!("POST /approvals/{}/{what}", text(&calls[place]["call_id"]));
    walk.refuses(&path(0, "approve"), json!({"always": "perhaps"}), 400).await;
    walk.refuses(&path(1, "refuse"), json!({"reason": "x".repeat(2001)}), 413).await;
    let yes = ["chat.tool.decided", "chat.tool.called"];
    walk.does(&path(0, "approve"), Value::Null, 200, &yes).await;
    walk.refuses(&path(0, "refuse"), Value::Null, 409).await;
    let no = ["chat.tool.decided", "chat.message"];
    walk.does(&path(1, "refuse"), json!({"reason": "not today"}), 200, &no).await;
    walk.refuses(&path(1, "approve"), Value::Null, 409).await;
    walk.refuses(&format!("POST /approvals/{NOBODY}/approve"), Value::Null, 404).await;
    walk.company.model.set(Script::echo());
    walk.does(&format!("DELETE {connection}"), Value::Null, 204, &["connection.deleted"]).await;
}
