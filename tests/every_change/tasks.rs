//! Tasks.

use serde_json::{Value, json};
use testkit::{Fault, Script};

use super::walk::Walk;
use crate::api::{NOBODY, text};

/// What a task leaves when it begins: it is wanted, gets its session and runs, and is put to its agent.
const BEGUN: &[&str] =
    &["task.updated", "chat.session.created", "task.updated", "chat.message", "chat.reply.started"];

pub(super) async fn walk(walk: &mut Walk) {
    let new = json!({"title": "Find a name", "agent_id": "hr-talent"});
    let made = walk.does("POST /tasks", new, 201, &["task.created"]).await;
    walk.refuses("POST /tasks", json!({"title": " "}), 422).await;
    walk.refuses("POST /tasks", json!({"title": "A", "agent_id": "nobody"}), 404).await;
    let task = format!("/tasks/{}", text(&made["task_id"]));
    let edit = format!("PATCH {task}");
    walk.does(&edit, json!({"priority": "high"}), 200, &["task.updated"]).await;
    walk.does(&edit, json!({"priority": "high"}), 200, &[]).await;
    walk.refuses(&edit, json!({"priority": "enormous"}), 400).await;
    let assign = format!("POST {task}/assign");
    walk.does(&assign, json!({"agent_id": "hr-culture"}), 200, &["task.updated"]).await;
    walk.refuses(&assign, json!({"agent_id": "nobody"}), 404).await;
    let (start, cancel) = (format!("POST {task}/start"), format!("POST {task}/cancel"));
    let whole = [BEGUN, &["chat.message", "task.progress", "task.completed"]].concat();
    walk.does(&start, Value::Null, 202, &whole).await;
    walk.refuses(&start, Value::Null, 409).await;
    walk.refuses(&cancel, Value::Null, 409).await;
    walk.does(&format!("DELETE {task}"), Value::Null, 204, &["task.deleted"]).await;
    walk.refuses(&format!("DELETE {task}"), Value::Null, 404).await;
    cancelled(walk).await;
    walk.refuses(&format!("POST /tasks/{NOBODY}/cancel"), Value::Null, 404).await;
}

/// A task on a model that hangs, until it is cancelled.
async fn cancelled(walk: &mut Walk) {
    walk.company.model.set(Script::fault(Fault::Silent));
    let new = json!({"title": "Wait", "agent_id": "hr-talent", "start": true});
    let begun = [&["task.created"], &BEGUN[1..]].concat();
    let made = walk.does("POST /tasks", new, 201, &begun).await;
    let cancel = format!("POST /tasks/{}/cancel", text(&made["task_id"]));
    walk.does(&cancel, Value::Null, 200, &["task.cancelled", "chat.reply.stopped"]).await;
    walk.company.model.set(Script::echo());
}
