//! Chats, from every door, and the archive.

use serde_json::{Value, json};
use testkit::{Fault, Script};

use super::walk::Walk;
use crate::api::{NOBODY, text};

const NEW_TURN: &[&str] = &["chat.session.created", "chat.message", "chat.reply.started", "chat.message"];

pub(super) async fn walk(walk: &mut Walk) {
    walk.does("POST /brain/probe", Value::Null, 200, &[]).await;
    doors(walk).await;
    archive(walk).await;
    import(walk).await;
    messages(walk).await;
    branches(walk).await;
}

/// A turn through each door, and the deletion of its session from there.
async fn doors(walk: &mut Walk) {
    let hello = || json!({"message": "Hello"});
    for (door, sessions) in [
        ("/daena/chat", "/daena/chat"),
        ("/departments/hr/chat", "/departments/hr/chat/sessions"),
        ("/agents/hr-talent/chat", "/agents/hr-talent/chat/sessions"),
    ] {
        let post = format!("POST {door}");
        // A greeting of a few words asks no colleague.
        let turn = walk.does(&post, hello(), 200, NEW_TURN).await;
        walk.refuses(&post, json!({"message": " "}), 400).await;
        walk.refuses(&post, json!({"message": "Hello", "session_id": NOBODY}), 404).await;
        let session = text(&turn["session_id"]);
        walk.does(&format!("DELETE {sessions}/{session}"), Value::Null, 204, &["chat.session.deleted"]).await;
        walk.refuses(&format!("DELETE {sessions}/{session}"), Value::Null, 404).await;
    }
    let wire = "POST /v1/chat/completions";
    let asked = |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "Hello"}]});
    walk.does(wire, asked("daena"), 200, NEW_TURN).await;
    walk.does(wire, asked(testkit::DEFAULT_MODEL), 200, NEW_TURN).await;
    walk.refuses(wire, asked("nobody"), 404).await;
    let call = |tool: &str| {
        let params = json!({"name": tool, "arguments": {"message": "Hello"}});
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    };
    walk.does("POST /mcp", call("ask_daena"), 200, NEW_TURN).await;
    walk.refuses("POST /mcp", json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}), 422).await;
    let started =
        walk.does("POST /daena/chat/start", json!({}), 201, &["chat.session.created", "chat.message"]).await;
    walk.refuses("POST /daena/chat/start", json!({"title": " "}), 422).await;
    let session = text(&started["session_id"]);
    // The first words give the title.
    let titled = &["chat.session.updated", "chat.message", "chat.reply.started", "chat.message"];
    let post = format!("POST /daena/chat/{session}/message");
    walk.does(&post, json!({"content": "Hello"}), 200, titled).await;
    walk.refuses(&post, json!({"content": 5}), 400).await;
}

async fn archive(walk: &mut Walk) {
    const SESSIONS: &str = "/chat-history/sessions";
    let new = json!({"scope_type": "agent", "scope_id": "hr-talent", "title": "Plans"});
    let made = walk.does(&format!("POST {SESSIONS}"), new, 201, &["chat.session.created"]).await;
    walk.refuses(&format!("POST {SESSIONS}"), json!({"scope_type": "agent", "scope_id": "nobody"}), 404)
        .await;
    let session = format!("{SESSIONS}/{}", text(&made["session_id"]));
    let patch = format!("PATCH {session}");
    walk.does(&patch, json!({"pinned": true}), 200, &["chat.session.updated"]).await;
    walk.does(&patch, json!({"pinned": true}), 200, &[]).await;
    walk.refuses(&patch, json!({"title": ""}), 422).await;
    let (delete, restore) = (format!("DELETE {session}"), format!("POST {session}/restore"));
    walk.refuses(&restore, Value::Null, 409).await;
    walk.does(&delete, Value::Null, 204, &["chat.session.deleted"]).await;
    walk.refuses(&delete, Value::Null, 404).await;
    walk.does(&restore, Value::Null, 200, &["chat.session.restored"]).await;
    let purge = format!("DELETE {session}?permanent=true");
    walk.does(&purge, Value::Null, 204, &["chat.session.deleted"]).await;
    walk.refuses(&purge, Value::Null, 404).await;
}

