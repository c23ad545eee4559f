use crate::house::House;
use serde_json::{Value, json};

const SESSIONS: &str = "/api/v1/chat-history/sessions";

/// A talk whose first reply was made again, so that it has a branch that is aside.
async fn talk(house: &House, said: &str) -> Value {
    let turn = house.say(said).await;
    let reply = turn["reply"]["message_id"].as_str().unwrap();
    house.http.request("POST", &format!("/api/v1/messages/{reply}/regenerate")).send().await.ok();
    turn["session_id"].clone()
}

#[tokio::test]
async fn a_session_is_exported_in_four_forms() {
    let house = House::new().await;
    let said = "<script>alert(1)</script> & *stars*";
    let session = talk(&house, said).await;
    let path = format!("{SESSIONS}/{}", session.as_str().unwrap());
    house.http.patch(&path, json!({"title": "Q\"1\" \u{e9} / x"})).await.with_status(200);

    let document = house.http.get(&format!("{path}/export")).await;
    let disposition = document.header("content-disposition").unwrap().to_owned();
    assert!(disposition.starts_with("attachment; filename=\"Q_1_ _ _ x-"), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''Q_1_%20%C3%A9%20_%20x-"), "{disposition}");
    let document = document.ok();
    assert_eq!((&document["kind"], &document["version"]), (&json!("daena.export"), &json!(1)));
    let exported = &document["sessions"][0];
    assert_eq!((&exported["session_id"], &exported["title_by_hand"]), (&session, &json!(true)));
    let messages = exported["messages"].as_array().unwrap();
    let active: Vec<bool> = messages.iter().map(|it| it["active"].as_bool().unwrap()).collect();
    assert_eq!(active, [true, false, true]);

    let lines = house.http.get(&format!("{path}/export?format=jsonl")).await;
    let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["daena.export", "session", "message", "message", "message"]);

    let text = house.http.get(&format!("{path}/export?format=markdown")).await.text;
    assert!(text.contains(said) && text.contains("1 more on other branches"), "{text}");
    let page = house.http.get(&format!("{path}/export?format=html")).await.text;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    assert!(page.ends_with("</html>\n"));

    house.http.get(&format!("{path}/export?format=pdf")).await.problem(400, "invalid_request");
    house.http.delete(&path).await.with_status(204);
    assert_eq!(house.http.get(&format!("{path}/export")).await.status, 200, "from the trash, too");
    house.http.delete(&format!("{path}?permanent=true")).await.with_status(204);
    house.http.get(&format!("{path}/export")).await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn the_whole_history_is_one_file_of_lines() {
    let house = House::new().await;
    for n in 0..3 {
        talk(&house, &format!("talk {n}")).await;
    }
    let exported = house.http.get("/api/v1/chat-history/export").await;
    let lines: Vec<Value> = exported.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1 + 3 * 4);
    let sessions = lines.iter().filter(|line| line["kind"] == "session");
    assert_eq!(sessions.count(), 3);
    house.end().await;
}
