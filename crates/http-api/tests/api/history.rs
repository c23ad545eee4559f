use crate::house::House;
use serde_json::json;

const SESSIONS: &str = "/api/v1/chat-history/sessions";

#[tokio::test]
async fn a_session_is_made_changed_deleted_restored_and_purged() {
    let house = House::new().await;
    let made =
        house.http.post(SESSIONS, json!({"scope_type": "department", "scope_id": "legal", "title": "Lease"}));
    let made = made.await.with_status(201);
    assert_eq!((&made["title"], &made["department_id"]), (&json!("Lease"), &json!("legal")));
    let path = format!("{SESSIONS}/{}", made["session_id"].as_str().unwrap());
    assert_eq!(house.http.get(&path).await.ok(), made);
    let edit = json!({"title": "Rent", "pinned": true, "archived": null, "category": "general"});
    let edited = house.http.patch(&path, edit).await.with_status(200);
    assert_eq!(
        (&edited["title"], &edited["pinned"], &edited["category"]),
        (&json!("Rent"), &json!(true), &json!("general"))
    );
    let pinned = house.http.get(&format!("{SESSIONS}?pinned=true&category=general&q=ren")).await.ok();
    assert_eq!(pinned["sessions"][0]["title"], "Rent");

    let deleted = house.http.delete(&path).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    house.http.delete(&path).await.problem(404, "not_found");
    house.http.get(&path).await.problem(404, "not_found");
    let trash = house.http.get(&format!("{SESSIONS}?deleted=true")).await.ok();
    assert_eq!(trash["sessions"][0]["session_id"], made["session_id"]);
    let restored = house.http.request("POST", &format!("{path}/restore")).send().await.with_status(200);
    assert_eq!((&restored["is_active"], &restored["deleted_at"]), (&json!(true), &json!(null)));
    house.http.request("POST", &format!("{path}/restore")).send().await.problem(409, "conflict");

    house.http.delete(&format!("{path}?permanent=true")).await.with_status(204);
    house.http.request("POST", &format!("{path}/restore")).send().await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn a_message_to_a_deleted_session_is_404_and_stores_nothing() {
    let house = House::new().await;
    let id = house.say("hi").await["session_id"].as_str().unwrap().to_owned();
    house.http.delete(&format!("/api/v1/daena/chat/{id}")).await.with_status(204);
    let head = house.head();
    house
        .http
        .post("/api/v1/daena/chat", json!({"message": "hi", "session_id": id}))
        .await
        .problem(404, "not_found");
    let path = format!("/api/v1/daena/chat/{id}/message");
    house.http.post(&path, json!({"content": "hi"})).await.problem(404, "not_found");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_chat_is_started_with_a_stored_welcome() {
    let house = House::new().await;
    let started =
        house.http.post("/api/v1/daena/chat/start", json!({"title": "Monday"})).await.with_status(201);
    assert_eq!((&started["success"], &started["session"]["title"]), (&json!(true), &json!("Monday")));
    let opened =
        house.http.get(&format!("/api/v1/daena/chat/{}", started["session_id"].as_str().unwrap())).await.ok();
    assert_eq!(opened["messages"][0]["content"], started["welcome_message"]);
    assert_eq!(opened["message_count"], 1);
    house.http.request("POST", "/api/v1/daena/chat/start").send().await.with_status(201);
    house.end().await;
}

#[tokio::test]
async fn categories_and_stats_count_what_is_there() {
    let house = House::new().await;
    house.say("one").await;
    house.say("two").await;
    house.http.post("/api/v1/departments/legal/chat", json!({"message": "hi"})).await.ok();
    let categories = house.http.get("/api/v1/chat-history/categories").await.ok();
    let count = |name: &str| {
        let of = |category: &&serde_json::Value| category["name"] == name;
        categories["categories"].as_array().unwrap().iter().find(of).unwrap()["count"].as_i64()
    };
    assert_eq!(
        (count("executive"), count("departments"), count("department:legal")),
        (Some(2), Some(1), Some(1))
    );
    let stats = house.http.get("/api/v1/chat-history/stats").await.ok();
    assert_eq!((&stats["sessions"], &stats["messages"]), (&json!(3), &json!(6)));
    assert_eq!(stats["by_category"]["executive"], 2);
    house.end().await;
}
