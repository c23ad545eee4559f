use crate::house::{House, settings};
use chat_service::{ChatLimits, ScriptedModel};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::wait_until;

const IMPORT: &str = "/api/v1/chat-history/import";

async fn import(house: &House, file: &str) -> Value {
    house
        .http
        .request("POST", IMPORT)
        .header("content-type", "application/json")
        .body(file)
        .send()
        .await
        .with_status(200)
}

/// The sessions of the archive with their messages, in the order of both.
async fn archive(house: &House) -> Vec<(Value, Vec<Value>)> {
    let exported = house.http.get("/api/v1/chat-history/export").await.text;
    let mut archive: Vec<(Value, Vec<Value>)> = Vec::new();
    for line in exported.lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["kind"] == "session" {
            archive.push((line, Vec::new()));
        } else {
            archive.last_mut().unwrap().1.push(line);
        }
    }
    archive.sort_by_key(|(session, _)| session["title"].to_string());
    archive
}

fn told(message: &Value) -> (&str, &str, bool, &str) {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().len();
    assert!(text(&message["message_id"]) == 36);
    (
        message["role"].as_str().unwrap(),
        message["content"].as_str().unwrap(),
        message["active"].as_bool().unwrap(),
        message["created_at"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn conversations_of_chatgpt_come_in_with_times_roles_and_branches() {
    let house = House::new().await;
    let done = import(&house, include_str!("../../../../tests/fixtures/chatgpt.json")).await;
    assert_eq!((&done["status"], &done["form"]), (&json!("completed"), &json!("chatgpt")), "{done}");
    assert_eq!(done["sessions"], json!({"imported": 2, "skipped": 0, "left_out": 1}), "{done}");
    let archive = archive(&house).await;
    let (session, messages) = &archive[1];
    assert_eq!((&session["title"], &session["pinned"]), (&json!("Trip to Oslo"), &json!(true)));
    assert_eq!(session["created_at"], "2024-03-01T08:00:00.250000Z");
    let told: Vec<_> = messages.iter().map(told).collect();
    assert_eq!(
        told,
        [
            ("user", "Where shall we go?", true, "2024-03-01T08:00:01.000000Z"),
            ("assistant", "To Bergen.", false, "2024-03-01T08:00:05.500000Z"),
            ("assistant", "To Oslo.", true, "2024-03-01T08:00:09.000000Z"),
            ("user", "Count the days\nuntil June", true, "2024-03-01T08:01:00.000000Z"),
            ("assistant", "```python\nprint(92)\n```", true, "2024-03-01T08:01:02.000000Z"),
            ("system", "```\n92\n```", true, "2024-03-01T08:01:03.000000Z"),
            ("assistant", "92 days.", true, "2024-03-01T08:01:04.000000Z"),
        ]
    );
    assert_eq!(
        (&messages[2]["model"], &messages[2]["speaker"]["name"]),
        (&json!("gpt-4"), &json!("ChatGPT"))
    );
    assert_eq!(messages[1]["parent_id"], messages[2]["parent_id"]);
    let remarks = done["remarks"].to_string();
    assert!(remarks.contains("parts that are no text") && remarks.contains("conversation 3"), "{remarks}");
    let again = import(&house, include_str!("../../../../tests/fixtures/chatgpt.json")).await;
    assert_eq!(again["sessions"], json!({"imported": 0, "skipped": 2, "left_out": 1}), "{again}");
    house.end().await;
}

#[tokio::test]
async fn chats_of_open_webui_come_in_old_and_new() {
    let house = House::new().await;
    let done = import(&house, include_str!("../../../../tests/fixtures/open_webui.json")).await;
    assert_eq!((&done["status"], &done["form"]), (&json!("completed"), &json!("open_webui")), "{done}");
    assert_eq!(done["sessions"]["imported"], 2, "{done}");
    let archive = archive(&house).await;
    let (session, messages) = &archive[0];
    assert_eq!((&session["title"], &session["archived"]), (&json!("New form"), &json!(true)));
    let texts: Vec<_> = messages.iter().map(|it| (told(it).1, told(it).2)).collect();
    assert_eq!(
        texts,
        [("Why is the sky blue?", true), ("Rayleigh.", false), ("Light scatters.", true), ("Thanks", true)]
    );
    assert_eq!(messages[2]["model"], "llama3.2:3b");
    assert_eq!(messages[2]["speaker"]["name"], "Llama 3.2");
    let (session, messages) = &archive[1];
    assert_eq!(session["title"], "Old form");
    assert_eq!(messages[1]["parent_id"], messages[0]["message_id"]);
    assert_eq!(told(&messages[1]).3, "2023-11-14T22:13:30.000000Z");
    let remarks = done["remarks"].to_string();
    assert!(remarks.contains("folder") && remarks.contains("tags") && remarks.contains("files"), "{remarks}");
    house.end().await;
}

#[tokio::test]
async fn a_time_that_can_be_none_is_that_of_the_message_before() {
    let house = House::new().await;
    let message = |at: f64, text: &str| json!({"author": {"role": "user"}, "create_time": at, "content": {"parts": [text]}});
    let far = json!([{
        "id": "far", "title": "Far", "create_time": 1e25, "update_time": f64::MAX, "current_node": "b",
        "mapping": {
            "a": {"parent": null, "message": message(1.7e9, "Now")},
            "b": {"parent": "a", "message": message(1e25, "Then")},
        },
    }]);
    let done = import(&house, &far.to_string()).await;
    assert_eq!(done["sessions"]["imported"], 1, "{done}");
    let (session, messages) = archive(&house).await.remove(0);
    let now = "2023-11-14T22:13:20.000000Z";
    assert_eq!((&session["created_at"], &session["updated_at"]), (&json!(now), &json!(now)));
    assert!(messages.iter().all(|message| told(message).3 == now), "{messages:?}");
    let export = house.http.request("GET", "/api/v1/chat-history/export").send().await;
    let again = import(&house, &export.text).await;
    assert_eq!(again["sessions"], json!({"imported": 0, "skipped": 1, "left_out": 0}), "{again}");
    house.end().await;
}

#[tokio::test]
async fn a_large_file_is_taken_in_in_the_background() {
    let house = House::new().await;
    let text = "x".repeat(60_000);
    let conversation = |n: usize| {
        json!({"id": format!("c{n}"), "title": format!("Talk {n}"), "current_node": "m",
            "mapping": {"m": {"message": {"author": {"role": "user"}, "content": {"parts": [text]}}}}})
    };
    let file = Value::from_iter((0..100).map(conversation)).to_string();
    let begun = house
        .http
        .request("POST", IMPORT)
        .header("content-type", "application/json")
        .body(file)
        .send()
        .await
        .with_status(202);
    let path = format!("/api/v1/chat-history/imports/{}", begun["import_id"].as_str().unwrap());
    let done = wait_until("the import to end", testkit::DEADLINE, async || {
        let import = house.http.get(&path).await.ok();
        (import["status"] != "running").then_some(import)
    })
    .await;
    assert_eq!(
        (&done["status"], &done["sessions"]["imported"]),
        (&json!("completed"), &json!(100)),
        "{done}"
    );
    assert_eq!(done["done_bytes"], done["bytes"]);
    assert_eq!(house.stored().await, (100, 100));
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused() {
    let limits = ChatLimits { max_import_bytes: 1_000, ..ChatLimits::default() };
    let model = Arc::new(ScriptedModel::saying("Yes."));
    let house = House::build(settings(), |builder| builder.model(model).limits(limits)).await;
    let head = house.head();
    let send = async |kind: &str, file: &str| {
        house.http.request("POST", IMPORT).header("content-type", kind).body(file).send().await
    };
    let refused = send("application/json", "[{\"mapping\": {").await.problem(422, "unprocessable");
    assert_eq!(refused["errors"][0]["pointer"], "/file");
    let long = json!({"sessions": "é".repeat(450)}).to_string();
    let refused = send("application/json", &long).await.problem(422, "unprocessable");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().chars().count() <= 301, "{refused}");
    send("application/x-ndjson", "nothing").await.problem(422, "unprocessable");
    send("multipart/form-data", "x").await.problem(415, "unsupported_media_type");
    send("application/json", &" ".repeat(1_001)).await.problem(413, "payload_too_large");
    house
        .http
        .get("/api/v1/chat-history/imports/01890a5d-ac96-774b-bcce-b302099a8057")
        .await
        .problem(404, "not_found");
    assert_eq!(house.head(), head);
    house.end().await;
}
