//! An event in one plain line.

use crate::RecordedEvent;
use serde_json::Value;

/// The most characters of a line.
const LINE: usize = 160;

/// The line, from the event's name and what its payload says of the thing. It holds no line break and nothing is decoded,
/// so that events of a newer program have one too.
pub(super) fn of(event: &RecordedEvent) -> String {
    let payload: Value = serde_json::from_str(event.payload.get()).unwrap_or_default();
    let text =
        |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let line = match &*event.event_type {
        "chat.message" => {
            format!("{}: {}", text("/speaker/name").unwrap_or("?"), text("/content").unwrap_or_default())
        }
        "system.config" => {
            let value = payload.get("value").map(Value::to_string).unwrap_or_default();
            format!("setting {} is now {value}", event.entity_id)
        }
        "system.backup" => format!("backup {} taken", event.entity_id),
        "system.reset" => format!("the company was reset, backup {}", event.entity_id),
        "system.compaction" => {
            let removed = payload.get("removed").and_then(Value::as_i64).unwrap_or_default();
            format!("{removed} old events removed, the log can be followed from {}", event.entity_id)
        }
        "connection.status" => {
            let why = text("/error").map(|error| format!(": {error}")).unwrap_or_default();
            let (name, status) = (text("/name").unwrap_or("?"), text("/status").unwrap_or("?"));
            format!("connection {name} is {status}{why}")
        }
        "system.secrets" => "secrets sealed with a new key".to_owned(),
        reply if reply.starts_with("chat.reply.") => {
            let how = reply.rsplit('.').next().unwrap_or_default();
            let why = text("/error/detail").map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("reply of {} {how}{why}", text("/speaker/name").unwrap_or("?"))
        }
        other => {
            let (subject, what) = other.rsplit_once('.').unwrap_or(("", other));
            let name = ["/name", "/title", "/topic", "/key"].into_iter().find_map(text);
            let name = name.unwrap_or(&event.entity_id);
            format!("{} {name} {what}", subject.replace('.', " "))
        }
    };
    folded(&line)
}

/// White space folded, control characters gone, and cut.
fn folded(line: &str) -> String {
    let mut folded = String::new();
    let mut left = LINE;
    for word in line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in word.chars() {
            if left == 0 {
                folded.push('…');
                return folded;
            }
            folded.push(c);
            left -= 1;
        }
        left = left.saturating_sub(1);
    }
    folded
}