/// A file with one session; sent again, it changes nothing.
async fn import(walk: &mut Walk) {
    let file = json!([{
        "id": "c1", "title": "Elsewhere", "create_time": 1.0, "current_node": "m1",
        "mapping": {"m1": {"message": {"author": {"role": "user"}, "content": {"parts": ["Hello"]}}}},
    }]);
    const POST: &str = "POST /chat-history/import";
    let events = ["system.import.started", "chat.session.created", "system.import.completed"];
    let done = walk.does(POST, file.clone(), 200, &events).await;
    assert_eq!((&done["sessions"]["imported"], &done["messages"]["imported"]), (&json!(1), &json!(1)));
    let again = walk.does(POST, file, 200, &["system.import.started", "system.import.completed"]).await;
    assert_eq!((&again["sessions"]["imported"], &again["sessions"]["skipped"]), (&json!(0), &json!(1)));
    walk.refuses(POST, json!(["what is this?"]), 422).await;
}

/// A reply that fails, is made again, and hangs until it is stopped.
async fn messages(walk: &mut Walk) {
    walk.company.model.set(Script::fault(Fault::Status(500)));
    let failed = &["chat.session.created", "chat.message", "chat.reply.started", "chat.reply.failed"];
    let turn = walk.does("POST /daena/chat", json!({"message": "Fail"}), 502, failed).await;
    let reply = text(&turn["reply"]["message_id"]).to_owned();
    let (retry, stop) = (format!("POST /messages/{reply}/retry"), format!("POST /messages/{reply}/stop"));
    walk.refuses(&stop, Value::Null, 409).await;
    walk.company.model.set(Script::fault(Fault::Silent));
    walk.does(&retry, Value::Null, 202, &["chat.reply.started"]).await;
    walk.refuses(&retry, Value::Null, 409).await;
    walk.does(&stop, Value::Null, 200, &["chat.reply.stopped"]).await;
    walk.company.model.set(Script::echo());
    walk.does(&retry, Value::Null, 202, &["chat.reply.started", "chat.message"]).await;
    walk.refuses(&retry, Value::Null, 409).await;
}

/// A reply made once more, its message written anew, and the way back.
async fn branches(walk: &mut Walk) {
    let turn = walk.does("POST /daena/chat", json!({"message": "Hello"}), 200, NEW_TURN).await;
    let (user, reply) = (&turn["user_message"]["message_id"], &turn["reply"]["message_id"]);
    let (user, reply) = (format!("/messages/{}", text(user)), format!("/messages/{}", text(reply)));
    let again = format!("POST {reply}/regenerate");
    let made = &["chat.session.updated", "chat.reply.started", "chat.message"];
    walk.does(&again, Value::Null, 200, made).await;
    walk.refuses(&again, json!({"model": "nobody"}), 422).await;
    walk.refuses(&format!("POST {user}/regenerate"), Value::Null, 409).await;
    let told =
        ["chat.session.updated", "chat.message.edited", "chat.message", "chat.reply.started", "chat.message"];
    walk.does(&format!("PATCH {user}"), json!({"content": "Good morning"}), 200, &told).await;
    walk.refuses(&format!("PATCH {user}"), json!({"content": " "}), 400).await;
    walk.refuses(&format!("PATCH {reply}"), json!({"content": "Mine"}), 409).await;
    let select = format!("POST {reply}/select");
    walk.does(&select, Value::Null, 200, &["chat.session.updated", "chat.branch.selected"]).await;
    walk.does(&select, Value::Null, 200, &[]).await;
    walk.refuses(&format!("POST /messages/{NOBODY}/select"), Value::Null, 404).await;
}
