use crate::house::House;
use serde_json::{Value, json};

fn ids(list: &Value, name: &str, id: &str) -> Vec<String> {
    list[name].as_array().unwrap().iter().map(|item| item[id].as_str().unwrap().to_owned()).collect()
}

/// Follows `next_cursor` to the end.
async fn all(house: &House, path: &str, name: &str, id: &str, parameter: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.http.get(&format!("{path}?limit=3{cursor}")).await.ok();
        let items = ids(&page, name, id);
        assert!(items.len() <= 3, "{page}");
        found.extend(items);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&{parameter}={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_join_to_the_whole_list_without_a_repeat() {
    let house = House::new().await;
    for n in 0..7 {
        house.say(&format!("message {n}")).await;
    }
    for (path, name, id, count) in [
        ("/api/v1/daena/chat/sessions", "sessions", "session_id", 7),
        ("/api/v1/chat-history/sessions", "sessions", "session_id", 7),
        ("/api/v1/departments", "departments", "slug", 8),
        ("/api/v1/agents", "agents", "slug", 48),
    ] {
        let paged = all(&house, path, name, id, "cursor").await;
        let whole = house.http.get(&format!("{path}?limit=1000000")).await.ok();
        assert_eq!(paged, ids(&whole, name, id), "{path}");
        assert_eq!((paged.len(), &whole["next_cursor"]), (count, &Value::Null), "{path}");
        assert_eq!(whole["as_of"], house.head(), "{path}");
    }
    house.end().await;
}

#[tokio::test]
async fn messages_page_backwards() {
    let house = House::new().await;
    let id = house.say("0").await["session_id"].as_str().unwrap().to_owned();
    for n in 1..5 {
        house.http.post("/api/v1/daena/chat", json!({"message": n.to_string(), "session_id": id})).await.ok();
    }
    let whole = house.http.get(&format!("/api/v1/daena/chat/{id}")).await.ok();
    assert_eq!((&whole["message_count"], &whole["next_cursor"]), (&json!(10), &Value::Null));
    assert_eq!(whole["session"]["title"], "0");
    let whole = ids(&whole, "messages", "message_id");
    for path in [format!("/api/v1/daena/chat/{id}"), format!("/api/v1/chat-history/sessions/{id}/messages")] {
        let newest = house.http.get(&format!("{path}?limit=4")).await.ok();
        assert_eq!(ids(&newest, "messages", "message_id"), whole[6..]);
        let before = newest["next_cursor"].as_str().unwrap();
        let older = house.http.get(&format!("{path}?limit=4&before={before}")).await.ok();
        assert_eq!(ids(&older, "messages", "message_id"), whole[2..6]);
        let before = older["next_cursor"].as_str().unwrap();
        let oldest = house.http.get(&format!("{path}?limit=4&before={before}")).await.ok();
        assert_eq!(ids(&oldest, "messages", "message_id"), whole[..2]);
        assert_eq!(oldest["next_cursor"], Value::Null);
    }
    house.end().await;
}

#[tokio::test]
async fn every_session_is_seen_from_daenas_office_and_in_its_own_department() {
    let house = House::new().await;
    house.say("hi").await;
    let department = house.http.post("/api/v1/departments/finance/chat", json!({"message": "hi"})).await.ok();
    let agents = house.http.get("/api/v1/departments/finance/agents").await.ok();
    let agent = agents["agents"][2]["slug"].as_str().unwrap().to_owned();
    let talk = house.http.post(&format!("/api/v1/agents/{agent}/chat"), json!({"message": "hi"})).await.ok();
    let list = async |path: &str| house.http.get(path).await.ok();
    let both = [&talk["session_id"], &department["session_id"]];
    let finance = list("/api/v1/departments/finance/chat/sessions").await;
    assert_eq!([&finance["sessions"][0]["session_id"], &finance["sessions"][1]["session_id"]], both);
    assert_eq!(finance["total"], 2);
    assert_eq!(list("/api/v1/departments/sales/chat/sessions").await["total"], 0);
    let own = list(&format!("/api/v1/agents/{agent}/chat/sessions")).await;
    assert_eq!((&own["total"], &own["sessions"][0]["session_id"]), (&json!(1), &talk["session_id"]));
    assert_eq!(list("/api/v1/daena/chat/sessions").await["total"], 3);
    assert_eq!(list("/api/v1/daena/chat/sessions?category=all").await["total"], 3);
    assert_eq!(list("/api/v1/daena/chat/sessions?category=agents").await["total"], 1);
    let id = talk["session_id"].as_str().unwrap();
    for path in ["departments/finance", &format!("agents/{agent}")] {
        let opened = list(&format!("/api/v1/{path}/chat/sessions/{id}")).await;
        assert_eq!(opened["session"]["department_id"], "finance");
    }
    house.http.delete(&format!("/api/v1/departments/finance/chat/sessions/{id}")).await.with_status(204);
    house.http.get(&format!("/api/v1/agents/{agent}/chat/sessions/{id}")).await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn departments_and_agents_are_read_by_their_slugs() {
    let house = House::new().await;
    let department = house.http.get("/api/v1/departments/engineering").await.ok();
    assert_eq!((&department["slug"], &department["agent_count"]), (&json!("engineering"), &json!(6)));
    let spokesperson = department["spokesperson_id"].as_str().unwrap();
    let agent = house.http.get(&format!("/api/v1/agents/{spokesperson}")).await.ok();
    assert_eq!((&agent["slug"], &agent["department_id"]), (&json!(spokesperson), &json!("engineering")));
    assert!(agent["type"].is_string() && agent["params"].is_object(), "{agent}");
    let of = house.http.get("/api/v1/agents?department=engineering").await.ok();
    assert_eq!(of["agents"].as_array().unwrap().len(), 6);
    let listed = house.http.get("/api/v1/departments/engineering/agents").await.ok();
    assert_eq!(listed["agents"].as_array().unwrap().len(), 6);
    let found = house.http.get(&format!("/api/v1/agents?q={spokesperson}")).await.ok();
    assert_eq!(found["agents"].as_array().unwrap().len(), 1);
    house.end().await;
}
