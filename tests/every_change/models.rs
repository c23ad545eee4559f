//! Models: selecting, pulling, putting away, deleting, testing.

use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, ModelCard, Script};

use super::walk::Walk;
use crate::api::{NOBODY, text};

const OTHER: &str = "hf.co/you/a model:Q4_K_M";

/// A server with two models, which holds its streams after so many tokens.
fn both(hold_after: Option<usize>) -> Script {
    let models = vec![ModelCard::new(DEFAULT_MODEL, 8192), ModelCard::new(OTHER, 4096)];
    Script { models, hold_after, ..Script::echo() }
}

pub(super) async fn walk(walk: &mut Walk) {
    walk.company.model.set(both(None));
    walk.does("POST /brain/probe", Value::Null, 200, &[]).await;
    let select = "POST /brain/models/select";
    walk.does(select, json!({"name": OTHER}), 200, &["brain.model.selected", "brain.status"]).await;
    walk.does(select, json!({"name": OTHER}), 200, &[]).await;
    walk.refuses(select, json!({"name": "unheard-of"}), 404).await;
    walk.refuses(select, json!({"name": "../models"}), 422).await;
    walk.refuses(select, json!({}), 400).await;
    walk.does("POST /brain/models/unload", json!({"name": OTHER}), 204, &[]).await;
    walk.refuses("POST /brain/models/unload", json!({"name": "unheard-of"}), 404).await;
    walk.does("POST /brain/test", json!({"prompt": "Well?"}), 200, &[]).await;
    walk.refuses("POST /brain/test", json!({"model": "unheard-of"}), 422).await;
    pulls(walk).await;
    let delete = |name: &str| format!("DELETE /brain/models?name={name}");
    walk.refuses(&delete("hf.co%2Fyou%2Fa%20model%3AQ4_K_M"), Value::Null, 409).await;
    walk.does(select, json!({"name": DEFAULT_MODEL}), 200, &["brain.model.selected", "brain.status"]).await;
    walk.does(&delete("hf.co/you/a%20model:Q4_K_M"), Value::Null, 204, &["brain.model.deleted"]).await;
    walk.refuses(&delete("hf.co/you/a%20model:Q4_K_M"), Value::Null, 404).await;
    walk.refuses("DELETE /brain/models", Value::Null, 400).await;
}

async fn pulls(walk: &mut Walk) {
    let pull = "POST /brain/models/pull";
    walk.does(pull, json!({"name": "small:1b"}), 202, &["brain.pull.started", "brain.model.pulled"]).await;
    walk.refuses(pull, json!({"name": "a/../b"}), 422).await;
    walk.refuses(pull, json!({"name": "small:1b", "provider": "nobody"}), 422).await;
    walk.company.model.set(both(Some(1)));
    let held = walk.does(pull, json!({"name": "large:70b"}), 202, &["brain.pull.started"]).await;
    let cancel = format!("POST /brain/models/pulls/{}/cancel", text(&held["pull_id"]));
    walk.does(&cancel, Value::Null, 200, &["brain.pull.cancelled"]).await;
    walk.refuses(&cancel, Value::Null, 409).await;
    walk.refuses(&format!("POST /brain/models/pulls/{NOBODY}/cancel"), Value::Null, 404).await;
    walk.company.model.set(both(None));
}
