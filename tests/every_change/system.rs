//! Backups and the reset: last, for little is left after it.

use serde_json::{Value, json};

use super::walk::Walk;

pub(super) async fn walk(walk: &mut Walk) {
    walk.does("POST /system/backup", Value::Null, 200, &["system.backup"]).await;
    walk.refuses("POST /system/reset", json!({"confirm": "yes"}), 422).await;
    walk.does("POST /system/reset", json!({"confirm": "reset"}), 200, &["system.backup", "system.reset"])
        .await;
}
