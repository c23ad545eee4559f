//! Many tasks at a time.

use crate::house::{ATLAS, House, NEXUS, task_for};
use chat_service::{Recipient, ScriptedModel, SendMessage, TaskFilter};
use company_service::NewTask;
use domain::{Limit, MessageState, TaskPriority, TaskStatus};
use testkit::{ChatRequest, ModelServer, Script};

async fn running(house: &House) -> usize {
    let filter = TaskFilter { status: Some(TaskStatus::Running), ..TaskFilter::default() };
    house.company.tasks(filter, None, Limit::default()).await.unwrap().page.items.len()
}

#[tokio::test]
async fn an_agent_does_one_task_at_a_time_the_most_urgent_first() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.hold();
    let first = house.begin("First", ATLAS).await;
    model.asked_times(1).await;
    let mut waiting = Vec::new();
    for priority in [TaskPriority::Low, TaskPriority::Urgent, TaskPriority::Medium] {
        let new = NewTask { priority: Some(priority), start: true, ..task_for(priority.as_str(), ATLAS) };
        waiting.push(house.company.create_task(new).await.unwrap());
    }
    let other = house.begin("Other", NEXUS).await;
    house.until_status(other.id, TaskStatus::Running).await;
    assert_eq!(running(&house).await, 2, "one of each agent");
    model.release();
    house.until_status(first.id, TaskStatus::Completed).await;
    let mut done = Vec::new();
    for task in waiting {
        done.push(house.until_status(task.id, TaskStatus::Completed).await);
    }
    done.sort_by_key(|task| task.run.started_at);
    let order: Vec<&str> = done.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(order, ["urgent", "medium", "low"]);
    house.end().await;
}

#[tokio::test]
async fn fifty_tasks_at_once_leave_the_model_to_chats_and_are_all_done() {
    let for_tasks = Script { hold_after: Some(0), ..Script::tokens(["Done."]) };
    let choose = move |request: &ChatRequest| {
        request.last_user().starts_with("You have a task").then(|| for_tasks.clone())
    };
    let server = ModelServer::start(Script::choose(choose)).await;
    let house = House::with_server(&server).await;
    let agents = house.company.agents(chat_service::AgentFilter::default(), None, Limit::default()).await;
    let agents: Vec<String> =
        agents.unwrap().page.items.into_iter().map(|agent| agent.slug.to_string()).collect();
    let mut tasks = Vec::new();
    for number in 0..50 {
        tasks.push(house.begin(&format!("Task {number}"), &agents[number % agents.len()]).await.id);
    }
    server.wait_for("the places to be taken", |stats| stats.held == 4).await;
    let turn = house.chat.send(SendMessage::new(Recipient::Daena, "Hello")).await.unwrap();
    assert_eq!(turn.finished().await.unwrap().reply.state, MessageState::Complete);
    assert_eq!(running(&house).await, 4);
    server.release();
    for task in tasks {
        house.until_status(task, TaskStatus::Completed).await;
    }
    let stats = house.company.task_stats().await.unwrap();
    assert_eq!((stats.by_status[&TaskStatus::Completed], stats.success_rate), (50, Some(1.0)));
    assert!(stats.average_seconds.is_some_and(|seconds| seconds > 0.0));
    house.end().await;
}
