//! The company a new database starts with.

use chat_service::{AgentFilter, ChatService, ScriptedModel};
use company_service::{AgentEdit, Company};
use domain::{EventFilter, Limit, Position, Slug};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) async fn company(folder: &TempDir) -> (ChatService, Company) {
    let model = Arc::new(ScriptedModel::saying("Hello."));
    let chat =
        ChatService::builder().database(folder.path().join("a.db")).model(model).start().await.unwrap();
    (chat.clone(), Company::new(chat))
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

pub(crate) async fn event_types_after(chat: &ChatService, since: Position) -> Vec<String> {
    let page = chat.events_after(since, EventFilter::default(), Limit::default()).await.unwrap();
    page.events.iter().map(|event| event.event_type.to_string()).collect()
}

#[tokio::test]
async fn a_seeded_company_has_8_departments_of_6_agents_and_a_second_seeding_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    assert!(company.is_empty().await.unwrap());
    let first = company.seed().await.unwrap();
    assert_eq!((first.made.len(), first.kept), (8 + 48 + 12 + 2 + 4 + 20, 0));
    let departments = company.departments(false, None, Limit::default()).await.unwrap().page.items;
    assert_eq!(departments.len(), 8);
    for department in &departments {
        assert_eq!(department.agent_count, 6, "{}", department.slug);
        let agents = company.agents_of(department.slug.clone()).await.unwrap().page.items;
        assert_eq!(agents.len(), 6);
        assert_eq!(department.spokesperson_id.as_ref(), Some(&agents[0].slug));
    }
    let head = chat.store().head();
    let again = company.seed().await.unwrap();
    assert_eq!((again.made.len(), again.kept), (0, 94));
    assert_eq!(chat.store().head(), head);
    chat.shutdown().await;
}

#[tokio::test]
async fn seeding_brings_back_what_was_deleted_and_leaves_what_was_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    company.delete_agent(slug("hr-talent")).await.unwrap();
    let edit = AgentEdit { name: Some("Hercules".into()), ..AgentEdit::default() };
    company.edit_agent(slug("engineering-atlas"), edit).await.unwrap();
    assert_eq!(company.missing_from_seed().await.unwrap().made.len(), 1);
    let head = chat.store().head();
    let report = company.seed().await.unwrap();
    assert_eq!(report.made.iter().map(|thing| thing.id.as_str()).collect::<Vec<_>>(), ["hr-talent"]);
    assert_eq!(event_types_after(&chat, head).await, ["agent.created"]);
    assert_eq!(company.agent(slug("engineering-atlas")).await.unwrap().name, "Hercules");
    assert_eq!(company.agent(slug("hr-talent")).await.unwrap().role, "Recruiter");
    chat.shutdown().await;
}

#[tokio::test]
async fn agents_are_listed_page_by_page_and_by_department_and_text() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = company.agents(AgentFilter::default(), after, Limit::new(7).unwrap()).await.unwrap().page;
        seen.extend(page.items.into_iter().map(|agent| agent.slug));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 48);
    assert!(seen.is_sorted());
    let retention = AgentFilter { text: Some("retention".into()), ..AgentFilter::default() };
    assert_eq!(company.agents(retention, None, Limit::default()).await.unwrap().page.items.len(), 2);
    let legal = AgentFilter { department: Some(slug("legal")), ..AgentFilter::default() };
    assert_eq!(company.agents(legal, None, Limit::default()).await.unwrap().page.items.len(), 6);
    let nobody = AgentFilter { department: Some(slug("magic")), ..AgentFilter::default() };
    assert!(company.agents(nobody, None, Limit::default()).await.is_err());
    chat.shutdown().await;
}
