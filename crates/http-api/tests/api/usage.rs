//! What asking models used up, and budgets, over HTTP.

use crate::house::{House, settings};
use chat_service::domain::{Budgets, Money, Price, Prices};
use serde_json::{Value, json};
use testkit::{ModelServer, Script};

const USAGE: &str = "/api/v1/brain/usage";
const CHAT: &str = "/api/v1/daena/chat";

async fn house(server: &ModelServer, budgets: Budgets) -> House {
    let price = |model: &str, completion| Price {
        model: model.to_owned(),
        from: None,
        prompt: Money::default(),
        completion: Money::from_micros(completion),
    };
    let prices = Prices { currency: "EUR".into(), list: vec![price("llama*", 2_000_000)] };
    House::build(settings(), |builder| builder.ollama(&server.url()).unwrap().prices(prices).budgets(budgets))
        .await
}

/// A value without what the clock decides.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let of_clock = ["from", "to", "response_time_ms", "tokens_per_second", "resets_at"];
                *field =
                    if of_clock.contains(&name.as_str()) { json!("…") } else { timeless(field.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}

#[tokio::test]
async fn the_usage_has_its_wire_form() {
    let server = ModelServer::start(Script::default()).await;
    let budgets = Budgets {
        monthly_tokens: Some(1_000_000),
        daily_cost: Some(Money::from_micros(5_000_000)),
        currency: "EUR".into(),
        ..Budgets::default()
    };
    let house = house(&server, budgets).await;
    let empty = house.http.get(USAGE).await.ok();
    let nothing = json!({
        "calls": 0, "calls_without_counters": 0, "prompt_tokens": 0, "completion_tokens": 0,
        "response_time_ms": 0, "tokens_per_second": null, "cost": null, "priced_tokens": 0,
    });
    assert_eq!((&empty["totals"], &empty["groups"]), (&nothing, &json!([])));
    house.say("one").await;
    let usage = house.http.get(&format!("{USAGE}?days=1&group_by=agent")).await.ok();
    assert_eq!(usage["from"], usage["to"]);
    let prompt = usage["totals"]["prompt_tokens"].as_i64().unwrap();
    let sums = json!({
        "calls": 1, "calls_without_counters": 0, "prompt_tokens": prompt, "completion_tokens": 4,
        "response_time_ms": "…", "tokens_per_second": "…",
        "cost": {"micros": 8, "currency": "EUR"}, "priced_tokens": prompt + 4,
    });
    let mut group = sums.clone();
    group["key"] = json!(null);
    let monthly = json!({
        "name": "monthly_tokens", "limit": 1_000_000, "used": prompt + 4, "currency": null, "spent": false,
        "resets_at": "…",
    });
    let daily = json!({
        "name": "daily_cost", "limit": 5_000_000, "used": 8, "currency": "EUR", "spent": false,
        "resets_at": "…",
    });
    let expected = json!({
        "from": "…", "to": "…", "group_by": "agent", "totals": sums, "groups": [group],
        "tool_calls": 0,
            "budgets": [monthly, daily],
    });
    assert_eq!(timeless(usage), expected);
    let by_model = house.http.get(USAGE).await.ok();
    assert_eq!(
        (&by_model["group_by"], &by_model["groups"][0]["key"]),
        (&json!("model"), &json!("llama3.2:3b"))
    );
    for (query, status, code, pointer) in [
        ("days=x", 400, "invalid_request", "/days"),
        ("days=0", 422, "unprocessable", "/days"),
        ("days=367", 422, "unprocessable", "/days"),
        ("group_by=colour", 400, "invalid_request", "/group_by"),
        ("group_by=", 400, "invalid_request", "/group_by"),
    ] {
        let problem = house.http.get(&format!("{USAGE}?{query}")).await.problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
    let metrics = house.http.get("/metrics").await;
    for line in [
        "daena_model_calls_total 1",
        &format!("daena_prompt_tokens_total {prompt}"),
        "daena_completion_tokens_total 4",
    ] {
        assert!(metrics.text.lines().any(|found| found == line), "{line}");
    }
    house.end().await;
}

#[tokio::test]
async fn over_budget_every_door_answers_429_with_the_time_and_stores_nothing() {
    let server = ModelServer::start(Script::default()).await;
    let house = house(&server, Budgets { daily_tokens: Some(1), ..Budgets::default() }).await;
    let new = json!({"title": "Later", "agent_id": "hr-talent"});
    let task = house.http.post("/api/v1/tasks", new).await.with_status(201)["task_id"].clone();
    let http = house.http.clone().with_header("idempotency-key", "k-1");
    let first = house.say("one").await;
    let reply = first["reply"]["message_id"].as_str().unwrap();
    let head = house.head();
    let task_start = format!("/api/v1/tasks/{}/start", task.as_str().unwrap());
    for (path, body) in [
        (CHAT, json!({"message": "two"})),
        (CHAT, json!({"message": "two", "stream": true})),
        ("/api/v1/departments/hr/chat", json!({"message": "two"})),
        ("/api/v1/agents/hr-talent/chat", json!({"message": "two"})),
        ("/api/v1/tasks", json!({"title": "Now", "agent_id": "hr-talent", "start": true})),
        (&task_start, json!({})),
        ("/api/v1/councils/tech/debates", json!({"topic": "Why?"})),
        (&format!("/api/v1/messages/{reply}/retry"), json!({})),
    ] {
        let answer = http.post(path, body).await;
        let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=86_401).contains(&seconds), "{path}: {seconds}");
        let problem = answer.problem(429, "rate_limited");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("daily_tokens of 1 tokens is spent"), "{path}: {detail}");
    }
    assert_eq!((house.head(), server.stats().chats), (head, 1));
    let budget = house.http.get(USAGE).await.ok()["budgets"][0].clone();
    assert_eq!((&budget["spent"], &budget["limit"]), (&json!(true), &json!(1)));
    house.end().await;
}
