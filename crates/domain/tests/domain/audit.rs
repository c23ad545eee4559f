//! The audit trail's entries on the wire, and what its filter admits.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::samples::at;
use domain::{Action, AuditEntry, AuditFilter, EntityType, Position, RecordedEvent};
use serde_json::json;
use serde_json::value::RawValue;
use std::sync::Arc;

fn recorded(event_type: &str, entity: (&str, &str), payload: &serde_json::Value) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(42),
        event_type: event_type.into(),
        entity_type: entity.0.into(),
        entity_id: entity.1.into(),
        payload: Arc::from(RawValue::from_string(payload.to_string()).unwrap()),
        created_by: "founder".into(),
        timestamp: at(678_901),
        department_id: Some("hr".into()),
    }
}

#[test]
fn an_entry_has_its_wire_form() {
    // One field: whether maps keep their order depends on who else builds serde_json.
    let event = recorded("department.updated", ("department", "hr"), &json!({"name": "People"}));
    insta::assert_snapshot!("audit_entry", serde_json::to_string_pretty(&AuditEntry::from(event)).unwrap());
}

#[test]
fn a_summary_is_one_plain_line() {
    let events = [
        recorded(
            "chat.message",
            ("chat", "s"),
            &json!({"speaker": {"name": "Founder"}, "content": "a\n\n b\u{7}c"}),
        ),
        recorded(
            "chat.message",
            ("chat", "s"),
            &json!({"speaker": {"name": "Atlas"}, "content": "long ".repeat(100)}),
        ),
        recorded("chat.session.created", ("chat", "s"), &json!({"title": "Budget"})),
        recorded(
            "chat.reply.failed",
            ("chat", "s"),
            &json!({"speaker": {"name": "Atlas"}, "error": {"detail": "no model"}}),
        ),
        recorded("agent.deleted", ("agent", "hr-harmony"), &json!({"slug": "hr-harmony"})),
        recorded(
            "system.config",
            ("system", "brain.routing"),
            &json!({"key": "brain.routing", "value": "hybrid"}),
        ),
        recorded("system.backup", ("system", "a.db"), &json!({"name": "a.db"})),
        recorded("system.reset", ("system", "a.db"), &json!({"backup": "a.db"})),
        recorded("system.compaction", ("system", "30"), &json!({"removed": 29})),
        recorded(
            "connection.status",
            ("connection", "c"),
            &json!({"name": "Files", "status": "failed", "error": "no such program"}),
        ),
        recorded("system.secrets", ("system", "secrets"), &json!({"key_id": "0011"})),
        recorded("moon.landed", ("moon", "x"), &json!([1])),
        recorded("landed", ("moon", "x"), &json!(null)),
    ];
    let lines: Vec<String> = events.into_iter().map(|event| AuditEntry::from(event).summary).collect();
    insta::assert_snapshot!("audit_summaries", lines.join("\n"));
}

#[test]
fn an_action_is_a_name_or_a_prefix_with_a_star() {
    let action = |text: &str| text.parse::<Action>();
    assert!(action("chat.*").unwrap().admits("chat.reply.failed"));
    assert!(!action("chat.*").unwrap().admits("chatter"));
    assert!(action("chat.message").unwrap().admits("chat.message"));
    assert!(!action("chat.message").unwrap().admits("chat.message.edited"));
    assert!(action("*").unwrap().admits("anything"));
    assert!(action("chat.*").unwrap().weight() < action("chat.message").unwrap().weight());
    assert_eq!(action("chat.*").unwrap().to_string(), "chat.*");
    for bad in ["", "*.message", "a b", "chat%", "漢"] {
        assert!(action(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_filter_admits_what_fits_all_that_it_names() {
    let event = recorded("agent.updated", ("agent", "hr-harmony"), &json!({}));
    let none = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let admitted = [
        none(),
        AuditFilter { actor: text("founder"), action: "agent.*".parse().ok(), ..none() },
        AuditFilter { entity_type: Some(EntityType::Agent), entity_id: text("hr-harmony"), ..none() },
        AuditFilter { from: Some(at(678_901)), to: Some(at(678_902)), ..none() },
    ];
    assert!(admitted.iter().all(|filter| filter.admits(&event)));
    let refused = [
        AuditFilter { actor: text("system"), ..none() },
        AuditFilter { action: "agent.created".parse().ok(), ..none() },
        AuditFilter { entity_type: Some(EntityType::Chat), ..none() },
        AuditFilter { entity_id: text("hr"), ..none() },
        AuditFilter { from: Some(at(678_902)), ..none() },
        AuditFilter { to: Some(at(678_901)), ..none() },
    ];
    assert!(refused.iter().all(|filter| !filter.admits(&event)));
}
