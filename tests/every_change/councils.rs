//! Councils, their members, and debates.

use serde_json::{Value, json};
use testkit::{Fault, Script};

use super::walk::Walk;
use crate::api::{NOBODY, text};

pub(super) async fn walk(walk: &mut Walk) {
    let made = walk.does("POST /councils", json!({"name": "Elders"}), 201, &["council.created"]).await;
    assert_eq!(made["slug"], "elders");
    walk.refuses("POST /councils", json!({"name": "Elders"}), 409).await;
    walk.does("PATCH /councils/elders", json!({"name": "The Elders"}), 200, &["council.updated"]).await;
    walk.does("PATCH /councils/elders", json!({"name": "The Elders"}), 200, &[]).await;
    walk.refuses("PATCH /councils/elders", json!({"name": 5}), 400).await;
    let new = json!({"name": "The Oldest", "role": "Elder"});
    let member = walk.does("POST /councils/elders/members", new, 201, &["council.member.created"]).await;
    walk.refuses("POST /councils/elders/members", json!({"role": "Elder"}), 400).await;
    let path = format!("/councils/elders/members/{}", text(&member["id"]));
    let edit = format!("PATCH {path}");
    walk.does(&edit, json!({"role": "Chair"}), 200, &["council.member.updated"]).await;
    walk.refuses(&edit, json!({"enabled": "yes"}), 400).await;
    debates(walk).await;
    walk.does(&format!("DELETE {path}"), Value::Null, 204, &["council.member.deleted"]).await;
    walk.refuses(&format!("DELETE {path}"), Value::Null, 404).await;
    walk.does("DELETE /councils/elders", Value::Null, 204, &["council.deleted"]).await;
    walk.refuses("DELETE /councils/elders", Value::Null, 404).await;
}

/// What a debate leaves when it begins: it is asked for, then its first member is asked.
const BEGUN: &[&str] = &[
    "chat.session.created",
    "chat.message",
    "council.debate.started",
    "council.debate.updated",
    "chat.reply.started",
];

/// A debate of one member on a model that hangs: the Founder joins, ends it early; another one is stopped.
async fn debates(walk: &mut Walk) {
    walk.company.model.set(Script::fault(Fault::Silent));
    let new = json!({"topic": "Which way?", "rounds": 1});
    let made = walk.does("POST /councils/elders/debates", new.clone(), 202, BEGUN).await;
    walk.refuses("POST /councils/elders/debates", json!({"topic": "Which way?", "rounds": 9}), 422).await;
    let debate = format!("/debates/{}", text(&made["debate_id"]));
    let join = format!("POST {debate}/messages");
    walk.does(
        &join,
        json!({"message": "Think of the cost."}),
        201,
        &["chat.message", "council.debate.message"],
    )
    .await;
    walk.refuses(&join, json!({"message": " "}), 400).await;
    let stop = format!("POST {debate}/stop");
    walk.does(&stop, Value::Null, 200, &["council.debate.cancelled", "chat.reply.stopped"]).await;
    walk.refuses(&stop, Value::Null, 409).await;
    walk.refuses(&format!("POST {debate}/synthesize"), Value::Null, 409).await;
    walk.refuses(&format!("POST /debates/{NOBODY}/stop"), Value::Null, 404).await;
    summed_up(walk).await;
}

/// A debate whose only member hangs, until Daena is to sum up.
async fn summed_up(walk: &mut Walk) {
    let new = json!({"topic": "Enough?", "rounds": 1});
    let made = walk.does("POST /councils/elders/debates", new, 202, BEGUN).await;
    walk.company.model.set(Script::echo());
    // Nobody has said anything: there is nothing to sum up, and Daena says so.
    let ended =
        ["council.debate.updated", "chat.reply.stopped", "chat.message", "council.debate.synthesized"];
    let synthesize = format!("POST /debates/{}/synthesize", text(&made["debate_id"]));
    walk.does(&synthesize, Value::Null, 202, &ended).await;
}
