//! Tasks while the brain is away, and across restarts.

use crate::house::{ATLAS, House, planned, planner, task_for};
use chat_service::ScriptedModel;
use company_service::{NewTask, TaskEdit};
use domain::{MessageState, Role, SessionId, TaskStatus};
use testkit::{ChatRequest, ModelServer, Script};

/// How many questions were asked in a session: each turn stands there once.
async fn questions(house: &House, session: SessionId) -> usize {
    house.messages(session).await.iter().filter(|message| message.role == Role::User).count()
}

#[tokio::test]
async fn offline_a_task_stays_pending_says_so_and_begins_when_the_brain_is_back() {
    let model = planner();
    let house = House::new(&model).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let task = house.company.create_task(task_for("Report", ATLAS)).await.unwrap();
    let waits = house.company.start_task(task.id).await.unwrap();
    assert_eq!(waits.status, TaskStatus::Pending);
    assert!(waits.error.is_some_and(|error| error.contains("offline")));
    let head = house.head();
    house.company.start_task(task.id).await.unwrap();
    assert_eq!(house.head(), head, "it waits already");
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!((done.result.as_deref(), done.error), (Some("The report."), None));
    house.end().await;
}

#[tokio::test]
async fn a_brain_that_goes_away_in_the_middle_is_waited_for_and_asked_nothing_twice() {
    let model = planner();
    let house = House::new(&model).await;
    model.hold();
    let task = house.begin("Report", ATLAS).await;
    model.asked_times(1).await;
    model.set_online(false);
    let waits = house.until(task.id, |task| task.error.is_some()).await;
    assert_eq!(waits.status, TaskStatus::Pending);
    let session = waits.run.session_id.unwrap();
    assert_eq!(house.messages(session).await[1].state, MessageState::Deferred);
    model.release();
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.run.session_id, Some(session));
    assert_eq!((questions(&house, session).await, done.result.as_deref()), (5, Some("The report.")));
    house.end().await;
}

#[tokio::test]
async fn a_task_that_waits_for_the_brain_can_be_cancelled_or_told_anew() {
    let model = planner();
    let house = House::new(&model).await;
    model.hold();
    let task = house.begin("Report", ATLAS).await;
    model.asked_times(1).await;
    model.set_online(false);
    let waits = house.until(task.id, |task| task.error.is_some()).await;
    let old = waits.run.session_id.unwrap();
    let title = TaskEdit { title: Some("Another report".into()), ..TaskEdit::default() };
    let told = house.company.edit_task(task.id, title).await.unwrap();
    assert_eq!((told.status, told.run.number, told.run.session_id), (TaskStatus::Pending, 2, None));
    assert_eq!(house.messages(old).await[1].state, MessageState::Stopped);
    model.release();
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert!(house.messages(done.run.session_id.unwrap()).await[0].content.contains("Another report"));

    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let task = house.begin("Never", ATLAS).await;
    house.company.cancel_task(task.id).await.unwrap();
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let last = house.begin("Last", ATLAS).await;
    house.until_status(last.id, TaskStatus::Completed).await;
    assert_eq!(house.company.task(task.id).await.unwrap().status, TaskStatus::Cancelled);
    house.end().await;
}

#[tokio::test]
async fn after_a_restart_a_task_goes_on_with_the_step_it_was_at() {
    let model = planner();
    let house = House::new(&model).await;
    let task = house.company.create_task(task_for("Report", ATLAS)).await.unwrap();
    model.hold();
    house.company.start_task(task.id).await.unwrap();
    model.asked_times(1).await;
    let model = planner();
    model.hold();
    let house = house.reopened(&model).await;
    assert_eq!(house.company.task(task.id).await.unwrap().status, TaskStatus::Running);
    model.asked_times(1).await;
    model.release();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.result.as_deref(), Some("The report."));
    assert_eq!((questions(&house, done.run.session_id.unwrap()).await, model.requests().len()), (5, 5));
    house.end().await;
}

#[tokio::test]
async fn a_step_that_was_cut_off_by_a_shutdown_is_made_again_in_place() {
    let held = |request: &ChatRequest| {
        let step_two = request.last_user().starts_with("Do step 2");
        let tokens = planned(request.last_user());
        let tokens: Vec<String> = tokens.split_inclusive(' ').map(str::to_owned).collect();
        let script = Script::tokens(tokens);
        Some(if step_two { Script { hold_after: Some(1), ..script } } else { script })
    };
    let server = ModelServer::start(Script::choose(held)).await;
    let house = House::with_server(&server).await;
    let task = house.begin("Report", ATLAS).await;
    server.wait_for("step 2 to be held", |stats| stats.held == 1).await;
    let before = house.until(task.id, |task| task.run.turns_done == 2).await;
    let house = house.reopened_with_server(&server).await;
    server.wait_for("step 2 to be asked again", |stats| stats.chats == 4 && stats.held == 1).await;
    server.release();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.run.session_id, before.run.session_id);
    let said = house.messages(done.run.session_id.unwrap()).await;
    assert_eq!((said.len(), said[5].content.as_str()), (10, "Done 2."));
    let told = house.told_of(task.id).await;
    let progress = told.iter().filter(|name| *name == "task.progress").count();
    assert_eq!(progress, 5, "each finished turn is told once: {told:?}");
    house.end().await;
}

#[tokio::test]
async fn a_task_that_was_wanted_before_a_restart_begins_after_it() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let new = NewTask { start: true, ..task_for("Report", ATLAS) };
    let task = house.company.create_task(new).await.unwrap();
    let house = house.reopened(&ScriptedModel::saying("Done.")).await;
    house.until_status(task.id, TaskStatus::Completed).await;
    house.end().await;
}
