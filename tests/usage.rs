//! What asking models used up: summed over every kind of call, over restarts, and held against budgets.

use serde_json::{Value, json};
use testkit::{Builder, Http, ModelCard, ModelServer, Script, wait_until};

use crate::api::{
    DAENA, HR, PATIENCE, TALENT, head, list, number, say, text, turn, until_connected, until_status,
};
use crate::company::program;

const SMALL: &str = "small:1b";
const LARGE: &str = "large:70b";

const PRICED: &str = r#"
[brain]
currency = "EUR"
probe_interval_ms = 200

[[brain.prices]]
model = "large*"
prompt_per_million = 0.5
completion_per_million = 2
"#;

fn two_models() -> Script {
    Script { models: vec![ModelCard::new(SMALL, 8192), ModelCard::new(LARGE, 8192)], ..Script::default() }
}

async fn usage(http: &Http, by: &str) -> Value {
    http.get(&format!("/api/v1/brain/usage?group_by={by}")).await.ok()
}

/// The sums of a group.
fn of<'a>(usage: &'a Value, key: &Value) -> &'a Value {
    let found = list(&usage["groups"]).iter().find(|group| group["key"] == *key);
    found.unwrap_or_else(|| panic!("{key} is not in {usage}"))
}

/// A field, summed over the groups.
fn summed(usage: &Value, field: &str) -> i64 {
    list(&usage["groups"]).iter().map(|group| number(&group[field])).sum()
}

fn start(model: &ModelServer, config: &str) -> Builder {
    program().ollama_url(model.url()).config(config)
}

#[tokio::test]
async fn notes_debates_tasks_and_two_models_are_all_summed_and_stay_so_over_a_kill() {
    let model = ModelServer::start(two_models()).await;
    let mut daena = start(&model, PRICED).start().await;
    let http = daena.http();
    until_connected(&http, true).await;
    say(&http, DAENA, "Speak", None).await;
    let large = json!({"message": "Speak", "model": LARGE});
    let reply = http.post(DAENA, large).await.ok()["reply"].clone();
    let answer = say(&http, HR, "What do you all think?", None).await;
    let notes = i64::try_from(list(&answer["reply"]["notes"]).len()).unwrap();
    assert!(notes > 0);
    let body = json!({"topic": "Sell the house?", "rounds": 1});
    let debate = http.post("/api/v1/councils/finance/debates", body).await.with_status(202);
    let path = format!("/api/v1/debates/{}", text(&debate["debate_id"]));
    let debate = wait_until("the synthesis", PATIENCE, async || {
        Some(http.get(&path).await.ok()).filter(|debate| debate["status"] == "synthesized")
    })
    .await;
    let spoken = i64::try_from(list(&debate["messages"]).len()).unwrap() - 1;
    let body = json!({"title": "Say it", "agent_id": "hr-talent", "start": true});
    let task = http.post("/api/v1/tasks", body).await.with_status(201);
    let path = format!("/api/v1/tasks/{}", text(&task["task_id"]));
    wait_until("the task", PATIENCE, async || {
        Some(http.get(&path).await.ok()).filter(|task| task["status"] == "completed")
    })
    .await;

    let by_model = usage(&http, "model").await;
    let totals = &by_model["totals"];
    assert_eq!(number(&totals["calls"]), 4 + notes + spoken);
    assert_eq!(number(&totals["completion_tokens"]), 4 * number(&totals["calls"]), "four tokens an answer");
    assert_eq!(number(&totals["calls"]), i64::try_from(model.stats().chats).unwrap());
    let (small, large) = (of(&by_model, &json!(SMALL)), of(&by_model, &json!(LARGE)));
    let read = number(&reply["usage"]["prompt_tokens"]);
    assert_eq!((&large["calls"], &large["prompt_tokens"]), (&json!(1), &json!(read)));
    assert_eq!(
        large["cost"],
        json!({"micros": (read * 500_000 + 4 * 2_000_000 + 500_000) / 1_000_000, "currency": "EUR"})
    );
    assert_eq!((&small["cost"], &small["priced_tokens"]), (&json!(null), &json!(0)));
    assert_eq!((&totals["cost"], &totals["priced_tokens"]), (&large["cost"], &json!(read + 4)));
    for by in ["agent", "department", "day"] {
        let parts = usage(&http, by).await;
        assert_eq!(&parts["totals"], totals, "{by}");
        for field in ["calls", "prompt_tokens", "completion_tokens", "response_time_ms"] {
            assert_eq!(summed(&parts, field), number(&totals[field]), "{by} {field}");
        }
    }
    let by_agent = usage(&http, "agent").await;
    assert_eq!(of(&by_agent, &json!(null))["calls"], 2 + spoken, "Daena's and the council's");
    assert_eq!(of(&usage(&http, "department").await, &json!("hr"))["calls"], 2 + notes);
    daena.kill().await;
    daena.restart().await;
    assert_eq!(usage(&daena.http(), "model").await, by_model);
}

#[tokio::test]
async fn a_budget_is_reached_holds_over_a_restart_and_is_freed_by_the_configuration() {
    let model = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let budget = |tokens: i64| {
        format!(
            "[brain]\nprobe_interval_ms = 200\nanswer_tokens = 77\n[brain.budget]\ndaily_tokens = {tokens}\n"
        )
    };
    let mut daena = start(&model, &budget(5)).start().await;
    let http = daena.http();
    until_connected(&http, true).await;
    let session =
        http.post("/api/v1/chat-history/sessions", json!({"scope_type": "executive"})).await.with_status(201);
    let session = text(&session["session_id"]);
    let running =
        http.sse("POST", DAENA, json!({"message": "Speak", "session_id": session, "stream": true}), &[]);
    let mut running = running.await;
    running.next().await.expect("the session");
    model.wait_for("the first to be asked", |stats| stats.held == 1).await;
    let waiting =
        http.sse("POST", DAENA, json!({"message": "Then?", "session_id": session, "stream": true}), &[]);
    let mut waiting = waiting.await;
    let opening = waiting.next().await.expect("the session");
    let second = opening.json();
    let second = text(&second["reply"]["message_id"]).to_owned();
    assert_eq!(model.chats()[0].body["options"]["num_predict"], 77);
    model.set(Script::default());
    model.release();
    let held = until_status(&http, &second, "deferred").await;
    assert!(text(&held["content"]).contains("the budget daily_tokens of 5 tokens is spent"), "{held}");
    let first = http.get(&format!("/api/v1/chat-history/sessions/{session}/messages")).await.ok();
    assert_eq!(first["messages"][1]["status"], "complete", "what ran was finished");

    daena.restart().await;
    let http = daena.http();
    until_connected(&http, true).await;
    let before = head(&http).await;
    for door in [DAENA, HR, TALENT] {
        let refused = turn(&http, door, "And now?", None).await;
        assert!(refused.header("retry-after").is_some());
        refused.problem(429, "rate_limited");
    }
    assert_eq!((head(&http).await, model.stats().chats), (before, 1));
    assert_eq!(usage(&http, "day").await["budgets"][0]["spent"], true);

    let builder = daena.to_builder().config(budget(100_000));
    daena.terminate().await;
    let daena = builder.start().await;
    let http = daena.http();
    until_status(&http, &second, "complete").await;
    say(&http, DAENA, "And now?", None).await;
    assert_eq!(usage(&http, "day").await["budgets"][0]["spent"], false);
}
