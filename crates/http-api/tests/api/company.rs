//! Departments, agents and what they do, over HTTP.

use crate::house::House;
use serde_json::{Value, json};

fn pointer(problem: &Value) -> &str {
    problem["errors"][0]["pointer"].as_str().unwrap()
}

#[tokio::test]
async fn a_department_and_an_agent_live_over_http() {
    let house = House::new().await;
    let http = &house.http;
    let lab = http.post("/api/v1/departments", json!({"name": "The Lab"})).await.with_status(201);
    assert_eq!(
        (&lab["slug"], &lab["color"], &lab["status"]),
        (&json!("the-lab"), &json!("#808080"), &json!("active"))
    );
    http.post("/api/v1/departments", json!({"name": "The lab"})).await.problem(409, "conflict");
    let new =
        json!({"name": "Ada Byron", "role": "Analyst", "department_id": "the-lab", "type": "analytical"});
    let ada = http.post("/api/v1/agents", new).await.with_status(201);
    assert_eq!((&ada["slug"], &ada["status"]), (&json!("the-lab-ada-byron"), &json!("idle")));
    http.delete("/api/v1/departments/the-lab").await.problem(409, "conflict");

    let path = "/api/v1/agents/the-lab-ada-byron";
    let edit = json!({"system_prompt": "Rhyme.", "voice_id": "amber", "params": {"temperature": 0}});
    let edited = http.patch(path, edit).await.ok();
    assert_eq!((&edited["system_prompt"], &edited["params"]), (&json!("Rhyme."), &json!({"temperature": 0})));
    let emptied = json!({"system_prompt": null, "params": null, "description": null, "unknown": 1});
    let emptied = http.patch(path, emptied).await.ok();
    assert_eq!((&emptied["params"], &emptied["description"]), (&json!({}), &json!("")));
    assert_eq!((&emptied["system_prompt"], &emptied["voice_id"]), (&json!(null), &json!("amber")));
    let spoken = json!({"spokesperson_id": "the-lab-ada-byron"});
    let spoken = http.patch("/api/v1/departments/the-lab", spoken).await.ok();
    assert_eq!(
        (&spoken["spokesperson_id"], &spoken["agent_count"]),
        (&json!("the-lab-ada-byron"), &json!(1))
    );
    assert_eq!(http.post(&format!("{path}/pause"), json!({})).await.ok()["status"], "paused");
    http.post(&format!("{path}/chat"), json!({"message": "hi"})).await.problem(403, "forbidden");
    assert_eq!(http.post(&format!("{path}/resume"), json!({})).await.ok()["status"], "idle");
    http.post(&format!("{path}/reset"), json!({})).await.problem(409, "conflict");
    http.delete(path).await.with_status(204);
    http.get(path).await.problem(404, "not_found");
    http.delete("/api/v1/departments/the-lab").await.with_status(204);
    http.delete("/api/v1/departments/the-lab").await.problem(404, "not_found");
    house.end().await;
}

