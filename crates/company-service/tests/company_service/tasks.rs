//! Tasks, from their creation to their end.

use crate::house::{ATLAS, House, NEXUS, is_conflict, is_not_found, planner, refused_in, slug, task_for};
use chat_service::{Item, ScriptedModel, Subscribe, TaskFilter, Within};
use company_service::{Assignment, NewTask, TaskEdit};
use domain::view::TaskView;
use domain::{EventFilter, Limit, MessageState, Position, Scope, TaskId, TaskPriority, TaskStatus};
use testkit::{Fault, ModelServer, Script};

#[tokio::test]
async fn a_task_that_needs_no_plan_is_done_in_one_turn() {
    let model = ScriptedModel::saying("42.");
    let house = House::new(&model).await;
    let head = house.head();
    let new = NewTask { description: Some("Six times seven.".into()), ..task_for("Multiply", ATLAS) };
    let task = house.company.create_task(NewTask { start: true, ..new }).await.unwrap();
    assert_eq!((task.status, task.department_id), (TaskStatus::Pending, Some(slug("engineering"))));
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!((done.result.as_deref(), done.error), (Some("42."), None));
    assert!((done.run.progress() - 1.0).abs() < f64::EPSILON);
    assert!(done.run.started_at.is_some() && done.run.finished_at.is_some());
    let session = house.chat.session(done.run.session_id.unwrap(), Within::Anywhere).await.unwrap();
    assert_eq!(session.title.as_str(), "Multiply");
    assert_eq!(session.scope, Scope::Agent { agent: slug(ATLAS), department: slug("engineering") });
    let said = house.messages(session.id).await;
    assert!(said[0].content.contains("Multiply") && said[0].content.contains("Six times seven."));
    assert_eq!((said.len(), said[1].content.as_str()), (2, "42."));
    assert_eq!(
        house.told_after(head).await,
        [
            "task.created",
            "chat.session.created",
            "task.updated",
            "chat.message",
            "chat.reply.started",
            "chat.message",
            "task.progress",
            "task.completed"
        ]
    );
    is_conflict(house.company.start_task(task.id).await);
    is_conflict(house.company.cancel_task(task.id).await);
    house.end().await;
}

#[tokio::test]
async fn a_plan_is_worked_step_by_step_and_progress_is_told_per_turn() {
    let model = planner();
    let house = House::new(&model).await;
    let mut signals = house.chat.bus().subscribe(Subscribe { signals: true, ..Subscribe::from_now() });
    let task = house.begin("Report", ATLAS).await;
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.result.as_deref(), Some("The report."));
    assert_eq!(model.requests().len(), 5);
    let said = house.messages(done.run.session_id.unwrap()).await;
    let answers: Vec<&str> = said.iter().skip(1).step_by(2).map(|message| message.content.as_str()).collect();
    assert_eq!(answers[1..], ["Done 1.", "Done 2.", "Done 3.", "The report."]);
    let events = house.events_after(Position::new(0)).await;
    let mine = events.iter().filter(|event| *event.entity_id == task.id.to_string());
    let told = mine.map(|event| {
        let view: TaskView = serde_json::from_str(event.payload.get()).unwrap();
        (event.position, event.event_type.to_string(), format!("{} {:.1}", view.status, view.progress))
    });
    let told: Vec<_> = told.collect();
    assert!(told.is_sorted());
    let words: Vec<String> = told.into_iter().map(|(_, name, state)| format!("{name} {state}")).collect();
    assert_eq!(
        words,
        [
            "task.created pending 0.0",
            "task.updated running 0.0",
            "task.progress running 0.2",
            "task.progress running 0.4",
            "task.progress running 0.6",
            "task.progress running 0.8",
            "task.progress running 1.0",
            "task.completed completed 1.0",
        ]
    );
    let progress = loop {
        if let Item::Signal(signal) = signals.next().await.unwrap() {
            let said: serde_json::Value = serde_json::from_slice(signal.json()).unwrap();
            if said["type"] == "progress" {
                break said;
            }
        }
    };
    assert_eq!(progress["task_id"], task.id.to_string());
    assert_eq!(progress["turn"], 1);
    house.end().await;
}

