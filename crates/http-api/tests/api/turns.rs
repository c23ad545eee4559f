use crate::house::{House, held};
use chat_service::ScriptedModel;
use serde_json::json;
use std::time::Duration;
use testkit::{Fault, ModelServer, Script, wait_until};

#[tokio::test]
async fn a_turn_with_daena_answers_the_whole_turn() {
    let house = House::new().await;
    let turn = house.say("What is our runway?").await;
    assert_eq!(turn["success"], true);
    assert_eq!(turn["offline"], false);
    assert_eq!(turn["response"], turn["reply"]["content"]);
    assert_eq!(turn["response"], "You said: What is our runway?");
    assert_eq!(turn["user_message"]["content"], "What is our runway?");
    assert_eq!(turn["reply"]["status"], "complete");
    assert_eq!(turn["reply"]["speaker"]["id"], "daena");
    assert_eq!(turn["session_id"], turn["reply"]["session_id"]);
    assert!(turn.get("agent_name").is_none(), "{turn}");
    house.end().await;
}

#[tokio::test]
async fn the_session_goes_on_whichever_way_its_id_is_passed() {
    let house = House::new().await;
    let path = "/api/v1/departments/engineering/chat";
    let first = house.http.post(path, json!({"message": "one"})).await.ok();
    let id = &first["session_id"];
    house.http.post(path, json!({"message": "two", "session_id": id})).await.ok();
    let context = json!({"message": "three", "context": {"session_id": id, "other": 1}});
    house.http.post(path, context).await.ok();
    let message = format!("/api/v1/daena/chat/{}/message", id.as_str().unwrap());
    house.http.post(&message, json!({"content": "four"})).await.ok();
    let last = house.http.post(&message, json!({"content": "five"})).await.ok();
    assert_eq!(last["session_id"], *id);
    assert_eq!(last["agent_name"], first["agent_name"]);
    assert_eq!(house.stored().await, (1, 10));
    house.end().await;
}

#[tokio::test]
async fn a_department_answers_with_its_spokesperson_and_the_notes_that_went_in() {
    let house = House::new().await;
    let long = "Please weigh the risks of moving our database to another engine this quarter, and say what you would do.";
    let turn = house.http.post("/api/v1/departments/engineering/chat", json!({"message": long})).await.ok();
    assert_eq!(turn["agent_name"], turn["reply"]["speaker"]["name"]);
    assert_eq!(turn["agent_role"], turn["reply"]["speaker"]["role"]);
    let complete =
        turn["reply"]["notes"].as_array().unwrap().iter().filter(|note| note["status"] == "complete");
    assert_eq!(turn["synthesized_from"], complete.count());
    assert_eq!(turn["synthesized_from"], 5);
    house.end().await;
}

#[tokio::test]
async fn an_agent_is_reached_directly_and_through_its_department_only() {
    let house = House::new().await;
    let agents = house.http.get("/api/v1/departments/engineering/agents").await.ok();
    let agent = agents["agents"][1]["slug"].as_str().unwrap().to_owned();
    let direct =
        house.http.post(&format!("/api/v1/agents/{agent}/chat"), json!({"message": "hi"})).await.ok();
    assert_eq!(direct["reply"]["speaker"]["id"], agent);
    let body = json!({"message": "hi", "agent_id": agent, "session_id": direct["session_id"]});
    let through = house.http.post("/api/v1/departments/engineering/chat", body.clone()).await.ok();
    assert_eq!(through["session_id"], direct["session_id"]);
    let before = house.stored().await;
    house.http.post("/api/v1/departments/sales/chat", body).await.problem(404, "not_found");
    assert_eq!(house.stored().await, before);
    house.end().await;
}

#[tokio::test]
async fn an_offline_brain_gives_a_deferred_reply() {
    let model = ScriptedModel::saying("hello");
    model.set_online(false);
    let house = House::with_model(&model).await;
    let turn = house.say("hello?").await;
    assert_eq!(turn["success"], true);
    assert_eq!(turn["offline"], true);
    assert_eq!(turn["reply"]["status"], "deferred");
    assert_eq!(turn["reply"]["model"], "offline");
    assert!(!turn["response"].as_str().unwrap().is_empty());
    let status = house.http.get("/api/v1/brain/status").await.ok();
    assert_eq!((&status["connected"], &status["deferred_replies"]), (&json!(false), &json!(1)));
    house.end().await;
}

#[tokio::test]
async fn a_model_error_is_a_problem_that_carries_the_turn() {
    let server = ModelServer::start(Script::fault(Fault::Status(500))).await;
    let house = House::with_server(&server).await;
    let answer = house.http.post("/api/v1/daena/chat", json!({"message": "hi"})).await;
    let problem = answer.problem(502, "brain_error");
    assert_eq!(problem["reply"]["status"], "failed");
    assert_eq!(problem["reply"]["error"]["code"], "brain_error");
    assert_eq!(problem["user_message"]["content"], "hi");
    assert_eq!(problem["session_id"], problem["reply"]["session_id"]);
    assert_eq!(problem["instance"], "/api/v1/daena/chat");
    assert_eq!(house.stored().await, (1, 2));
    house.end().await;
}

#[tokio::test]
async fn a_turn_that_is_stopped_while_somebody_waits_answers_200() {
    let server = held(&["Good", " day"], 1).await;
    let house = House::with_server(&server).await;
    let http = house.http.clone();
    let waiting =
        tokio::spawn(async move { http.post("/api/v1/daena/chat", json!({"message": "hi"})).await });
    server.wait_for("the stream to be held", |stats| stats.held == 1).await;
    let reply = wait_until("text to come", Duration::from_secs(5), async || {
        let sessions = house.http.get("/api/v1/daena/chat/sessions").await.ok();
        let id = sessions["sessions"][0]["session_id"].as_str()?.to_owned();
        let opened = house.http.get(&format!("/api/v1/daena/chat/{id}")).await.ok();
        let reply = opened["messages"][1].clone();
        (reply["content"] == "Good").then_some(reply)
    });
    let reply = reply.await;
    let stop = format!("/api/v1/messages/{}/stop", reply["message_id"].as_str().unwrap());
    let stopped = house.http.request("POST", &stop).send().await.ok();
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!("Good")));
    let answer = waiting.await.unwrap().with_status(200);
    assert_eq!(answer["reply"]["status"], "stopped");
    assert_eq!(answer["offline"], false);
    house.http.request("POST", &stop).send().await.problem(409, "conflict");
    house.end().await;
}

#[tokio::test]
async fn a_repeated_client_message_id_joins_and_another_text_is_a_conflict() {
    let house = House::new().await;
    let body = json!({"message": "once", "client_message_id": "c-1"});
    let first = house.http.post("/api/v1/daena/chat", body.clone()).await.ok();
    let again = house.http.post("/api/v1/daena/chat", body).await.ok();
    assert_eq!(first["reply"]["message_id"], again["reply"]["message_id"]);
    let other = json!({"message": "twice", "client_message_id": "c-1"});
    house.http.post("/api/v1/daena/chat", other).await.problem(409, "conflict");
    assert_eq!(house.stored().await, (1, 2));
    house.end().await;
}

#[tokio::test]
async fn text_is_kept_to_the_letter() {
    let house = House::new().await;
    let text = " \u{202e}שלום\u{7}\r\n\t👩‍👩‍👧 <b>&amp;</b> ";
    let turn = house.say(text).await;
    assert_eq!(turn["user_message"]["content"], text);
    house.end().await;
}
