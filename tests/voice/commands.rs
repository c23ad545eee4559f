//! Commands given by voice.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Http, Script, SpeechScript, tone};

use super::{INTERACT, send, talking, until_reachable};
use crate::api::{DAENA, HISTORY, head, list, text};
use crate::company::Company;

#[tokio::test]
async fn commands_do_what_they_say() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hey Dina, list the department's.")).await;
    let heard = send(&http, INTERACT, "audio/wav", tone(20)).await.with_status(200);
    assert_eq!((&heard["was_command"], &heard["command"]), (&json!(true), &json!("list_departments")));
    assert!(text(&heard["response"]).starts_with("There are 8 departments: Engineering,"), "{heard}");
    assert_eq!(list(&heard["command_result"]["departments"]).len(), 8);
    assert!(heard["audio_url"].is_string() && heard["reply"].is_null());
    assert!(text(&server.spoken()[0]["input"]).starts_with("There are 8"));

    let said = async |words: &str| {
        http.post(INTERACT, json!({"text": words, "speak": false})).await.with_status(200)
    };
    let since = head(&http).await;
    let agents = said("Who works in engineering?").await;
    assert!(text(&agents["response"]).starts_with("Engineering has 6 agents: Atlas,"), "{agents}");
    assert_eq!(
        said("list councils").await["response"],
        "There are 4 councils: Finance Council, Tech Council, Strategy Council and Psychology Council."
    );
    let status = said("System status").await;
    assert!(text(&status["response"]).contains("8 departments and 48 agents, 0 tasks running"), "{status}");
    assert_eq!(said("Open the tasks page").await["command_result"]["path"], "#/tasks");
    let nowhere = said("Create a task for logistics to ship it").await;
    assert_eq!(nowhere["command_result"]["done"], false);
    assert_eq!(head(&http).await, since, "nothing was changed by questions");

    let made = said("Create a task for engineering to check the backups.").await;
    assert_eq!(made["response"], "I made a task for Engineering: Check the backups. It waits to be started.");
    let task = http.get(&format!("/api/v1/tasks/{}", text(&made["command_result"]["task_id"]))).await.ok();
    assert_eq!(
        (&task["title"], &task["department_id"]),
        (&json!("Check the backups"), &json!("engineering"))
    );
    let asked = said("What's the status of the task check the backups?").await;
    assert_eq!(asked["response"], "The task Check the backups is pending.");
    assert_eq!(said("task status").await["response"], "There is 1 task: 1 pending.");
    let debate = said("Start a debate in the tech council on remote work").await;
    assert_eq!(debate["response"], "The Tech Council debates: remote work.");
    let record =
        http.get(&format!("/api/v1/debates/{}", text(&debate["command_result"]["debate_id"]))).await.ok();
    assert_eq!((&record["topic"], &record["council_id"]), (&json!("remote work"), &json!("tech")));
    let chat = said("Tell me about the departments of France").await;
    assert_eq!((&chat["was_command"], &chat["response"]), (&json!(false), &json!("One. Two! Three?")));
}

#[tokio::test]
async fn what_would_end_everything_is_asked_first() {
    let company = Company::open(Script::tokens(["Talk."])).await;
    let http = company.http();
    let said = async |words: &str| {
        http.post(INTERACT, json!({"text": words, "speak": false})).await.with_status(200)
    };
    let stopped = async || {
        let page = http.get("/api/v1/events?event_type=system.emergency").await.ok();
        list(&page["events"]).len()
    };
    assert_eq!(said("Yes").await["was_command"], false, "nothing was asked");
    assert_eq!(said("Stop everything").await["command_result"], json!({"done": false, "confirm": true}));
    assert_eq!(said("No").await["response"], "Nothing was stopped.");
    assert_eq!(said("Stop everything").await["command"], "stop_everything");
    said("What is the time?").await;
    assert_eq!(said("Yes").await["was_command"], false, "the question is forgotten");
    assert_eq!(stopped().await, 0);
    said("Stop everything").await;
    let done = said("Yes, please.").await;
    assert_eq!(
        (&done["command"], &done["command_result"]["done"]),
        (&json!("stop_everything"), &json!(true))
    );
    assert_eq!(stopped().await, 1);
}