#[tokio::test]
async fn a_task_of_a_department_is_done_by_who_answers_for_it() {
    let house = House::new(&ScriptedModel::saying("Done.")).await;
    let for_legal = Assignment { department_id: Some("legal".into()), agent_id: None };
    let new = NewTask { title: "Read it".into(), assignment: for_legal.clone(), ..NewTask::default() };
    let task = house.company.create_task(new).await.unwrap();
    assert_eq!(task.agent_id, None);
    house.company.pause_agent(slug("legal-justus")).await.unwrap();
    house.company.start_task(task.id).await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.agent_id, Some(slug("legal-compliance")));

    let nobodys = NewTask { title: "Whose?".into(), ..NewTask::default() };
    let task = house.company.create_task(nobodys.clone()).await.unwrap();
    is_conflict(house.company.start_task(task.id).await);
    let head = house.head();
    is_conflict(house.company.create_task(NewTask { start: true, ..nobodys }).await);
    assert_eq!(house.head(), head, "a task that cannot start is not made");
    house.company.assign_task(task.id, for_legal).await.unwrap();
    house.company.start_task(task.id).await.unwrap();
    house.until_status(task.id, TaskStatus::Completed).await;
    house.end().await;
}

#[tokio::test]
async fn a_model_that_fails_fails_the_task_and_a_new_start_is_a_new_run() {
    let server = ModelServer::start(Script::fault(Fault::Status(500))).await;
    let house = House::with_server(&server).await;
    let task = house.begin("Report", ATLAS).await;
    let failed = house.until_status(task.id, TaskStatus::Failed).await;
    assert!(failed.error.is_some_and(|error| error.contains("500")));
    assert!(failed.run.finished_at.is_some());
    assert_eq!(house.told_of(task.id).await, ["task.created", "task.updated", "task.failed"]);
    server.set(Script::tokens(["Done."]));
    let again = house.company.start_task(task.id).await.unwrap();
    assert_eq!((again.error, again.run.number), (None, 2));
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_ne!(done.run.session_id, failed.run.session_id);
    assert_eq!(done.result.as_deref(), Some("Done."));
    let stats = house.company.task_stats().await.unwrap();
    assert_eq!((stats.total, stats.success_rate), (1, Some(1.0)));
    house.end().await;
}

#[tokio::test]
async fn a_cancel_ends_the_generation_and_keeps_the_partial_text() {
    let script = Script { hold_after: Some(2), ..Script::tokens(["One ", "two ", "three"]) };
    let server = ModelServer::start(script).await;
    let house = House::with_server(&server).await;
    let task = house.begin("Count", ATLAS).await;
    server.wait_for("the answer to be held", |stats| stats.held == 1).await;
    let running = house.until_status(task.id, TaskStatus::Running).await;
    is_conflict(house.company.delete_task(task.id).await);
    is_conflict(house.company.start_task(task.id).await);
    let title = TaskEdit { title: Some("Other".into()), ..TaskEdit::default() };
    is_conflict(house.company.edit_task(task.id, title).await);
    let cancelled = house.company.cancel_task(task.id).await.unwrap();
    assert_eq!(cancelled.status, TaskStatus::Cancelled);
    server.wait_for("the generation to end", |stats| stats.streams_cancelled == 1).await;
    let said = house.messages(running.run.session_id.unwrap()).await;
    assert_eq!((&said[1].state, said[1].content.as_str()), (&MessageState::Stopped, "One two "));
    is_conflict(house.company.cancel_task(task.id).await);
    assert_eq!(house.told_of(task.id).await, ["task.created", "task.updated", "task.cancelled"]);
    house.company.delete_task(task.id).await.unwrap();
    is_not_found(house.company.task(task.id).await);
    house.end().await;
}

