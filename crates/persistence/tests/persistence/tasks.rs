//! Tasks: kept as they were stored, told of once, counted truly.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change, slug, task};
use domain::{EventFilter, Position, Task, TaskPriority, TaskRun, TaskStatus};
use persistence::TaskWrite;

async fn told(company: &Company) -> Vec<String> {
    let events = company.read(|tx| tx.events().after(Position::new(0), &EventFilter::default(), 1000)).await;
    events.iter().map(|event| event.event_type.to_string()).collect()
}

#[tokio::test]
async fn a_task_is_read_as_it_was_stored_and_each_change_told_once() {
    let company = Company::new();
    let new = task(8);
    let full = Task {
        status: TaskStatus::Completed,
        result: Some("漢".into()),
        error: Some("late".into()),
        run: TaskRun { turns_done: 3, turns: 5, finished_at: Some(at(9)), ..new.run.next() },
        ..new.clone()
    };
    let (made, changed) = (new.clone(), full.clone());
    company
        .write(move |tx| {
            tx.tasks_mut().create(&made, &change(1))?;
            for how in [TaskWrite::Updated, TaskWrite::Progress, TaskWrite::Over] {
                assert!(tx.tasks_mut().write(&changed, how, &change(2))?);
            }
            Ok(())
        })
        .await;
    let id = new.id;
    assert_eq!(company.read(move |tx| tx.tasks().get(id)).await, Some(full.clone()));
    let gone = company.write(move |tx| {
        assert!(tx.tasks_mut().delete(&full, &change(3))?);
        assert!(!tx.tasks_mut().delete(&full, &change(3))?, "a second time there is nothing");
        tx.tasks_mut().write(&full, TaskWrite::Updated, &change(4))
    });
    assert!(!gone.await);
    assert_eq!(
        told(&company).await,
        ["task.created", "task.updated", "task.progress", "task.completed", "task.deleted"]
    );
}

#[tokio::test]
async fn the_most_urgent_and_longest_wanted_task_of_a_free_agent_is_next() {
    let company = Company::new();
    let wanted = |number: u32, priority, agent: &str, since| Task {
        status: TaskStatus::Pending,
        priority,
        agent_id: Some(slug(agent)),
        run: TaskRun { requested_at: Some(at(since)), ..TaskRun::new(1) },
        ..task(number)
    };
    let tasks = [
        wanted(1, TaskPriority::Low, "a", 1),
        wanted(2, TaskPriority::Urgent, "a", 9),
        wanted(3, TaskPriority::Urgent, "a", 5),
        wanted(4, TaskPriority::High, "b", 2),
        Task { agent_id: None, ..wanted(5, TaskPriority::Urgent, "a", 1) },
        Task { run: TaskRun::new(1), ..wanted(6, TaskPriority::Urgent, "b", 1) },
        Task { status: TaskStatus::Running, ..wanted(7, TaskPriority::Urgent, "b", 1) },
    ];
    company.write(move |tx| tasks.iter().try_for_each(|task| tx.tasks_mut().create(task, &change(1)))).await;
    for (without, expected) in [(vec![], Some(3)), (vec!["a"], Some(4)), (vec!["a", "b"], None)] {
        let without: Vec<String> = without.into_iter().map(str::to_owned).collect();
        let next = company.read(move |tx| tx.tasks().next_waiting(&without)).await;
        assert_eq!(next.map(|next| next.id), expected.map(|number| task(number).id));
    }
}

#[tokio::test]
async fn counts_are_those_of_the_rows() {
    let company = Company::new();
    company
        .write(|tx| (1..=60).try_for_each(|number| tx.tasks_mut().create(&task(number), &change(1))))
        .await;
    let tallies = company.read(|tx| tx.tasks().tallies()).await;
    let all: Vec<Task> = (1..=60).map(task).collect();
    assert_eq!(tallies.iter().map(|tally| tally.count).sum::<i64>(), 60);
    for tally in &tallies {
        let same = |task: &&Task| {
            (task.status, task.priority) == (tally.status, tally.priority)
                && task.department_id.as_ref().map(ToString::to_string) == tally.department_id
        };
        let took = |task: &Task| Some(task.run.finished_at?.as_micros() - task.run.started_at?.as_micros());
        assert_eq!(tally.count, i64::try_from(all.iter().filter(same).count()).unwrap());
        assert_eq!(tally.took_micros, all.iter().filter(same).filter_map(took).sum::<i64>());
    }
    let agents = vec!["hr-harmony".to_owned(), "nobody".to_owned()];
    let done = company.read(move |tx| tx.tasks().done_by(&agents)).await;
    assert_eq!(done.len(), 1);
    let of = |status| {
        let harmony = slug("hr-harmony");
        let mine =
            all.iter().filter(|task| task.agent_id.as_ref() == Some(&harmony) && task.status == status);
        i64::try_from(mine.count()).unwrap()
    };
    let tally = done.get("hr-harmony").unwrap();
    assert_eq!((tally.completed, tally.failed), (of(TaskStatus::Completed), of(TaskStatus::Failed)));
    assert_eq!(tally.last_task_at, Some(at(2 * 57)));
}
