use crate::house::House;
use chat_service::{StoreError, WriteTx};
use serde_json::json;
use testkit::{Http, Response};

const SESSIONS: &str = "/api/v1/chat-history/sessions";

fn keyed(house: &House, key: &str) -> Http {
    house.http.clone().with_header("idempotency-key", key)
}

async fn make(http: &Http) -> Response {
    http.post(SESSIONS, json!({"scope_type": "executive", "title": "Once"})).await
}

#[tokio::test]
async fn a_repeated_write_is_answered_as_the_first_was() {
    let house = House::new().await;
    let http = keyed(&house, "k-1");
    let first = make(&http).await.with_status(201);
    let again = make(&http).await;
    assert_eq!(again.header("content-type"), Some("application/json"));
    assert_eq!(again.with_status(201), first);
    assert_eq!(house.stored().await, (1, 0));
    let other = http.post(SESSIONS, json!({"scope_type": "executive", "title": "Twice"})).await;
    other.problem(409, "conflict");
    http.delete(&format!("{SESSIONS}/{}", first["session_id"].as_str().unwrap()))
        .await
        .problem(409, "conflict");
    assert_eq!(house.stored().await, (1, 0));
    house.end().await;
}

#[tokio::test]
async fn repeats_at_the_same_time_join_the_first() {
    let house = House::new().await;
    let http = keyed(&house, "k-2");
    let all = futures_util::future::join_all((0..8).map(|_| make(&http))).await;
    let ids: Vec<_> = all.into_iter().map(|answer| answer.with_status(201)["session_id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(house.stored().await, (1, 0));
    house.end().await;
}

#[tokio::test]
async fn answers_without_a_body_and_refusals_are_repeated_too() {
    let house = House::new().await;
    let id = make(&house.http).await.ok()["session_id"].as_str().unwrap().to_owned();
    let path = format!("{SESSIONS}/{id}");
    let http = keyed(&house, "k-3");
    http.delete(&path).await.with_status(204);
    http.delete(&path).await.with_status(204);
    house.http.delete(&path).await.problem(404, "not_found");
    let http = keyed(&house, "k-4");
    let first = http.delete(&path).await.problem(404, "not_found");
    house.http.request("POST", &format!("{path}/restore")).send().await.ok();
    assert_eq!(http.delete(&path).await.problem(404, "not_found"), first);
    house.end().await;
}

#[tokio::test]
async fn a_turns_key_is_its_messages_own_id() {
    let house = House::new().await;
    for key in ["k-5".to_owned(), "k".repeat(255)] {
        let http = keyed(&house, &key);
        let first = http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.ok();
        let again = http.post("/api/v1/daena/chat", json!({"message": "hi"})).await.ok();
        assert_eq!(first["reply"], again["reply"]);
        http.post("/api/v1/daena/chat", json!({"message": "other"})).await.problem(409, "conflict");
    }
    let named = json!({"message": "hi", "client_message_id": "own"});
    let named = keyed(&house, "k-5").post("/api/v1/daena/chat", named).await.ok();
    assert_eq!(named["user_message"]["client_message_id"], "own");
    house.end().await;
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let house = House::new().await;
    for key in ["", "with space", &"k".repeat(256)] {
        make(&keyed(&house, key)).await.problem(400, "invalid_request");
        let turn = keyed(&house, key).post("/api/v1/daena/chat", json!({"message": "hi"})).await;
        turn.problem(400, "invalid_request");
    }
    make(&keyed(&house, &"k".repeat(255))).await.with_status(201);
    assert_eq!(house.stored().await, (1, 0));
    house.end().await;
}

#[tokio::test]
async fn a_request_that_was_cut_off_is_not_done_again_behind_the_clients_back() {
    let house = House::new().await;
    let claimed = make(&keyed(&house, "probe")).await.ok();
    assert!(claimed["session_id"].is_string());
    // As a crash leaves it: claimed, never answered.
    let now = house.chat.clock().now();
    let cut = move |tx: &mut WriteTx<'_>| {
        let fingerprint =
            tx.idempotency_keys().get("probe")?.map(|record| record.fingerprint).unwrap_or_default();
        tx.idempotency_keys_mut().claim("cut", &fingerprint, now)?;
        tx.idempotency_keys_mut().claim("old", &fingerprint, now.minus_hours(25))
    };
    house.chat.store().write::<_, StoreError, _>(cut).await.unwrap();
    let problem = make(&keyed(&house, "cut")).await.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("cut off"), "{problem}");
    make(&keyed(&house, "old")).await.with_status(201);
    assert_eq!(house.stored().await, (2, 0));
    house.end().await;
}
