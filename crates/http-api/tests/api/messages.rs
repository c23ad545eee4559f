use crate::house::{House, held};
use serde_json::json;
use testkit::{Fault, ModelServer, Script};

#[tokio::test]
async fn a_reply_is_rejoined_at_the_byte_where_it_was_left() {
    let tokens = ["Grüße", " 👩‍👩‍👧", " 漢字", " und", " mehr", "."];
    let server = held(&tokens, 3).await;
    let house = House::with_server(&server).await;
    let mut first = house.http.sse("POST", "/api/v1/daena/chat", json!({"message": "hi"}), &[]).await;
    let begun = first.next().await.unwrap();
    let reply = begun.json()["reply"]["message_id"].as_str().unwrap().to_owned();
    let (mut text, mut last) = (String::new(), String::new());
    while text != tokens[..3].concat() {
        let delta = first.next().await.unwrap();
        assert_eq!(delta.json()["offset"], text.len());
        text.push_str(delta.json()["text"].as_str().unwrap());
        last = delta.id.clone().unwrap();
        assert_eq!(last, format!("{reply}:{}", text.len()));
    }
    drop(first);
    let path = format!("/api/v1/messages/{reply}/stream");
    let mut rejoined = house.http.sse("GET", &path, json!(null), &[("last-event-id", &last)]).await;
    let mut by_offset =
        house.http.sse("GET", &format!("{path}?offset={}", text.len()), json!(null), &[]).await;
    server.release();
    let mut texts = [text.clone(), text];
    for (stream, text) in [&mut rejoined, &mut by_offset].into_iter().zip(&mut texts) {
        let rest = stream.collect_until("done").await;
        for delta in &rest[..rest.len() - 1] {
            assert_eq!(delta.json()["offset"], text.len());
            text.push_str(delta.json()["text"].as_str().unwrap());
        }
        assert_eq!(rest.last().unwrap().json()["message"]["content"], *text);
        assert!(stream.next().await.is_none());
    }
    let stored = house.http.get(&format!("/api/v1/messages/{reply}")).await.ok();
    assert_eq!(stored["content"], texts[0]);
    assert_eq!(texts, [tokens.concat(), tokens.concat()]);
    assert_eq!(server.chats().len(), 1);
    house.end().await;
}

#[tokio::test]
async fn an_offset_off_a_character_or_past_the_end_is_400() {
    let house = House::new().await;
    let turn = house.say("é").await;
    let reply = turn["reply"]["message_id"].as_str().unwrap();
    let length = turn["response"].as_str().unwrap().len();
    let path = format!("/api/v1/messages/{reply}/stream");
    for offset in
        [(length - 1).to_string(), (length + 1).to_string(), "-1".into(), "x".into(), "99999999999".into()]
    {
        let problem =
            house.http.get(&format!("{path}?offset={offset}")).await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/offset", "{offset}");
    }
    for last in ["x", "7", &format!("{}:0", turn["user_message"]["message_id"].as_str().unwrap())] {
        let ask = house.http.request("GET", &path).header("last-event-id", last);
        ask.send().await.problem(400, "invalid_request");
    }
    let mut end = house.http.sse("GET", &format!("{path}?offset={length}"), json!(null), &[]).await;
    assert_eq!(end.next().await.unwrap().name(), "done");
    house.end().await;
}

#[tokio::test]
async fn a_failed_reply_is_made_again_in_place() {
    let server = ModelServer::start(Script::fault(Fault::DropAfter(1))).await;
    let house = House::with_server(&server).await;
    let failed =
        house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.problem(502, "brain_error");
    let reply = failed["reply"]["message_id"].as_str().unwrap();
    let mut stream =
        house.http.sse("GET", &format!("/api/v1/messages/{reply}/stream"), json!(null), &[]).await;
    let events = stream.collect_until("error").await;
    let problem = events.last().unwrap().json();
    assert_eq!((&problem["code"], &problem["reply"]["status"]), (&json!("brain_error"), &json!("failed")));
    assert_eq!(problem["instance"], format!("/api/v1/messages/{reply}/stream"));
    assert!(!problem["request_id"].as_str().unwrap().is_empty());

    server.set(Script::tokens(["All", " good"]));
    let retry = format!("/api/v1/messages/{reply}/retry");
    let pending = house.http.request("POST", &retry).send().await.with_status(202);
    assert_eq!((&pending["status"], &pending["message_id"]), (&json!("pending"), &json!(reply)));
    let mut stream =
        house.http.sse("GET", &format!("/api/v1/messages/{reply}/stream"), json!(null), &[]).await;
    let events = stream.collect_until("done").await;
    assert_eq!(events.last().unwrap().json()["message"]["content"], "All good");
    house.http.request("POST", &retry).send().await.problem(409, "conflict");
    house.end().await;
}
