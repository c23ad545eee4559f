use crate::house::House;
use serde_json::{Value, json};

fn list(page: &Value) -> Vec<Value> {
    page["logs"].as_array().unwrap().clone()
}

/// Every entry of a filter, page by page.
async fn walk(house: &House, filter: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.http.get(&format!("/api/v1/audit/logs?limit=13&{filter}{cursor}")).await.ok();
        found.extend(list(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn events(house: &House) -> Vec<Value> {
    let (mut since, mut events) = (0, Vec::new());
    loop {
        let page = house.http.get(&format!("/api/v1/events?limit=200&since={since}")).await.ok();
        let some = page["events"].as_array().unwrap().clone();
        if some.is_empty() {
            return events;
        }
        since = page["next"].as_i64().unwrap();
        events.extend(some);
    }
}

#[tokio::test]
async fn the_trail_is_the_log_newest_first_with_a_line_for_each() {
    let house = House::new().await;
    house.say("hello").await;
    let (trail, mut events) = (walk(&house, "").await, events(&house).await);
    events.reverse();
    assert_eq!(trail.len(), events.len());
    for (entry, event) in trail.iter().zip(&events) {
        for (of_entry, of_event) in [
            ("event_id", "event_id"),
            ("timestamp", "timestamp"),
            ("actor", "created_by"),
            ("action", "event_type"),
            ("entity_type", "entity_type"),
            ("entity_id", "entity_id"),
            ("payload", "payload"),
        ] {
            assert_eq!(entry[of_entry], event[of_event]);
        }
        let summary = entry["summary"].as_str().unwrap();
        assert!(!summary.is_empty() && !summary.contains('\n'), "{entry}");
    }
    let page = house.http.get("/api/v1/audit/logs?limit=1").await.ok();
    assert_eq!((&page["as_of"], page["logs"].as_array().unwrap().len()), (&json!(house.head()), 1));
    house.end().await;
}

#[tokio::test]
async fn filters_narrow_the_trail_and_bad_ones_are_refused_by_name() {
    let house = House::new().await;
    let session = house.say("hello").await["session_id"].as_str().unwrap().to_owned();
    let all = walk(&house, "").await;
    let count = |admits: &dyn Fn(&Value) -> bool| all.iter().filter(|entry| admits(entry)).count();
    let chats = walk(&house, "action=chat.*").await;
    assert_eq!(chats.len(), count(&|entry| entry["action"].as_str().unwrap().starts_with("chat.")));
    assert!(chats.len() >= 4);
    let of_session = walk(&house, &format!("entity_type=chat&entity_id={session}")).await;
    assert_eq!(of_session.len(), chats.len());
    assert_eq!(walk(&house, "actor=system").await.len(), count(&|entry| entry["actor"] == "system"));
    assert_eq!(walk(&house, "action=agent.created&actor=system").await.len(), 48);
    assert!(walk(&house, "action=no.such").await.is_empty());
    let newest = all[0]["timestamp"].as_str().unwrap();
    assert!(walk(&house, &format!("to={newest}")).await.len() < all.len());
    assert_eq!(walk(&house, &format!("from={newest}")).await[0], all[0]);
    for (query, pointer) in [
        ("action=a b", "/action"),
        ("entity_type=moon", "/entity_type"),
        ("from=yesterday", "/from"),
        ("to=5", "/to"),
        ("limit=0", "/limit"),
        ("cursor=x", "/cursor"),
    ] {
        let refused =
            house.http.get(&format!("/api/v1/audit/logs?{query}")).await.problem(400, "invalid_request");
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let refused = house.http.get("/api/v1/audit/export?format=xml").await.problem(400, "invalid_request");
    assert_eq!(refused["errors"][0]["pointer"], "/format");
    house.end().await;
}

#[tokio::test]
async fn counts_add_up() {
    let house = House::new().await;
    house.say("hello").await;
    let stats = house.http.get("/api/v1/audit/stats").await.ok();
    assert_eq!(stats["total"], house.head());
    for by in ["by_action", "by_actor", "by_entity_type", "by_day"] {
        let sum: i64 = stats[by].as_object().unwrap().values().map(|count| count.as_i64().unwrap()).sum();
        assert_eq!(sum, house.head(), "{by}");
    }
    assert_eq!(stats["by_action"]["agent.created"], 48);
    let before = house.http.get("/api/v1/audit/stats?to=2020-01-01T00:00:00Z").await.ok();
    assert_eq!((&before["total"], &before["by_day"]), (&json!(0), &json!({})));
    house.end().await;
}

#[tokio::test]
async fn an_export_of_a_long_log_equals_it_in_both_forms() {
    let house = House::new().await;
    // Most of it in few writes: what counts is how it is read.
    for part in 0..50 {
        let write = move |tx: &mut chat_service::WriteTx<'_>| {
            let change = chat_service::Change::new(domain_actor(), at(part));
            for number in 0..1000 {
                tx.settings_mut().set(&format!("k{number}"), &json!(["=1+1", part]), &change)?;
            }
            Ok::<_, chat_service::StoreError>(())
        };
        house.chat.store().write(write).await.unwrap();
    }
    let all = house.head();
    assert!(all > 50_000);
    let exported = house.http.get("/api/v1/audit/export?format=jsonl").await;
    let disposition = exported.header("content-disposition").unwrap();
    assert!(
        disposition.starts_with("attachment; filename=\"daena-audit-") && disposition.ends_with(".jsonl\"")
    );
    let entries: Vec<Value> = exported.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), usize::try_from(all).unwrap());
    for (entry, position) in entries.iter().zip(1..) {
        assert_eq!(entry["event_id"], position);
    }
    let mut newest = entries[entries.len() - 20..].to_vec();
    newest.reverse();
    assert_eq!(list(&house.http.get("/api/v1/audit/logs?limit=20").await.ok()), newest);
    let csv = house.http.get("/api/v1/audit/export?format=csv&action=system.config&actor=agent:x").await;
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let lines: Vec<&str> = csv.text.split("\r\n").collect();
    assert_eq!(lines.len(), 50_000 + 2, "a head, the entries, and nothing behind the last line end");
    assert!(lines[0].starts_with("event_id,timestamp,actor"));
    assert!(
        lines[1].contains(r#""agent:x","system.config","system","k0","","setting k0 is now"#),
        "{}",
        lines[1]
    );
    let none = house.http.get("/api/v1/audit/export?format=csv&actor=nobody").await;
    assert_eq!(none.text.lines().count(), 1);
    assert_eq!(house.http.get("/api/v1/audit/export?actor=nobody").await.text, "");
    house.end().await;
}

fn domain_actor() -> chat_service::domain::Actor {
    chat_service::domain::Actor::from("agent:x")
}

fn at(second: i64) -> chat_service::domain::Timestamp {
    chat_service::domain::Timestamp::from_micros(1_767_323_045_000_000 + second * 1_000_000)
}

#[tokio::test]
async fn the_trail_comes_live_and_goes_on_where_it_was_left() {
    let house = House::new().await;
    let head = house.head();
    let path = format!("/api/v1/audit/stream?since={head}&action=chat.*");
    let mut stream = house.http.sse("GET", &path, json!(null), &[]).await;
    let mut by_daena = house.http.sse("GET", "/api/v1/audit/stream?actor=daena", json!(null), &[]).await;
    house.say("one").await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.name(), first.json()["action"].as_str()), ("message", Some("chat.session.created")));
    assert_eq!(first.id, Some((head + 1).to_string()));
    assert_eq!(by_daena.next().await.unwrap().json()["actor"], "daena");
    let id = (head + 2).to_string();
    let mut resumed = house.http.sse("GET", &path, json!(null), &[("last-event-id", &id)]).await;
    assert_eq!(resumed.next().await.unwrap().json()["event_id"], head + 3);
    house.end().await;
}

#[tokio::test]
async fn the_log_verifies_over_http() {
    let house = House::new().await;
    house.say("hello").await;
    let found = house.http.get("/api/v1/audit/verify").await.ok();
    assert_eq!((&found["intact"], &found["verified"]), (&json!(true), &json!(house.head())));
    assert_eq!((&found["breach"], found["hash"].as_str().unwrap().len()), (&json!(null), 64));
    assert_eq!(house.http.get("/api/v1/audit/verify?last=5").await.ok()["verified"], 5);
    house.http.get("/api/v1/audit/verify?last=0").await.problem(400, "invalid_request");
    house.end().await;
}