#[tokio::test]
async fn bad_input_names_its_field_and_writes_nothing() {
    let house = House::new().await;
    let head = house.head();
    let (agent, department, task) = ("/api/v1/agents/hr-talent", "/api/v1/departments/hr", "/api/v1/tasks");
    for (method, path, body, status, field) in [
        ("PATCH", agent, json!({"name": null}), 400, "/name"),
        ("PATCH", agent, json!({"name": 5}), 400, "/name"),
        ("PATCH", agent, json!({"params": []}), 400, "/params"),
        ("PATCH", agent, json!({"status": "asleep"}), 400, "/status"),
        ("PATCH", agent, json!({"status": "working"}), 422, "/status"),
        ("PATCH", agent, json!({"type": "magical"}), 422, "/type"),
        ("PATCH", agent, json!({"model": "a\nb"}), 422, "/model"),
        ("PATCH", agent, json!({"model": "no-such-model"}), 422, "/model"),
        ("PATCH", department, json!({"color": "red"}), 422, "/color"),
        ("PATCH", department, json!({"hidden": "yes"}), 400, "/hidden"),
        ("PATCH", department, json!({"spokesperson_id": "legal-justus"}), 422, "/spokesperson_id"),
        ("PATCH", department, json!({"spokesperson_id": "No Slug"}), 400, "/spokesperson_id"),
        ("POST", "/api/v1/departments", json!({}), 400, "/name"),
        ("POST", "/api/v1/agents", json!({"name": "a", "department_id": "hr"}), 400, "/role"),
        ("POST", task, json!({"title": ""}), 422, "/title"),
        ("POST", task, json!({"description": "x"}), 400, "/title"),
        ("POST", task, json!({"title": "x", "priority": "soon"}), 400, "/priority"),
        ("POST", task, json!({"title": "x", "agent_id": "hr-talent", "department_id": "it"}), 404, ""),
        (
            "POST",
            task,
            json!({"title": "x", "agent_id": "hr-talent", "department_id": "legal"}),
            422,
            "/agent_id",
        ),
    ] {
        let answer = house.http.request(method, path).json(&body).send().await;
        let problem = answer.with_status(status);
        if !field.is_empty() {
            assert_eq!(pointer(&problem), field, "{method} {path} {body}");
        }
    }
    house.http.patch("/api/v1/agents/nobody", json!({})).await.problem(404, "not_found");
    house.http.get("/api/v1/tasks?status=asleep").await.problem(400, "invalid_request");
    house.http.get("/api/v1/tasks?cursor=x").await.problem(400, "invalid_request");
    house.http.get("/api/v1/tasks/x").await.problem(404, "not_found");
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_task_lives_over_http_and_the_activity_tells_of_it() {
    let house = House::new().await;
    let http = &house.http;
    let new = json!({"title": "Say it", "agent_id": "hr-talent", "priority": "high"});
    let task = http.post("/api/v1/tasks", new).await.with_status(201);
    let path = format!("/api/v1/tasks/{}", task["task_id"].as_str().unwrap());
    assert_eq!((&task["status"], &task["progress"]), (&json!("pending"), &json!(0.0)));
    assert_eq!((&task["department_id"], &task["session_id"]), (&json!("hr"), &json!(null)));
    let edited = http.patch(&path, json!({"title": "Say it again", "priority": "low"})).await.ok();
    assert_eq!((&edited["title"], &edited["priority"]), (&json!("Say it again"), &json!("low")));
    http.post(&format!("{path}/assign"), json!({})).await.problem(400, "invalid_request");
    let assigned = http.post(&format!("{path}/assign"), json!({"agent_id": "legal-justus"})).await.ok();
    assert_eq!(assigned["department_id"], "legal");
    http.post(&format!("{path}/start"), json!({})).await.with_status(202);
    let done = testkit::wait_until("the task", testkit::DEADLINE, async || {
        Some(http.get(&path).await.ok()).filter(|task| task["status"] == "completed")
    })
    .await;
    assert!(done["result"].as_str().unwrap().starts_with("You said: "), "{done}");
    assert_eq!(done["progress"], 1.0);
    for action in ["start", "cancel", "assign"] {
        let body = json!({"agent_id": "legal-justus"});
        http.post(&format!("{path}/{action}"), body).await.problem(409, "conflict");
    }
    let list = http.get("/api/v1/tasks?department=legal&status=completed&q=again").await.ok();
    assert_eq!((&list["tasks"], &list["next_cursor"]), (&json!([done]), &json!(null)));
    assert_eq!(list["as_of"], house.head());
    let stats = http.get("/api/v1/tasks/stats").await.ok();
    assert_eq!((&stats["by_status"]["completed"], &stats["success_rate"]), (&json!(1), &json!(1.0)));

    let justus = http.get("/api/v1/agents/legal-justus/activity").await.ok();
    let metrics = json!({"tasks_completed": 1, "tasks_failed": 0, "success_rate": 1.0, "replies": 1});
    assert_eq!((&justus["metrics"], &justus["current_task"]), (&metrics, &json!(null)));
    let legal = http.get("/api/v1/departments/legal/activity").await.ok();
    assert_eq!(legal["agents"][0], justus);
    let all = http.get("/api/v1/agents/activity?limit=200").await.ok();
    assert_eq!(all["agents"].as_array().unwrap().len(), 48);
    assert!(all["agents"].as_array().unwrap().contains(&justus));
    http.delete(&path).await.with_status(204);
    http.get(&path).await.problem(404, "not_found");
    house.end().await;
}
