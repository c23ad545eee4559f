//! Councils and debates as a client sees them.

use crate::house::{House, held};
use serde_json::{Value, json};
use testkit::{DEADLINE, Socket, wait_until};

const COUNCILS: &str = "/api/v1/councils";
const DEBATES: &str = "/api/v1/councils/tech/debates";

async fn until_status(house: &House, debate: &str, status: &str) -> Value {
    let path = format!("/api/v1/debates/{debate}");
    wait_until(&format!("the debate to be {status}"), DEADLINE, async || {
        Some(house.http.get(&path).await.ok()).filter(|debate| debate["status"] == status)
    })
    .await
}

fn id(thing: &Value) -> &str {
    thing["debate_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_council_and_its_members_are_made_changed_and_deleted() {
    let house = House::new().await;
    let new = json!({"name": "Green Energy", "color": "#32CD32", "description": "sun and wind"});
    let made = house.http.post(COUNCILS, new).await.with_status(201);
    assert_eq!(
        made,
        json!({"slug": "green-energy", "name": "Green Energy", "description": "sun and wind", "color": "#32CD32", "position": 4})
    );
    let path = format!("{COUNCILS}/green-energy");
    let renamed = house.http.patch(&path, json!({"name": "Power"})).await.with_status(200);
    assert_eq!((&renamed["slug"], &renamed["name"]), (&json!("green-energy"), &json!("Power")));
    let members = format!("{path}/members");
    let new = json!({"name": "The Sun", "role": "Physicist", "model": "scripted"});
    let sun = house.http.post(&members, new).await.with_status(201);
    assert_eq!(
        (&sun["enabled"], &sun["council_id"], &sun["persona"]),
        (&json!(true), &json!("green-energy"), &json!(""))
    );
    let member = format!("{members}/{}", sun["id"].as_str().unwrap());
    assert_eq!(house.http.get(&member).await.ok(), sun);
    let edited = house.http.patch(&member, json!({"model": null, "enabled": false})).await.with_status(200);
    assert_eq!(
        (&edited["model"], &edited["enabled"], &edited["id"]),
        (&json!(null), &json!(false), &sun["id"])
    );
    house.http.get(&member.replace("green-energy", "tech")).await.problem(404, "not_found");
    house.http.post(&format!("{path}/debates"), json!({"topic": "Sun?"})).await.problem(409, "conflict");
    let listed = house.http.get(&members).await.ok();
    assert_eq!((listed["members"].as_array().unwrap().len(), &listed["next_cursor"]), (1, &json!(null)));
    assert_eq!(house.http.delete(&member).await.status, 204);
    house.http.delete(&member).await.problem(404, "not_found");
    assert_eq!(house.http.delete(&path).await.status, 204);
    house.http.get(&path).await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn bad_input_names_its_field_and_leaves_nothing() {
    let house = House::new().await;
    let head = house.head();
    let tech = "/api/v1/councils/tech";
    let members = format!("{tech}/members");
    for (path, body, status, code, pointer) in [
        (COUNCILS, json!({}), 400, "invalid_request", "/name"),
        (COUNCILS, json!({"name": 5}), 400, "invalid_request", "/name"),
        (COUNCILS, json!({"name": " "}), 422, "unprocessable", "/name"),
        (COUNCILS, json!({"name": "A", "slug": "A B"}), 422, "unprocessable", "/slug"),
        (COUNCILS, json!({"name": "A", "color": "red"}), 422, "unprocessable", "/color"),
        (COUNCILS, json!({"name": "A", "position": -1}), 422, "unprocessable", "/position"),
        (&members, json!({"name": "A"}), 400, "invalid_request", "/role"),
        (&members, json!({"name": "A", "role": ""}), 422, "unprocessable", "/role"),
        (&members, json!({"name": "A", "role": "B", "persona": "a\0b"}), 400, "invalid_request", "/persona"),
        (DEBATES, json!({}), 400, "invalid_request", "/topic"),
        (DEBATES, json!({"topic": " "}), 400, "invalid_request", "/topic"),
        (DEBATES, json!({"topic": "Why?", "rounds": "2"}), 400, "invalid_request", "/rounds"),
        (DEBATES, json!({"topic": "Why?", "rounds": 6}), 422, "unprocessable", "/rounds"),
        (DEBATES, json!({"topic": "Why?", "deadline_s": 5}), 422, "unprocessable", "/deadline_s"),
        (
            DEBATES,
            json!({"topic": "Why?", "client_message_id": ""}),
            400,
            "invalid_request",
            "/client_message_id",
        ),
        (DEBATES, json!({"topic": "x".repeat(10_001)}), 413, "payload_too_large", "/topic"),
    ] {
        let problem = house.http.post(path, body.clone()).await.problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    house.http.post(COUNCILS, json!({"name": "Tech"})).await.problem(409, "conflict");
    for path in [
        "/api/v1/councils/nowhere",
        "/api/v1/councils/Tech",
        "/api/v1/councils/tech/members/x",
        "/api/v1/debates/x",
    ] {
        house.http.get(path).await.problem(404, "not_found");
    }
    house.http.get("/api/v1/councils?limit=0").await.problem(400, "invalid_request");
    house.http.get("/api/v1/councils?cursor=x").await.problem(400, "invalid_request");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_debate_is_asked_for_watched_on_both_sockets_and_read() {
    let house = House::new().await;
    let mut council = Socket::connect(&house.base, "/api/v1/ws/councils/tech").await;
    council.next_of_type("hello").await;
    let asked = json!({"topic": "Build or buy?", "rounds": 1, "client_message_id": "d1"});
    let started = house.http.post(DEBATES, asked.clone()).await.with_status(202);
    assert_eq!((&started["council_id"], &started["status"]), (&json!("tech"), &json!("running")));
    assert_eq!((&started["session_id"], &started["topic"]), (&started["debate_id"], &json!("Build or buy?")));
    assert_eq!(started["messages"][0]["content"], "Build or buy?");
    let debate = until_status(&house, id(&started), "synthesized").await;
    assert_eq!(debate["messages"].as_array().unwrap().len(), 7);
    assert_eq!(debate["synthesis"]["absent"], json!([]));
    assert!(debate["synthesis"]["recommendation"].is_string());
    let frames = council.until(|frame| frame["event_type"] == "council.debate.synthesized").await;
    let told = |kind: &str| frames.iter().filter(|frame| frame["event_type"] == kind).count();
    assert_eq!((told("council.debate.started"), told("council.debate.message")), (1, 5));
    assert!(frames.iter().filter(|frame| frame["type"] == "event").all(|frame| frame["entity_id"] == "tech"));
    assert_eq!(frames.last().unwrap()["payload"]["debate_id"], debate["debate_id"]);
    // The same request again is the same debate; another topic is a conflict.
    let again = house.http.post(DEBATES, asked).await.with_status(202);
    assert_eq!(again["debate_id"], debate["debate_id"]);
    let other = json!({"topic": "Sell?", "client_message_id": "d1"});
    house.http.post(DEBATES, other).await.problem(409, "conflict");
    let listed = house.http.get(DEBATES).await.ok();
    assert_eq!(listed["debates"].as_array().unwrap().len(), 1);
    assert_eq!(listed["debates"][0]["synthesis"], debate["synthesis"]);
    house
        .http
        .post(&format!("/api/v1/debates/{}/stop", id(&debate)), json!({}))
        .await
        .problem(409, "conflict");
    house.end().await;
}

#[tokio::test]
async fn an_utterance_streams_to_the_chats_socket_and_the_founder_joins_and_stops() {
    let server = held(&["One", " two", " three"], 1).await;
    let house = House::with_server(&server).await;
    let started = house.http.post(DEBATES, json!({"topic": "Build or buy?"})).await.with_status(202);
    let debate = format!("/api/v1/debates/{}", id(&started));
    let mut chat = Socket::connect(&house.base, &format!("/api/v1/ws/chat/{}?since=0", id(&started))).await;
    server.wait_for("the first token", |stats| stats.held == 1).await;
    let joined =
        house.http.post(&format!("{debate}/messages"), json!({"message": "Buy!"})).await.with_status(201);
    assert_eq!((&joined["role"], &joined["content"]), (&json!("user"), &json!("Buy!")));
    house
        .http
        .post(&format!("{debate}/messages"), json!({"message": ""}))
        .await
        .problem(400, "invalid_request");
    house.http.delete("/api/v1/councils/tech").await.problem(409, "conflict");
    server.step(1);
    let delta = chat.next_of_type("delta").await;
    assert!(["One", " two"].contains(&delta["text"].as_str().unwrap()), "{delta}");
    let stopped = house.http.post(&format!("{debate}/stop"), json!({})).await.with_status(200);
    assert_eq!((&stopped["status"], &stopped["synthesis"]), (&json!("cancelled"), &json!(null)));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    let taken = house.http.post(&format!("{debate}/messages"), json!({"message": "Sell!"})).await;
    taken.problem(409, "conflict");
    house.end().await;
}

#[tokio::test]
async fn a_session_with_a_council_is_made_and_takes_no_turns() {
    let house = House::new().await;
    let new = json!({"scope_type": "council", "scope_id": "tech"});
    let session = house.http.post("/api/v1/chat-history/sessions", new).await.with_status(201);
    assert_eq!((&session["category"], &session["scope_id"]), (&json!("councils"), &json!("tech")));
    let path = format!("/api/v1/daena/chat/{}/message", session["session_id"].as_str().unwrap());
    house.http.post(&path, json!({"content": "hi"})).await.problem(409, "conflict");
    let nobody = json!({"scope_type": "council", "scope_id": "magic"});
    house.http.post("/api/v1/chat-history/sessions", nobody).await.problem(404, "not_found");
    house.end().await;
}
