//! Commands given by voice.

use serde_json::json;
use testkit::{Script, SpeechScript, tone};

use super::{INTERACT, send, talking};
use crate::api::{head, list, text};
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
