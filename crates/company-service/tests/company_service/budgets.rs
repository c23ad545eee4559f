//! Tasks and debates while a budget is spent, and when it is free again.

use crate::house::{ATLAS, House, NEXUS, planned, slug, task_for};
use crate::retention::Hands;
use chat_service::{ChatError, ChatService, ClientSettings, OllamaModel};
use company_service::{Company, CompanyError, NewDebate, NewTask};
use domain::{Budgets, Clock, DebateStatus, SessionId, TaskStatus};
use std::sync::Arc;
use tempfile::TempDir;
use testkit::{ModelServer, Script};

/// Spent with the first answer of each day.
fn an_answer_a_day() -> Budgets {
    Budgets { daily_tokens: Some(1), ..Budgets::default() }
}

async fn open(folder: TempDir, server: &ModelServer, clock: &Arc<Hands>, budgets: Budgets) -> House {
    let model = OllamaModel::new(&server.url(), &ClientSettings::default()).unwrap();
    let chat = ChatService::builder()
        .database(folder.path().join("daena.db"))
        .model(Arc::new(model))
        .clock(Arc::clone(clock) as Arc<dyn Clock>)
        .budgets(budgets);
    let chat = chat.start().await.unwrap();
    chat.probe_brain().await.unwrap();
    let company = Company::start(chat.clone()).await.unwrap();
    company.seed().await.unwrap();
    House::around(chat, company, folder)
}

#[track_caller]
fn is_too_much<T: std::fmt::Debug>(answer: Result<T, CompanyError>) {
    let spent = matches!(&answer, Err(CompanyError::Chat(ChatError::Spent { detail, .. })) if detail.contains("daily_tokens"));
    assert!(spent, "{answer:?}");
}

impl House {
    async fn until_debate(&self, id: SessionId, status: DebateStatus, messages: usize) {
        testkit::wait_until(&format!("{status} with {messages} messages"), testkit::DEADLINE, async || {
            let record = self.company.debate_record(id).await.unwrap();
            (record.debate.status == status && record.messages.len() >= messages).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_task_goes_on_by_a_step_a_day_where_the_budget_allows_no_more_and_says_why_it_waits() {
    let server = ModelServer::start(Script::by(|request| vec![planned(request.last_user())])).await;
    let clock = Arc::new(Hands::default());
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, an_answer_a_day()).await;
    let unstarted = house.company.create_task(task_for("Later", NEXUS)).await.unwrap();
    let task = house.begin("Report", ATLAS).await;
    for done in 1..=4 {
        let waits = house
            .until(task.id, |task| task.status == TaskStatus::Pending && task.run.turns_done == done)
            .await;
        let reason = waits.error.unwrap();
        assert!(reason.contains("the budget daily_tokens of 1 tokens is spent"), "{reason}");
        let head = house.head();
        is_too_much(house.company.start_task(unstarted.id).await);
        let new = NewTask { start: true, ..task_for("Another", NEXUS) };
        is_too_much(house.company.create_task(new).await);
        house.company.start_task(task.id).await.expect("it is started already");
        assert_eq!(house.head(), head);
        clock.days_later(1);
    }
    let done = house.until_status(task.id, TaskStatus::Completed).await;
    assert_eq!(done.result.as_deref(), Some("The report."));
    assert_eq!(server.stats().chats, 5, "no step was asked twice");
    house.end().await;
}

#[tokio::test]
async fn a_started_task_waits_with_the_reason_over_a_restart_and_begins_when_the_configuration_allows_it() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let clock = Arc::new(Hands::default());
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, an_answer_a_day()).await;
    let first = house.begin("First", ATLAS).await;
    server.wait_for("the first to be asked", |stats| stats.held == 1).await;
    let second = house.begin("Second", ATLAS).await;
    server.set(Script::default());
    server.release();
    house.until_status(first.id, TaskStatus::Completed).await;
    house.until(second.id, |task| task.error.as_ref().is_some_and(|why| why.contains("daily_tokens"))).await;
    let house = open(house.closed().await, &server, &clock, an_answer_a_day()).await;
    assert_eq!(house.company.task(second.id).await.unwrap().status, TaskStatus::Pending);
    assert_eq!(server.stats().chats, 1);
    let house = open(house.closed().await, &server, &clock, Budgets::default()).await;
    let done = house.until_status(second.id, TaskStatus::Completed).await;
    assert_eq!(done.error, None);
    house.end().await;
}

#[tokio::test]
async fn a_debate_waits_where_it_is_goes_on_when_the_day_turns_and_new_ones_are_refused() {
    let server = ModelServer::start(Script::echo()).await;
    let clock = Arc::new(Hands::default());
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, an_answer_a_day()).await;
    let asked = |id: &str| NewDebate {
        topic: "Shall we?".into(),
        rounds: Some(1),
        client_message_id: Some(id.into()),
        ..NewDebate::default()
    };
    let debate = house.company.start_debate(slug("finance"), asked("d-1")).await.unwrap().debate.id;
    house.until_debate(debate, DebateStatus::Deferred, 2).await;
    let head = house.head();
    is_too_much(house.company.start_debate(slug("finance"), asked("d-2")).await);
    assert_eq!(house.company.start_debate(slug("finance"), asked("d-1")).await.unwrap().debate.id, debate);
    assert_eq!(house.head(), head);
    clock.days_later(1);
    house.until_debate(debate, DebateStatus::Deferred, 3).await;
    assert_eq!(server.stats().chats, 2);
    let house = open(house.closed().await, &server, &clock, Budgets::default()).await;
    house.until_debate(debate, DebateStatus::Synthesized, 4).await;
    house.end().await;
}
