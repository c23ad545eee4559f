//! Branches over restarts of the process, ended or killed.

use serde_json::{Value, json};
use testkit::{Http, Script};

use crate::api::{DAENA, message, messages, number, say, session, text, texts, until_replies, until_status};
use crate::company::Company;

async fn ask(http: &Http, id: &Value, what: &str) -> Value {
    http.post(&format!("/api/v1/messages/{}/{what}", text(id)), json!({})).await.ok()
}

/// All that can be read of a session's branches.
async fn read(http: &Http, id: &str) -> Value {
    let shown = messages(http, id).await;
    let mut alternatives = Vec::new();
    for message in &shown {
        let path = format!("/api/v1/messages/{}/alternatives", text(&message["message_id"]));
        alternatives.push(http.get(&path).await.ok()["messages"].clone());
    }
    json!({"session": session(http, id).await, "shown": shown, "alternatives": alternatives})
}

#[tokio::test]
async fn all_branches_are_there_after_kill_9() {
    let mut company = Company::open(Script::echo()).await;
    let http = company.http();
    let first = say(&http, DAENA, "One?", None).await;
    let id = text(&first["session_id"]).to_owned();
    say(&http, DAENA, "Two?", Some(&id)).await;
    let again = ask(&http, &first["reply"]["message_id"], "regenerate").await;
    say(&http, DAENA, "Three?", Some(&id)).await;
    let user = text(&first["user_message"]["message_id"]);
    http.patch(&format!("/api/v1/messages/{user}"), json!({"content": "Uno?"})).await.ok();
    ask(&http, &again["reply"]["message_id"], "select").await;
    let before = read(&http, &id).await;
    let shown = before["shown"].as_array().unwrap();
    assert_eq!(texts(shown, "content"), ["One?", "One?", "Three?", "Three?"]);
    assert_eq!(shown[0]["alternatives"], json!({"position": 1, "count": 2}));
    assert_eq!(shown[1]["alternatives"], json!({"position": 2, "count": 2}));

    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    assert_eq!(read(&http, &id).await, before);
    ask(&http, &first["reply"]["message_id"], "select").await;
    assert_eq!(texts(&messages(&http, &id).await, "content"), ["One?", "One?", "Two?", "Two?"]);
}

#[tokio::test]
async fn a_reply_made_once_more_is_taken_up_after_kill_9() {
    let slowly = Script { hold_after: Some(1), ..Script::tokens(["Half", " of it"]) };
    let mut company = Company::open(Script::echo()).await;
    let http = company.http();
    let first = say(&http, DAENA, "One?", None).await;
    let (id, reply) = (text(&first["session_id"]), text(&first["reply"]["message_id"]));
    company.model.set(slowly);
    let path = format!("/api/v1/messages/{reply}/regenerate");
    let mut stream = http.request("POST", &path).json(&json!({"stream": true})).sse().await;
    let again = stream.next().await.unwrap().json()["reply"]["message_id"].clone();
    assert_eq!(stream.next().await.unwrap().json()["text"], "Half");
    company.daena.kill().await;
    company.model.set(Script::echo());
    company.daena.restart().await;
    let http = company.http();
    until_replies(&http, 0, 0).await;
    // Whether its text was kept by then, or it was made anew as one that had not begun.
    let left = message(&http, text(&again)).await;
    assert_eq!(left["active"], true);
    if left["status"] == "interrupted" {
        assert_eq!(left["content"], "Half");
        let retry = format!("/api/v1/messages/{}/retry", text(&again));
        http.request("POST", &retry).send().await.with_status(202);
    }
    let made = until_status(&http, text(&again), "complete").await;
    assert_eq!(made["content"], "One?");
    assert_eq!(number(&session(&http, id).await["message_count"]), 2);
    assert_eq!(message(&http, reply).await["active"], false);
}
