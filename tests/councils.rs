//! Councils and their debates, over kills and a brain that comes and goes.

use serde_json::{Value, json};
use testkit::{ChatRequest, Http, Script, wait_until};

use crate::api::{PATIENCE, events_after, list, number, text, texts};
use crate::company::Company;

const DEBATES: &str = "/api/v1/councils/finance/debates";
const MEMBERS: [&str; 5] = ["The Oracle", "The Macro", "The Quant", "The Venture", "The Crypto"];

/// Each member says its name; the one that is named is held after its first word.
fn holding(name: Option<&'static str>) -> Script {
    let said = |request: &ChatRequest| {
        let system = request.system();
        let who = system.trim_start_matches("You are ").split(',').next().unwrap_or_default().to_owned();
        vec![who, " has spoken.".to_owned()]
    };
    let hold = Script { hold_after: Some(1), ..Script::by(said) };
    let choose = move |request: &ChatRequest| {
        name.is_some_and(|name| request.system().starts_with(&format!("You are {name},")))
            .then(|| hold.clone())
    };
    Script { choose: Script::choose(choose).choose, ..Script::by(said) }
}

async fn start(http: &Http, body: Value) -> String {
    text(&http.post(DEBATES, body).await.with_status(202)["debate_id"]).to_owned()
}

async fn until(http: &Http, debate: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/debates/{debate}");
    wait_until(what, PATIENCE, async || Some(http.get(&path).await.ok()).filter(&is)).await
}

/// Everybody spoke once, and Daena summed up.
fn is_whole(debate: &Value) {
    let messages = list(&debate["messages"]);
    let names: Vec<&str> = messages.iter().map(|message| text(&message["speaker"]["name"])).collect();
    assert_eq!(names, [&["Founder"][..], &MEMBERS, &["Daena"]].concat());
    assert!(messages.iter().all(|message| message["status"] == "complete"), "{messages:#?}");
    assert_eq!(debate["synthesis"]["absent"], json!([]));
}

#[tokio::test]
async fn a_debate_goes_on_after_a_kill_where_it_was() {
    for (place, name) in [(1, "The Oracle"), (3, "The Quant"), (6, "Daena")] {
        let mut company = Company::open(holding(Some(name))).await;
        let body = json!({"topic": "Sell the house?", "rounds": 1, "client_message_id": "d1"});
        let debate = start(&company.http(), body.clone()).await;
        company.model.wait_for("the utterance", |stats| stats.held == 1).await;
        until(&company.http(), &debate, "the first word", |debate| {
            debate["messages"][place]["content"].as_str().is_some_and(|text| !text.is_empty())
        })
        .await;
        company.daena.kill().await;
        company.model.set(holding(None));
        company.daena.restart().await;
        let http = company.http();
        assert_eq!(start(&http, body).await, debate, "the request again is the same debate");
        let ended = until(&http, &debate, "the synthesis", |debate| debate["status"] == "synthesized").await;
        is_whole(&ended);
        let events = events_after(&http, 0).await;
        let told = |kind: &str| events.iter().filter(|event| event["event_type"] == kind).count();
        assert_eq!(told("council.debate.started"), 1);
        assert_eq!(told("council.debate.message"), 5);
        assert_eq!(told("council.debate.synthesized"), 1);
        assert_eq!(told("chat.message"), 7, "each is said once");
    }
}

#[tokio::test]
async fn a_debate_asked_for_offline_is_held_when_the_brain_is_there() {
    let company = Company::open_offline(holding(None), |start| start).await;
    let http = company.http();
    let debate = start(&http, json!({"topic": "Sell the house?", "rounds": 1})).await;
    let waiting = http.get(&format!("/api/v1/debates/{debate}")).await.ok();
    assert_eq!((&waiting["status"], number(&waiting["round"])), (&json!("deferred"), 0));
    company.model.restart().await;
    is_whole(&until(&http, &debate, "the synthesis", |debate| debate["status"] == "synthesized").await);
}

#[tokio::test]
async fn a_first_start_has_4_councils_and_renaming_one_keeps_its_names_for_programs() {
    let company = Company::open(holding(None)).await;
    let http = company.http();
    let councils = http.get("/api/v1/councils").await.ok();
    assert_eq!(texts(list(&councils["councils"]), "slug"), ["finance", "tech", "strategy", "psychology"]);
    let members = http.get("/api/v1/councils/finance/members").await.ok();
    assert_eq!(texts(list(&members["members"]), "name"), MEMBERS);
    let oracle = text(&members["members"][0]["id"]).to_owned();
    http.patch("/api/v1/councils/finance", json!({"name": "Money"})).await.with_status(200);
    let path = format!("/api/v1/councils/finance/members/{oracle}");
    http.patch(&path, json!({"name": "The Sage"})).await.with_status(200);
    let debate = start(&http, json!({"topic": "Sell the house?", "rounds": 1})).await;
    let ended = until(&http, &debate, "the synthesis", |debate| debate["status"] == "synthesized").await;
    let speaker = &ended["messages"][1]["speaker"];
    assert_eq!((&speaker["name"], text(&speaker["id"])), (&json!("The Sage"), oracle.as_str()));
    assert_eq!(ended["council_id"], "finance");
}