#[tokio::test]
async fn a_reply_that_is_stopped_by_hand_ends_its_task() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.hold();
    let task = house.begin("Report", ATLAS).await;
    model.asked_times(1).await;
    let running = house.until_status(task.id, TaskStatus::Running).await;
    let reply = house.messages(running.run.session_id.unwrap()).await[1].id;
    house.chat.stop(reply).await.unwrap();
    house.until_status(task.id, TaskStatus::Cancelled).await;
    house.end().await;
}

#[tokio::test]
async fn a_paused_agents_task_waits_says_so_and_begins_when_it_is_resumed() {
    let model = planner();
    let house = House::new(&model).await;
    house.company.pause_agent(slug(ATLAS)).await.unwrap();
    let task = house.begin("Report", ATLAS).await;
    assert_eq!(task.error.as_deref(), Some("Atlas is paused"));
    let other = house.begin("Other", NEXUS).await;
    house.until_status(other.id, TaskStatus::Completed).await;
    assert_eq!(house.company.task(task.id).await.unwrap().status, TaskStatus::Pending);
    house.company.resume_agent(slug(ATLAS)).await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.error, None);
    house.end().await;
}

#[tokio::test]
async fn an_agent_paused_in_the_middle_ends_its_turn_and_goes_on_when_resumed() {
    let model = planner();
    let house = House::new(&model).await;
    model.hold();
    let task = house.begin("Report", ATLAS).await;
    model.asked_times(1).await;
    house.company.pause_agent(slug(ATLAS)).await.unwrap();
    model.release();
    let waits = house.until(task.id, |task| task.error.is_some()).await;
    assert_eq!((waits.status, waits.run.turns_done), (TaskStatus::Pending, 1));
    house.company.resume_agent(slug(ATLAS)).await.unwrap();
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.run.session_id, waits.run.session_id);
    assert_eq!(model.requests().len(), 5, "no turn was asked twice");
    house.end().await;
}

#[tokio::test]
async fn a_deleted_agent_leaves_its_open_tasks_to_somebody_else() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.hold();
    let running = house.begin("Running", ATLAS).await;
    model.asked_times(1).await;
    let waiting = house.company.create_task(task_for("Waiting", ATLAS)).await.unwrap();
    house.company.delete_agent(slug(ATLAS)).await.unwrap();
    for (id, was_started) in [(running.id, true), (waiting.id, false)] {
        let left = house.company.task(id).await.unwrap();
        assert_eq!((left.status, left.agent_id, left.run.session_id), (TaskStatus::Pending, None, None));
        assert_eq!((left.run.requested_at.is_some(), left.error.is_some()), (was_started, was_started));
    }
    model.release();
    for id in [running.id, waiting.id] {
        let given = house.company.assign_task(id, task_for("", NEXUS).assignment).await.unwrap();
        assert_eq!((given.status, given.error), (TaskStatus::Pending, None));
    }
    assert_eq!(house.company.task(waiting.id).await.unwrap().run.requested_at, None);
    let done = house.until_status(running.id, TaskStatus::Completed).await;
    assert_eq!(done.agent_id, Some(slug(NEXUS)));
    house.end().await;
}

