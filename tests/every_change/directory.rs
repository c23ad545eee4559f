//! Departments and agents.

use serde_json::{Value, json};

use super::walk::Walk;
use crate::api::text;

pub(super) async fn walk(walk: &mut Walk) {
    let new = json!({"name": "Research", "color": "#123456", "description": "finding out"});
    let made = walk.does("POST /departments", new, 201, &["department.created"]).await;
    assert_eq!(made["slug"], "research");
    walk.refuses("POST /departments", json!({"name": "Research"}), 409).await;
    walk.refuses("POST /departments", json!({"color": "#123456"}), 400).await;
    let edit = "PATCH /departments/research";
    walk.does(edit, json!({"name": "Science"}), 200, &["department.updated"]).await;
    walk.does(edit, json!({"name": "Science"}), 200, &[]).await;
    walk.refuses(edit, json!({"color": "blue"}), 422).await;
    walk.refuses("PATCH /departments/nothing", json!({"name": "Science"}), 404).await;
    agents(walk).await;
    walk.does("DELETE /departments/research", Value::Null, 204, &["department.deleted"]).await;
    walk.refuses("DELETE /departments/research", Value::Null, 404).await;
    walk.refuses("DELETE /departments/hr", Value::Null, 409).await;
}

async fn agents(walk: &mut Walk) {
    let new =
        json!({"name": "Curie", "role": "Scientist", "department_id": "research", "type": "analytical"});
    let made = walk.does("POST /agents", new.clone(), 201, &["agent.created"]).await;
    let agent = format!("/agents/{}", text(&made["slug"]));
    walk.refuses("POST /agents", new, 409).await;
    let edit = format!("PATCH {agent}");
    walk.does(&edit, json!({"role": "Chief Scientist"}), 200, &["agent.updated"]).await;
    walk.does(&edit, json!({"role": "Chief Scientist"}), 200, &[]).await;
    walk.refuses(&edit, json!({"role": 5}), 400).await;
    let (pause, resume) = (format!("POST {agent}/pause"), format!("POST {agent}/resume"));
    walk.refuses("POST /agents/nobody/pause", Value::Null, 404).await;
    walk.refuses("POST /agents/nobody/resume", Value::Null, 404).await;
    walk.does(&pause, Value::Null, 200, &["agent.paused"]).await;
    walk.refuses(&format!("POST {agent}/chat"), json!({"message": "Hello"}), 403).await;
    walk.does(&resume, Value::Null, 200, &["agent.resumed"]).await;
    walk.does("PATCH /agents/hr-talent", json!({"name": "Tally"}), 200, &["agent.updated"]).await;
    walk.does("POST /agents/hr-talent/reset", Value::Null, 200, &["agent.updated"]).await;
    walk.refuses("POST /agents/nobody/reset", Value::Null, 404).await;
    walk.does(&format!("DELETE {agent}"), Value::Null, 204, &["agent.deleted"]).await;
    walk.refuses(&format!("DELETE {agent}"), Value::Null, 404).await;
}
