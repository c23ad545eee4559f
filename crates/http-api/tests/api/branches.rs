use crate::house::{House, held};
use serde_json::{Value, json};
use testkit::{ModelServer, Script};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The ids of a turn: its session, its message, its reply.
fn ids(turn: &Value) -> (String, String, String) {
    (text(&turn["session_id"]), text(&turn["user_message"]["message_id"]), text(&turn["reply"]["message_id"]))
}

impl House {
    async fn shown(&self, session: &str) -> Vec<Value> {
        let opened = self.http.get(&format!("/api/v1/daena/chat/{session}")).await.ok();
        assert_eq!(opened["message_count"], opened["messages"].as_array().unwrap().len());
        opened["messages"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_page_says_which_of_how_many_is_shown_and_another_can_be_chosen() {
    let house = House::new().await;
    let (session, user, first) = ids(&house.say("One?").await);
    let again = format!("/api/v1/messages/{first}/regenerate");
    let turn = house.http.request("POST", &again).send().await.ok();
    assert_eq!((&turn["user_message"]["message_id"], &turn["offline"]), (&json!(user), &json!(false)));
    assert_eq!((&turn["response"], &turn["reply"]["active"]), (&json!("You said: One?"), &json!(true)));
    let second = text(&turn["reply"]["message_id"]);
    let shown = house.shown(&session).await;
    assert_eq!(shown[1]["message_id"], second);
    assert_eq!(shown[1]["alternatives"], json!({"position": 2, "count": 2}));
    assert!(shown[0].get("alternatives").is_none(), "what has none leaves it out");
    let aside = house.http.get(&format!("/api/v1/messages/{first}")).await.ok();
    assert_eq!((&aside["active"], &aside["content"]), (&json!(false), &json!("You said: One?")));
    assert_eq!(aside["alternatives"], json!({"position": 1, "count": 2}));

    let path = format!("/api/v1/messages/{second}/alternatives");
    let all = house.http.get(&path).await.ok();
    let found: Vec<_> =
        all["messages"].as_array().unwrap().iter().map(|it| it["message_id"].clone()).collect();
    assert_eq!((found, &all["next_cursor"]), (vec![json!(first), json!(second)], &Value::Null));
    let page = house.http.get(&format!("{path}?limit=1")).await.ok();
    let rest = house.http.get(&format!("{path}?limit=1&cursor={}", text(&page["next_cursor"]))).await.ok();
    assert_eq!(page["messages"][0]["alternatives"]["position"], 1);
    assert_eq!(rest["messages"][0]["alternatives"], json!({"position": 2, "count": 2}));
    house.http.get(&format!("{path}?cursor=x")).await.problem(400, "invalid_request");

    let select = format!("/api/v1/messages/{first}/select");
    let selected = house.http.request("POST", &select).send().await.ok();
    assert_eq!((&selected["session_id"], &selected["message_count"]), (&json!(session), &json!(2)));
    assert_eq!(house.shown(&session).await[1]["message_id"], first);
    house.end().await;
}

#[tokio::test]
async fn an_edit_is_a_turn_of_its_own_whole_or_streamed() {
    let house = House::new().await;
    let (session, user, _) = ids(&house.say("One?").await);
    let path = format!("/api/v1/messages/{user}");
    let edited = house.http.patch(&path, json!({"content": "Uno? ‏\u{7}"})).await.ok();
    assert_eq!(edited["user_message"]["content"], "Uno? ‏\u{7}", "kept to the letter");
    assert_eq!(edited["response"], "You said: Uno? ‏\u{7}");
    let body = json!({"content": "Eins?", "stream": true});
    let mut stream = house.http.sse("PATCH", &path, body, &[]).await;
    let begun = stream.next().await.unwrap();
    assert_eq!((begun.name(), &begun.json()["user_message"]["content"]), ("session", &json!("Eins?")));
    let rest = stream.collect_until("done").await;
    assert_eq!(rest.last().unwrap().json()["message"]["content"], "You said: Eins?");
    let reply = text(&begun.json()["reply"]["message_id"]);
    let again = format!("/api/v1/messages/{reply}/regenerate");
    let accept = [("accept", "text/event-stream")];
    let mut stream = house.http.sse("POST", &again, json!({}), &accept).await;
    assert_eq!(stream.next().await.unwrap().name(), "session");
    stream.collect_until("done").await;
    let shown = house.shown(&session).await;
    assert_eq!(shown[0]["alternatives"], json!({"position": 3, "count": 3}));
    assert_eq!(shown[1]["alternatives"], json!({"position": 2, "count": 2}));
    house.end().await;
}

#[tokio::test]
async fn bad_edits_and_regenerations_are_refused_by_field_and_leave_nothing() {
    let house = House::new().await;
    let turn = house.say("One?").await;
    let (_, user, reply) = ids(&turn);
    let (edit, again) = (format!("/api/v1/messages/{user}"), format!("/api/v1/messages/{reply}/regenerate"));
    let head = house.head();
    for (body, status, code) in [
        (json!({"content": " "}), 400, "invalid_request"),
        (json!({"content": "a\u{0}"}), 400, "invalid_request"),
        (json!({"content": 5}), 400, "invalid_request"),
        (json!({}), 400, "invalid_request"),
        (json!({"content": "x".repeat(100_001)}), 413, "payload_too_large"),
    ] {
        let problem = house.http.patch(&edit, body).await.problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], "/content");
    }
    let unknown = json!({"model": "nobody"});
    let problem = house.http.post(&again, unknown.clone()).await.problem(422, "unprocessable");
    assert_eq!(problem["errors"][0]["pointer"], "/model");
    let unknown = json!({"content": "Uno?", "model": "nobody"});
    house.http.patch(&edit, unknown).await.problem(422, "unprocessable");
    house.http.post(&again, json!({"model": 5})).await.problem(400, "invalid_request");
    let user_again = format!("/api/v1/messages/{user}/regenerate");
    house.http.request("POST", &user_again).send().await.problem(409, "conflict");
    let edit_reply = format!("/api/v1/messages/{reply}");
    house.http.patch(&edit_reply, json!({"content": "Mine"})).await.problem(409, "conflict");
    let nobody = "/api/v1/messages/01890a5d-ac96-774b-bcce-b302099a8057";
    house.http.patch(nobody, json!({"content": "Uno?"})).await.problem(404, "not_found");
    for path in ["regenerate", "select"] {
        let nobody = format!("{nobody}/{path}");
        house.http.request("POST", &nobody).send().await.problem(404, "not_found");
    }
    house.http.get(&format!("{nobody}/alternatives")).await.problem(404, "not_found");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_key_makes_a_reply_once_and_an_edit_once() {
    let house = House::new().await;
    let (session, user, reply) = ids(&house.say("One?").await);
    let again = format!("/api/v1/messages/{reply}/regenerate");
    let edit = format!("/api/v1/messages/{user}");
    let mut made = Vec::new();
    for _ in 0..2 {
        let ask = house.http.request("POST", &again).header("idempotency-key", "again");
        made.push(text(&ask.send().await.ok()["reply"]["message_id"]));
    }
    assert_eq!(made[0], made[1]);
    for _ in 0..2 {
        let ask = house.http.request("PATCH", &edit).header("idempotency-key", "edit");
        made.push(text(
            &ask.json(&json!({"content": "Uno?"})).send().await.ok()["user_message"]["message_id"],
        ));
    }
    assert_eq!(made[2], made[3]);
    let other = house.http.request("PATCH", &edit).header("idempotency-key", "edit");
    other.json(&json!({"content": "Duo?"})).send().await.problem(409, "conflict");
    assert_eq!(house.shown(&session).await[0]["alternatives"]["count"], 2);
    house.end().await;
}

#[tokio::test]
async fn a_regenerated_reply_that_fails_says_so_and_the_first_one_stays() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::with_server(&server).await;
    let (session, _, reply) = ids(&house.say("One?").await);
    server.set(Script::fault(testkit::Fault::Status(500)));
    let again = format!("/api/v1/messages/{reply}/regenerate");
    let failed = house.http.request("POST", &again).send().await.problem(502, "brain_error");
    assert_eq!((&failed["reply"]["status"], &failed["session_id"]), (&json!("failed"), &json!(session)));
    let select = format!("/api/v1/messages/{reply}/select");
    house.http.request("POST", &select).send().await.ok();
    assert_eq!(house.shown(&session).await[1]["content"], "Hello from the model.");
    house.end().await;
}

#[tokio::test]
async fn a_reply_that_is_being_made_is_neither_made_once_more_nor_left() {
    let server = held(&["One", "Two"], 1).await;
    let house = House::with_server(&server).await;
    let mut stream = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    let begun = stream.next().await.unwrap().json();
    let (_, user, reply) = ids(&begun);
    stream.next().await.unwrap();
    let again = format!("/api/v1/messages/{reply}/regenerate");
    house.http.request("POST", &again).send().await.problem(409, "conflict");
    server.set(Script::tokens(["Else"]));
    let edited = house.http.patch(&format!("/api/v1/messages/{user}"), json!({"content": "ho"})).await.ok();
    assert_eq!(edited["response"], "Else");
    let stopped = stream.collect_until("done").await.last().unwrap().json();
    assert_eq!(
        (&stopped["message"]["status"], &stopped["message"]["content"]),
        (&json!("stopped"), &json!("One"))
    );
    house.end().await;
}
