//! The Founder panel.

use serde_json::{Value, json};

use super::walk::Walk;

pub(super) async fn walk(walk: &mut Walk) {
    let key = "/founder-panel/overrides/agent.hr-talent.locked";
    let (put, delete) = (format!("PUT {key}"), format!("DELETE {key}"));
    walk.does(&put, json!({"value": true, "reason": "A test"}), 200, &["founder.override.set"]).await;
    walk.refuses(&put, json!({"value": true}), 400).await;
    walk.refuses(&put, json!({"value": "yes", "reason": "A test"}), 400).await;
    walk.refuses("POST /agents/hr-talent/chat", json!({"message": "Hello"}), 403).await;
    walk.does(&delete, Value::Null, 204, &["founder.override.cleared"]).await;
    walk.refuses(&delete, Value::Null, 404).await;
    let emergency = "POST /founder-panel/emergency";
    walk.does(&format!("{emergency}/stop-all"), Value::Null, 200, &["system.emergency"]).await;
    let lockdown = ["founder.override.set", "system.emergency", "brain.status"];
    walk.does(&format!("{emergency}/lockdown"), json!({"reason": "A test"}), 200, &lockdown).await;
    walk.refuses(&format!("{emergency}/lockdown"), json!({"reason": 5}), 400).await;
    walk.refuses("POST /daena/chat", json!({"message": "Hello"}), 403).await;
    let released = ["founder.override.cleared", "system.emergency", "brain.status"];
    walk.does(&format!("{emergency}/release"), Value::Null, 200, &released).await;
    let maintenance = "POST /system/maintenance";
    let on = json!({"enabled": true, "reason": "A test"});
    walk.does(maintenance, on, 200, &["founder.override.set", "system.maintenance"]).await;
    walk.refuses("POST /daena/chat", json!({"message": "Hello"}), 503).await;
    let off = json!({"enabled": false});
    walk.does(maintenance, off, 200, &["founder.override.cleared", "system.maintenance"]).await;
    walk.refuses(maintenance, json!({"enabled": true}), 400).await;
    let config = "PUT /system/config/brain.routing";
    walk.does(config, json!({"value": "hybrid"}), 200, &["system.config", "brain.routing.changed"]).await;
    walk.refuses(config, json!({"value": "sideways"}), 422).await;
}
