//! What agents do and have done.

use crate::house::{ATLAS, House, NEXUS, is_not_found, slug};
use chat_service::{Recipient, ScriptedModel, SendMessage};
use domain::{AgentStatus, Limit, TaskStatus};

#[tokio::test]
async fn activity_counts_what_there_is() {
    let model = ScriptedModel::saying("Done.");
    let house = House::new(&model).await;
    let all = house.company.activity(None, Limit::default()).await.unwrap().page;
    assert_eq!((all.items.len(), all.next), (48, None));
    for idle in &all.items {
        assert_eq!((idle.status, &idle.current_task, idle.last_activity), (AgentStatus::Idle, &None, None));
        assert_eq!((idle.metrics.tasks_completed, idle.metrics.success_rate), (0, None));
        assert_eq!((idle.metrics.tasks_failed, idle.metrics.replies), (0, 0));
    }
    for title in ["One", "Two"] {
        let task = house.begin(title, ATLAS).await;
        house.until_status(task.id, TaskStatus::Completed).await;
    }
    let to_atlas = SendMessage::new(Recipient::Agent(slug(ATLAS)), "Hi");
    house.chat.send(to_atlas).await.unwrap().finished().await.unwrap();
    house.chat.send(SendMessage::new(Recipient::Daena, "Hi")).await.unwrap().finished().await.unwrap();
    model.hold();
    let running = house.begin("Three", NEXUS).await;
    house.until_status(running.id, TaskStatus::Running).await;

    let atlas = house.company.agent_activity(slug(ATLAS)).await.unwrap();
    assert_eq!((atlas.status, atlas.current_task), (AgentStatus::Idle, None));
    assert_eq!((atlas.metrics.tasks_completed, atlas.metrics.success_rate), (2, Some(1.0)));
    assert_eq!(atlas.metrics.replies, 3, "two of tasks, one of a talk");
    assert!(atlas.last_activity.is_some());
    let department = house.company.activity_of(slug("engineering")).await.unwrap().page.items;
    assert_eq!((department.len(), &department[0].agent_id), (6, &slug(ATLAS)));
    let nexus = &department[1];
    assert_eq!((nexus.status, nexus.metrics.replies), (AgentStatus::Working, 0));
    let current = nexus.current_task.as_ref().unwrap();
    assert_eq!((current.task_id, current.title.as_str()), (running.id, "Three"));
    assert_eq!(nexus.last_activity, current.started_at);
    is_not_found(house.company.agent_activity(slug("nobody")).await);
    is_not_found(house.company.activity_of(slug("magic")).await);
    house.end().await;
}