/// A command as it is sent with its sender's id.
async fn order(http: &Http, words: &str, id: &str) -> Value {
    let body = json!({"text": words, "client_message_id": id, "speak": false});
    http.post(INTERACT, body).await.with_status(200)
}

#[tokio::test]
async fn a_command_sent_again_is_obeyed_once_also_after_a_restart() {
    let (mut company, _server, http) =
        talking(SpeechScript::hearing("Add a task for sales to call Ann")).await;
    let (task, debate) = (
        "Create a task for engineering to check the backups",
        "Start a debate in the tech council on remote work",
    );
    let made = join_all((0..8).map(|_| order(&http, task, "task"))).await;
    let begun = join_all((0..8).map(|_| order(&http, debate, "debate"))).await;
    assert!(made.iter().all(|it| *it == made[0]) && made[0]["command_result"]["done"] == true, "{made:?}");
    assert!(begun.iter().all(|it| *it == begun[0]) && begun[0]["session_id"].is_string(), "{begun:?}");
    order(&http, "Stop everything", "stop").await;
    let stopped = order(&http, "Yes", "yes").await;
    assert_eq!(
        (&stopped["command"], &stopped["command_result"]["done"]),
        (&json!("stop_everything"), &json!(true))
    );
    let recorded = format!("{INTERACT}?client_message_id=said&speak=false");
    let heard = send(&http, &recorded, "audio/wav", tone(20)).await.with_status(200);
    assert_eq!(heard["response"], "I made a task for Sales: Call Ann. It waits to be started.");

    let since = head(&http).await;
    for restarted in [false, true] {
        if restarted {
            company.daena.restart().await;
        }
        let http = company.http();
        until_reachable(&http, true).await;
        assert_eq!(order(&http, task, "task").await, made[0]);
        let by_key = http.request("POST", INTERACT).header("idempotency-key", "task");
        let by_key = by_key.json(&json!({"text": task, "speak": false})).send().await.with_status(200);
        assert_eq!(by_key, made[0]);
        assert_eq!(order(&http, debate, "debate").await, begun[0]);
        assert_eq!(order(&http, "Yes", "yes").await, stopped);
        assert_eq!(send(&http, &recorded, "audio/wav", tone(20)).await.with_status(200), heard);
        assert_eq!(head(&http).await, since, "nothing was done again");
    }
}

#[tokio::test]
async fn the_id_of_one_thing_said_is_no_other_things() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    http.post(DAENA, json!({"message": "Hello", "client_message_id": "talk"})).await.with_status(200);
    order(&http, "Create a task to buy milk", "task").await;
    order(&http, "Start a debate in the tech council on remote work", "debate").await;
    let there = async || {
        let (tasks, debates) = ("/api/v1/tasks", "/api/v1/councils/tech/debates");
        let (tasks, debates) = (http.get(tasks).await.ok(), http.get(debates).await.ok());
        let sessions = http.get(HISTORY).await.ok()["total"].clone();
        (list(&tasks["tasks"]).len(), list(&debates["debates"]).len(), sessions)
    };
    let before = there().await;
    for (words, id) in [
        ("Create a task to buy bread", "task"),
        ("Hello", "task"),
        ("Create a task to buy bread", "talk"),
        ("Start a debate in the tech council on remote work", "talk"),
        ("Start a debate in the tech council on offices", "debate"),
        ("Hello", "debate"),
    ] {
        let body = json!({"text": words, "client_message_id": id, "speak": false});
        http.post(INTERACT, body).await.problem(409, "conflict");
    }
    for id in ["", "a\nb", &"x".repeat(201)] {
        let body = json!({"text": "Create a task to buy bread", "client_message_id": id, "speak": false});
        let refused = http.post(INTERACT, body).await.problem(400, "invalid_request");
        assert_eq!(refused["errors"][0]["pointer"], "/client_message_id");
    }
    assert_eq!(there().await, before);
    // Without an id each is one of its own.
    let body = json!({"text": "Create a task to buy bread", "speak": false});
    let (one, two) = (http.post(INTERACT, body.clone()).await.ok(), http.post(INTERACT, body).await.ok());
    assert_ne!(one["command_result"]["task_id"], two["command_result"]["task_id"]);
}
