//! A seeded company on a file of its own, and what tests do with it again and again.

use chat_service::{ChatModel, ChatService, Item, OllamaModel, ScriptedModel, Subscribe};
use company_service::{Assignment, Company, CompanyError, NewTask};
use domain::{
    EventFilter, Limit, Message, Position, RecordedEvent, SessionId, Slug, Task, TaskId, TaskStatus,
};
use std::sync::Arc;
use tempfile::TempDir;
use testkit::ModelServer;

/// An agent that most tests work with.
pub(crate) const ATLAS: &str = "engineering-atlas";
/// Another one, of the same department.
pub(crate) const NEXUS: &str = "engineering-nexus";

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// A model that plans three steps for a task, and says of each question what it was.
pub(crate) fn planner() -> ScriptedModel {
    ScriptedModel::new(|request| vec![planned(&request.messages.last().unwrap().content)])
}

/// What a planner answers to a question.
pub(crate) fn planned(question: &str) -> String {
    match question.split_whitespace().nth(2) {
        Some("a") => "STEP 1: Ask\nSTEP 2: Write\nSTEP 3: Check".to_owned(),
        Some(step @ ("1" | "2" | "3")) => format!("Done {step}."),
        _ => "The report.".to_owned(),
    }
}

pub(crate) struct House {
    pub(crate) chat: ChatService,
    pub(crate) company: Company,
    folder: TempDir,
}

impl House {
    pub(crate) async fn new(model: &ScriptedModel) -> Self {
        Self::open(tempfile::tempdir().unwrap(), Arc::new(model.clone())).await
    }

    pub(crate) async fn with_server(server: &ModelServer) -> Self {
        Self::open(tempfile::tempdir().unwrap(), asked(server)).await
    }

    async fn open(folder: TempDir, model: Arc<dyn ChatModel>) -> Self {
        let file = folder.path().join("daena.db");
        let chat = ChatService::builder().database(file).model(model).start().await.unwrap();
        chat.probe_brain().await.unwrap();
        let company = Company::start(chat.clone()).await.unwrap();
        company.seed().await.unwrap();
        Self { chat, company, folder }
    }

    /// Around a company that was started elsewhere.
    pub(crate) const fn around(chat: ChatService, company: Company, folder: TempDir) -> Self {
        Self { chat, company, folder }
    }

    /// The folder, after a shutdown.
    pub(crate) async fn closed(self) -> TempDir {
        self.chat.shutdown().await;
        self.folder
    }

    /// The same file, after a shutdown.
    pub(crate) async fn reopened(self, model: &ScriptedModel) -> Self {
        self.chat.shutdown().await;
        Self::open(self.folder, Arc::new(model.clone())).await
    }

    pub(crate) async fn reopened_with_server(self, server: &ModelServer) -> Self {
        self.chat.shutdown().await;
        Self::open(self.folder, asked(server)).await
    }

    /// Makes a task for an agent and starts it.
    pub(crate) async fn begin(&self, title: &str, agent: &str) -> Task {
        self.company.create_task(NewTask { start: true, ..task_for(title, agent) }).await.unwrap()
    }

    /// Waits until a condition holds of a task.
    pub(crate) async fn until(&self, id: TaskId, holds: impl Fn(&Task) -> bool) -> Task {
        let filter = EventFilter { entity_id: Some(id.to_string()), ..EventFilter::default() };
        let mut events = self.chat.bus().subscribe(Subscribe { filter, ..Subscribe::from_now() });
        let waiting = async {
            loop {
                let task = self.company.task(id).await.unwrap();
                if holds(&task) {
                    return task;
                }
                while !matches!(events.next().await.unwrap(), Item::Event(_)) {}
            }
        };
        match tokio::time::timeout(testkit::DEADLINE, waiting).await {
            Ok(task) => task,
            Err(_) => panic!("waited in vain: {:#?}", self.company.task(id).await),
        }
    }

    pub(crate) async fn until_status(&self, id: TaskId, status: TaskStatus) -> Task {
        self.until(id, |task| task.status == status).await
    }

    pub(crate) fn head(&self) -> Position {
        self.chat.store().head()
    }

    /// The events after a position, in order.
    pub(crate) async fn events_after(&self, since: Position) -> Vec<RecordedEvent> {
        let (mut events, mut since) = (Vec::new(), since);
        loop {
            let limit = Limit::new(200).unwrap();
            let page = self.chat.events_after(since, EventFilter::default(), limit).await.unwrap();
            if page.events.is_empty() {
                return events;
            }
            since = page.next;
            events.extend(page.events);
        }
    }

    /// The names of the events after a position, in order.
    pub(crate) async fn told_after(&self, since: Position) -> Vec<String> {
        self.events_after(since).await.iter().map(|event| event.event_type.to_string()).collect()
    }

    /// The names of a task's events, in order.
    pub(crate) async fn told_of(&self, id: TaskId) -> Vec<String> {
        let events = self.events_after(Position::new(0)).await;
        let ours = events.iter().filter(|event| *event.entity_id == id.to_string());
        ours.map(|event| event.event_type.to_string()).collect()
    }

    /// The messages of a session, oldest first.
    pub(crate) async fn messages(&self, session: SessionId) -> Vec<Message> {
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            tx.messages().page(session, None, Limit::new(200).unwrap())
        };
        self.chat.store().read(read).await.unwrap().items
    }

    pub(crate) async fn end(self) {
        self.chat.shutdown().await;
    }
}

fn asked(server: &ModelServer) -> Arc<dyn ChatModel> {
    Arc::new(OllamaModel::new(&server.url(), &chat_service::ClientSettings::default()).unwrap())
}

/// A task for an agent, not started.
pub(crate) fn task_for(title: &str, agent: &str) -> NewTask {
    let assignment = Assignment { agent_id: Some(agent.to_owned()), department_id: None };
    NewTask { title: title.to_owned(), assignment, ..NewTask::default() }
}

#[track_caller]
pub(crate) fn is_conflict<T: std::fmt::Debug>(answer: Result<T, CompanyError>) {
    assert!(matches!(answer, Err(CompanyError::Conflict { .. })), "{answer:?}");
}

#[track_caller]
pub(crate) fn is_not_found<T: std::fmt::Debug>(answer: Result<T, CompanyError>) {
    assert!(matches!(answer, Err(CompanyError::NotFound { .. })), "{answer:?}");
}

/// The field that a value was refused in.
#[track_caller]
pub(crate) fn refused_in<T: std::fmt::Debug>(answer: Result<T, CompanyError>) -> &'static str {
    match answer {
        Err(CompanyError::Unprocessable { field, .. } | CompanyError::Invalid { field, .. }) => field,
        other => panic!("not refused: {other:?}"),
    }
}
