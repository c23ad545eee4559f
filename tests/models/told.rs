//! What the log tells of the model side.

use std::time::{Duration, Instant};

use chat_service::SystemClock;
use chat_service::domain::{Clock as _, Timestamp};
use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, Http, Script, wait_until};

use super::{ODD, SELECT, having};
use crate::api::{PATIENCE, events_where};
use crate::company::Company;

async fn told(http: &Http) -> Vec<Value> {
    let events = events_where(http, 0, "&event_type=brain.status,brain.routing.changed").await;
    events.into_iter().map(|event| event["payload"].clone()).collect()
}

/// Waits for so many, and gives the last.
async fn until_told(http: &Http, count: usize) -> Value {
    let events = wait_until(&format!("{count} events"), PATIENCE, async || {
        Some(told(http).await).filter(|events| events.len() >= count)
    })
    .await;
    assert_eq!(events.len(), count, "{events:#?}");
    events.last().unwrap().clone()
}

#[tokio::test]
async fn changes_of_the_brain_are_told_within_five_seconds_and_nothing_else_is() {
    let mut company = Company::open(having(&[DEFAULT_MODEL, ODD])).await;
    let http = company.http();
    let first = until_told(&http, 1).await;
    let providers = |connected| json!([{"name": "ollama", "connected": connected}]);
    assert_eq!(
        first,
        json!({
            "connected": true, "enabled": true, "active_model": DEFAULT_MODEL, "routing": "local_only",
            "providers": providers(true),
        })
    );
    let begun = Instant::now();
    company.model.stop().await;
    let away = until_told(&http, 2).await;
    assert_eq!((&away["connected"], &away["providers"]), (&json!(false), &providers(false)));
    company.model.restart().await;
    assert_eq!(until_told(&http, 3).await, first);
    assert!(begun.elapsed() < Duration::from_secs(5) + PATIENCE);
    http.post(SELECT, json!({"name": ODD})).await.ok();
    assert_eq!(until_told(&http, 4).await["active_model"], ODD);
    http.put("/api/v1/system/config/brain.routing", json!({"value": "hybrid"})).await.ok();
    assert_eq!(until_told(&http, 5).await, json!({"routing": "hybrid", "previous": "local_only"}));
    let off = json!({"value": false, "reason": "a test"});
    http.put("/api/v1/founder-panel/overrides/brain.enabled", off).await.ok();
    assert_eq!(until_told(&http, 6).await["enabled"], false);
    company.daena.restart().await;
    let http = company.http();
    http.request("POST", "/api/v1/brain/probe").send().await.ok();
    assert_eq!(until_told(&http, 6).await["enabled"], false, "a start tells nothing that was told");
}

#[tokio::test]
async fn an_override_of_the_routing_acts_and_is_told_by_the_clock() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let end = Timestamp::from_micros(SystemClock.now().as_micros() + 2_000_000);
    let over = json!({"value": "hybrid", "reason": "a test", "expires_at": end.to_string()});
    http.put("/api/v1/founder-panel/overrides/brain.routing", over).await.ok();
    assert_eq!(until_told(&http, 2).await["routing"], "hybrid");
    assert_eq!(until_told(&http, 3).await, json!({"routing": "local_only", "previous": "hybrid"}));
}
