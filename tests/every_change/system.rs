//! Backups and the reset: last, for little is left after it.

use serde_json::{Value, json};

use super::walk::Walk;

pub(super) async fn walk(walk: &mut Walk) {
    walk.does("POST /system/backup", Value::Null, 200, &["system.backup"]).await;
    walk.refuses("POST /system/reset", json!({"confirm": "yes"}), 422).await;
    // What a new company holds is put in anew.
    let made = [
        ("department.created", 8),
        ("agent.created", 48),
        ("system.config", 12 + 2),
        ("council.created", 4),
        ("council.member.created", 20),
    ];
    let mut left = vec!["system.backup", "system.reset"];
    left.extend(made.iter().flat_map(|(event, times)| vec![*event; *times]));
    // The routing is what a new company starts with.
    left.push("brain.routing.changed");
    walk.does("POST /system/reset", json!({"confirm": "reset"}), 200, &left).await;
}