#[tokio::test]
async fn a_started_task_that_lost_its_agent_is_begun_by_hand_by_its_departments_spokesperson() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.hold();
    let task = house.begin("Report", ATLAS).await;
    model.asked_times(1).await;
    house.company.delete_agent(slug(ATLAS)).await.unwrap();
    model.release();
    let begun = house.company.start_task(task.id).await.unwrap();
    assert!(begun.agent_id.is_some() && begun.error.is_none(), "{begun:?}");
    house.until_status(task.id, TaskStatus::Completed).await;
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_field_and_writes_nothing() {
    let house = House::new(&ScriptedModel::saying("Done.")).await;
    let task = house.company.create_task(task_for("Report", ATLAS)).await.unwrap();
    let head = house.head();
    let make = |new| house.company.create_task(new);
    assert_eq!(refused_in(make(task_for(" ", ATLAS)).await), "title");
    let long = NewTask { description: Some("x".repeat(20_001)), ..task_for("a", ATLAS) };
    assert_eq!(refused_in(make(long).await), "description");
    let stranger = Assignment { department_id: Some("legal".into()), agent_id: Some(ATLAS.into()) };
    let strange = NewTask { assignment: stranger, ..task_for("a", ATLAS) };
    assert_eq!(refused_in(make(strange).await), "agent_id");
    is_not_found(make(task_for("a", "nobody")).await);
    assert_eq!(refused_in(house.company.assign_task(task.id, Assignment::default()).await), "agent_id");
    is_not_found(house.company.start_task(TaskId::new(house.chat.ids().next_id())).await);
    house.company.edit_task(task.id, TaskEdit::default()).await.unwrap();
    let same = TaskEdit { title: Some("Report".into()), ..TaskEdit::default() };
    house.company.edit_task(task.id, same).await.unwrap();
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn tasks_are_listed_newest_first_by_what_they_are() {
    let house = House::new(&ScriptedModel::saying("Done.")).await;
    let mut made = Vec::new();
    for number in 0..7 {
        let agent = if number % 2 == 0 { ATLAS } else { "legal-justus" };
        let priority = (number == 3).then_some(TaskPriority::Urgent);
        let new = NewTask { priority, ..task_for(&format!("Task {number}"), agent) };
        made.push(house.company.create_task(new).await.unwrap().id);
    }
    made.reverse();
    let limit = Limit::new(3).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = house.company.tasks(TaskFilter::default(), after, limit).await.unwrap().page;
        seen.extend(page.items.iter().map(|task| task.id));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let count =
        async |filter| house.company.tasks(filter, None, Limit::default()).await.unwrap().page.items.len();
    let any = TaskFilter::default;
    assert_eq!(count(TaskFilter { agent: Some(slug(ATLAS)), ..any() }).await, 4);
    assert_eq!(count(TaskFilter { department: Some(slug("legal")), ..any() }).await, 3);
    assert_eq!(count(TaskFilter { priority: Some(TaskPriority::Urgent), ..any() }).await, 1);
    assert_eq!(count(TaskFilter { status: Some(TaskStatus::Failed), ..any() }).await, 0);
    assert_eq!(count(TaskFilter { text: Some("task 5".into()), ..any() }).await, 1);
    let stats = house.company.task_stats().await.unwrap();
    assert_eq!((stats.total, stats.by_status[&TaskStatus::Pending]), (7, 7));
    assert_eq!((stats.by_priority[&TaskPriority::Medium], stats.by_department["legal"]), (6, 3));
    assert_eq!((stats.average_seconds, stats.success_rate), (None, None));
    house.end().await;
}

#[tokio::test]
async fn no_task_begins_during_maintenance_and_those_that_wait_do_after_it() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    model.hold();
    let first = house.begin("First", ATLAS).await;
    model.asked_times(1).await;
    let second = house.begin("Second", ATLAS).await;
    house.company.maintain("a new disk").await.unwrap();
    let filter = EventFilter { entity_id: Some(second.id.to_string()), ..EventFilter::default() };
    let mut events = house.chat.bus().subscribe(Subscribe { filter, ..Subscribe::from_now() });
    model.release();
    house.until_status(first.id, TaskStatus::Completed).await;
    // Its place is free. Nothing comes of that.
    let quiet = std::time::Duration::from_millis(700);
    while let Ok(item) = tokio::time::timeout(quiet, events.next()).await {
        assert!(!matches!(item.unwrap(), Item::Event(_)));
    }
    house.company.end_maintenance().await.unwrap();
    house.until_status(second.id, TaskStatus::Completed).await;
    house.end().await;
}
