//! What is sent again: one turn, one thing, one answer.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, Http, Script};

use crate::api::{
    DAENA, HISTORY, events_after, fingerprint, head, messages, text, told, turn, until_connected,
    until_status,
};
use crate::company::Company;

#[tokio::test]
async fn the_same_client_message_id_is_one_turn_at_the_same_time_later_and_after_a_restart() {
    let mut company = Company::open(Script { hold_after: Some(1), ..Script::echo() }).await;
    let http = company.http();
    let body = json!({"message": "Once only", "client_message_id": "once"});
    let sending = join_all((0..10).map(|_| http.post(DAENA, body.clone())));
    let releasing = async {
        company.model.wait_for("the one generation", |stats| stats.held == 1).await;
        company.model.release();
    };
    let (answers, ()) = tokio::join!(sending, releasing);
    let first = answers[0].clone().with_status(200);
    assert_eq!(first["response"], "Once only");
    for answer in answers {
        assert_eq!(answer.with_status(200), first);
    }
    assert_eq!(http.post(DAENA, body.clone()).await.with_status(200), first);
    let other_text = json!({"message": "Something else", "client_message_id": "once"});
    http.post(DAENA, other_text.clone()).await.problem(409, "conflict");

    company.daena.restart().await;
    let http = company.http();
    until_connected(&http, true).await;
    assert_eq!(http.post(DAENA, body.clone()).await.with_status(200), first);
    http.post(DAENA, other_text).await.problem(409, "conflict");
    let mut stream = http.sse("POST", DAENA, body, &[]).await;
    assert_eq!(stream.collect_until("done").await.last().unwrap().json()["message"], first["reply"]);
    assert_eq!(messages(&http, text(&first["session_id"])).await.len(), 2);
    assert_eq!(http.get(HISTORY).await.ok()["total"], 1);
    assert_eq!(company.model.stats().chats, 1);
}

#[tokio::test]
async fn a_repeat_with_an_idempotency_key_is_answered_as_the_first_was() {
    let mut company = Company::open(Script::echo()).await;
    let (turn, session) =
        (json!({"message": "Hello once"}), json!({"scope_type": "executive", "title": "Once"}));
    let post = async |http: &Http, path: &str, body: &Value, key: &str| {
        http.request("POST", path).header("idempotency-key", key).json(body).send().await
    };
    let http = company.http();
    let answered = post(&http, DAENA, &turn, "turn").await.with_status(200);
    let together = join_all((0..8).map(|_| post(&http, HISTORY, &session, "session"))).await;
    let made = together[0].clone().with_status(201);
    for repeat in together {
        assert_eq!(repeat.with_status(201), made);
    }
    let before = fingerprint(&http).await;
    company.daena.restart().await;
    let http = company.http();
    until_connected(&http, true).await;
    assert_eq!(post(&http, DAENA, &turn, "turn").await.with_status(200), answered);
    assert_eq!(post(&http, HISTORY, &session, "session").await.with_status(201), made);
    post(&http, DAENA, &json!({"message": "Hello twice"}), "turn").await.problem(409, "conflict");
    post(&http, HISTORY, &json!({"scope_type": "general"}), "session").await.problem(409, "conflict");
    for key in ["", "with space", "ü"] {
        post(&http, HISTORY, &session, key).await.problem(400, "invalid_request");
    }
    assert_eq!(fingerprint(&http).await, before);
    let other_key = post(&http, HISTORY, &session, "another").await.with_status(201);
    assert_ne!(other_key["session_id"], made["session_id"]);
}

#[tokio::test]
async fn a_failed_reply_is_made_again_in_place() {
    let company = Company::open(Script::fault(Fault::Status(500))).await;
    let http = company.http();
    let failed = turn(&http, DAENA, "Try this", None).await.problem(502, "brain_error");
    let id = text(&failed["reply"]["message_id"]);
    company.model.set(Script::tokens(["Better", " now"]));
    let since = head(&http).await;
    let retried = http.request("POST", &format!("/api/v1/messages/{id}/retry")).send().await.with_status(202);
    assert_eq!(retried["message_id"], id);
    let made = until_status(&http, id, "complete").await;
    assert_eq!((&made["content"], &made["error"]), (&json!("Better now"), &Value::Null));
    assert_eq!(messages(&http, text(&failed["session_id"])).await.len(), 2);
    assert_eq!(told(&events_after(&http, since).await, "chat.message", id), 1);
    http.request("POST", &format!("/api/v1/messages/{id}/retry")).send().await.problem(409, "conflict");
    let user = text(&failed["user_message"]["message_id"]);
    let asked = http.request("POST", &format!("/api/v1/messages/{user}/retry")).send().await;
    assert!((400..500).contains(&asked.status), "{asked}");
}
