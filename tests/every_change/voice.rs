//! Speech.

use serde_json::{Value, json};
use testkit::tone;

use super::walk::Walk;
use crate::api::{NOBODY, text};

pub(super) async fn walk(walk: &mut Walk) {
    for (path, off, rate) in [
        ("/voice/state", None, 1.5),
        ("/departments/hr/voice", Some("nowhere"), 1.6),
        ("/agents/hr-talent/voice", Some("nobody"), 1.7),
    ] {
        let put = format!("PUT {path}");
        walk.does(&put, json!({"rate": rate}), 200, &["voice.state"]).await;
        walk.does(&put, json!({"rate": rate}), 200, &[]).await;
        walk.refuses(&put, json!({"rate": 15}), 422).await;
        if let Some(nobody) = off {
            let put = put.replace("hr-talent", nobody).replace("hr/", &format!("{nobody}/"));
            walk.refuses(&put, json!({"rate": 1}), 404).await;
        }
    }
    let own = ["agent.updated", "voice.state"];
    walk.does("PUT /agents/hr-talent/voice", json!({"voice_id": "echo"}), 200, &own).await;
    walk.does("DELETE /agents/hr-talent/voice", Value::Null, 204, &own).await;
    walk.refuses("DELETE /agents/hr-talent/voice", Value::Null, 404).await;
    walk.does("DELETE /departments/hr/voice", Value::Null, 204, &["voice.state"]).await;
    walk.refuses("DELETE /departments/hr/voice", Value::Null, 404).await;
    walk.refuses("DELETE /agents/nobody/voice", Value::Null, 404).await;
    walk.refuses("DELETE /departments/nowhere/voice", Value::Null, 404).await;
    let sample = walk.sends("POST /voice/samples?name=Calm", tone(10), 201, &["voice.sample.created"]).await;
    walk.sends("POST /voice/samples?name=Calm", tone(10), 201, &[]).await;
    walk.refuses("POST /voice/samples?name=Calm", json!({}), 415).await;
    let delete = format!("DELETE /voice/samples/{}", text(&sample["sample_id"]));
    walk.does(&delete, Value::Null, 204, &["voice.sample.deleted"]).await;
    walk.refuses(&delete, Value::Null, 404).await;
    walk.does("POST /voice/hush", Value::Null, 200, &[]).await;
    walk.refuses("POST /voice/hush", json!({"session_id": NOBODY.replace('0', "x")}), 404).await;
    let interact = "POST /voice/interact";
    let turn = ["chat.session.created", "chat.message", "chat.reply.started", "chat.message"];
    walk.does(interact, json!({"text": "Hello", "speak": false}), 200, &turn).await;
    let command = json!({"text": "Create a task for hr to find a name", "speak": false});
    walk.does(interact, command, 200, &["task.created"]).await;
    walk.does(interact, json!({"text": "List departments", "speak": false}), 200, &[]).await;
    walk.refuses(interact, json!({"text": "Hello", "session_id": NOBODY}), 404).await;
    // Silence needs no engine.
    walk.sends("POST /voice/transcribe", testkit::silence(800), 200, &[]).await;
    walk.refuses("POST /voice/transcribe", json!({}), 415).await;
    walk.does("POST /voice/speak", json!({"text": "Hi"}), 200, &[]).await;
    walk.refuses("POST /voice/speak", json!({"text": ""}), 400).await;
}
