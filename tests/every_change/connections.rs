//! Connections and their tools.

use serde_json::{Value, json};
use testkit::McpServer;

use super::walk::Walk;
use crate::api::{NOBODY, text};

const UPDATED: &[&str] = &["connection.updated"];

pub(super) async fn walk(walk: &mut Walk) {
    let server = McpServer::new("well");
    let (command, args) = server.command();
    let new = json!({"name": "Files", "transport": "stdio", "command": command, "args": args});
    let begun = ["connection.created", "connection.status"];
    let made = walk.does("POST /connections", new.clone(), 201, &begun).await;
    walk.refuses("POST /connections", new, 409).await;
    let path = format!("/connections/{}", text(&made["connection_id"]));
    let edit = format!("PATCH {path}");
    walk.does(&edit, json!({"grants": ["daena"]}), 200, UPDATED).await;
    walk.does(&edit, json!({"grants": ["daena"]}), 200, &[]).await;
    walk.refuses(&edit, json!({"grants": ["nobody"]}), 422).await;
    walk.does(&format!("POST {path}/test"), Value::Null, 200, &[]).await;
    let echo = format!("{path}/tools/echo");
    walk.does(&format!("POST {echo}"), json!({"arguments": {"text": "hi"}}), 200, &[]).await;
    walk.refuses(&format!("POST {echo}"), json!({"arguments": {}}), 422).await;
    let mark = format!("PATCH {echo}");
    walk.does(&mark, json!({"approval": "ask"}), 200, UPDATED).await;
    walk.does(&mark, json!({"approval": "ask"}), 200, &[]).await;
    walk.refuses(&mark, json!({"approval": "perhaps"}), 400).await;
    walk.does(&edit, json!({"enabled": false}), 200, UPDATED).await;
    walk.refuses(&format!("POST {path}/test"), Value::Null, 409).await;
    walk.does(&format!("DELETE {path}"), Value::Null, 204, &["connection.deleted"]).await;
    walk.refuses(&format!("DELETE /connections/{NOBODY}"), Value::Null, 404).await;
}
