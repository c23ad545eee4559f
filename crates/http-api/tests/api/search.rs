use crate::house::{House, held};
use serde_json::{Value, json};

/// The path of a search, with the text encoded and more parameters behind it.
fn search(text: &str, more: &str) -> String {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("/api/v1/chat-history/search?q={encoded}{more}")
}

async fn hits(house: &House, text: &str, more: &str) -> Vec<Value> {
    house.http.get(&search(text, more)).await.ok()["hits"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_message_and_its_title_are_found_with_their_session_and_a_snippet() {
    let house = House::new().await;
    let said = house.say("What of the <b>Café</b> budget?").await;
    let page = house.http.get(&search("cafe", "")).await.ok();
    assert_eq!(page["next_cursor"], json!(null));
    assert_eq!(page["as_of"], house.head());
    let found = page["hits"].as_array().unwrap();
    assert_eq!(found.len(), 3, "the message, the reply and the title: {page}");
    let of = |role: &str| found.iter().find(|hit| hit["message"]["role"] == role).unwrap();
    let user = of("user");
    assert_eq!(user["message"], said["user_message"]);
    assert_eq!(user["snippet"], "What of the &lt;b&gt;<mark>Café</mark>&lt;/b&gt; budget?");
    assert_eq!(of("assistant")["message"], said["reply"]);
    let title = found.iter().find(|hit| hit["message"].is_null()).unwrap();
    for hit in found {
        assert_eq!(hit["session"]["session_id"], said["session_id"]);
        assert_eq!(hit["session"]["message_count"], 2);
    }
    assert!(title["snippet"].as_str().unwrap().contains("<mark>Café</mark>"));
    house.end().await;
}

#[tokio::test]
async fn filters_pages_and_deletions() {
    let house = House::new().await;
    for number in 0..5 {
        house.say(&format!("needle {number}")).await;
    }
    let legal =
        house.http.post("/api/v1/departments/legal/chat", json!({"message": "needle here"})).await.ok();
    for (more, count) in [
        ("", 18),
        ("&role=user", 6),
        ("&role=assistant&scope_type=executive", 5),
        ("&scope_type=department", 3),
        ("&scope_type=department&scope_id=legal", 3),
        ("&scope_id=sales", 0),
        ("&from=2999-01-01T00:00:00Z", 0),
        ("&to=2999-01-01T00:00:00Z", 18),
        ("&limit=4", 4),
    ] {
        assert_eq!(hits(&house, "needle", more).await.len(), count, "{more}");
    }
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.http.get(&search("needle", &format!("&limit=5{cursor}"))).await.ok();
        all.extend(
            page["hits"].as_array().unwrap().iter().map(|hit| {
                (hit["session"]["session_id"].to_string(), hit["message"]["message_id"].to_string())
            }),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        house.say("a new needle").await;
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 18, "none twice, none of those that came since");

    let id = legal["session_id"].as_str().unwrap();
    house.http.delete(&format!("/api/v1/chat-history/sessions/{id}")).await.with_status(204);
    assert_eq!(hits(&house, "here", "").await.len(), 0);
    house.http.request("POST", &format!("/api/v1/chat-history/sessions/{id}/restore")).send().await.ok();
    assert_eq!(hits(&house, "here", "").await.len(), 3);
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_searched_is_400_and_names_its_parameter() {
    let house = House::new().await;
    for (path, pointer) in [
        ("/api/v1/chat-history/search".to_owned(), "/q"),
        (search("", ""), "/q"),
        (search(" \"\" * - ", ""), "/q"),
        (search("-only -this", ""), "/q"),
        (search(&"a".repeat(501), ""), "/q"),
        (search(&"a ".repeat(17), ""), "/q"),
        (search("a\0b", ""), "/q"),
        (search("a", "&role=boss"), "/role"),
        (search("a", "&scope_type=planet"), "/scope_type"),
        (search("a", "&scope_id=No%20slug"), "/scope_id"),
        (search("a", "&from=yesterday"), "/from"),
        (search("a", "&to=2026"), "/to"),
        (search("a", "&limit=0"), "/limit"),
        (search("a", "&cursor=s1"), "/cursor"),
    ] {
        let problem = house.http.get(&path).await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{path}: {problem}");
        assert!(!problem["errors"][0]["detail"].as_str().unwrap().is_empty());
    }
    let backwards = search("a", "&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z");
    let problem = house.http.get(&backwards).await.problem(422, "unprocessable");
    assert_eq!(problem["errors"][0]["pointer"], "/to");
    house.end().await;
}

#[tokio::test]
async fn what_is_still_coming_is_not_found_before_its_end() {
    let server = held(&["needle", " in", " a haystack"], 1).await;
    let house = House::with_server(&server).await;
    let body = json!({"message": "speak", "stream": true});
    let mut stream = house.http.sse("POST", "/api/v1/daena/chat", body, &[]).await;
    stream.collect_until("delta").await;
    assert!(hits(&house, "needle", "").await.is_empty());
    server.release();
    stream.collect_until("done").await;
    assert_eq!(hits(&house, "needle", "").await[0]["snippet"], "<mark>needle</mark> in a haystack");
    house.end().await;
}
