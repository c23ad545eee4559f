//! A company whose councils debate, and the model server it asks.

use crate::house::slug;
use chat_service::{
    ChatLimits, ChatService, ClientSettings, GatewaySettings, OllamaModel, Provider, StoreSettings,
};
use company_service::{Company, CompanyLimits, DebateLimits, DebateRecord, NewDebate};
use domain::{DebateStatus, EventFilter, Limit, Message, Position, RecordedEvent, SessionId, Synthesis};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{ChatRequest, ModelServer, Script, wait_until};

/// Long enough for whatever is to happen.
pub(super) const LONG: Duration = Duration::from_secs(60);

pub(super) struct House {
    pub(super) chat: ChatService,
    pub(super) company: Company,
    folder: TempDir,
}

impl House {
    /// With the company of the seed, and the brain connected.
    pub(super) async fn new(server: &ModelServer) -> Self {
        Self::with_limits(server, DebateLimits::default()).await
    }

    pub(super) async fn with_limits(server: &ModelServer, limits: DebateLimits) -> Self {
        Self::seeded(&[server], limits).await
    }

    /// With several model servers, the first of them in use.
    pub(super) async fn with_servers(servers: &[&ModelServer]) -> Self {
        Self::seeded(servers, DebateLimits::default()).await
    }

    async fn seeded(servers: &[&ModelServer], limits: DebateLimits) -> Self {
        let house = Self::open(tempfile::tempdir().unwrap(), servers, limits).await;
        house.company.seed().await.unwrap();
        house.chat.probe_brain().await.unwrap();
        house
    }

    async fn open(folder: TempDir, servers: &[&ModelServer], limits: DebateLimits) -> Self {
        let gateway =
            GatewaySettings { probe_interval: Duration::from_millis(100), ..GatewaySettings::default() };
        let mut builder = ChatService::builder()
            .store(StoreSettings::new(folder.path().join("daena.db")))
            .limits(ChatLimits { checkpoint_interval: Duration::from_millis(5), ..ChatLimits::default() })
            .gateway(gateway);
        for server in servers {
            let model = OllamaModel::new(&server.url(), &ClientSettings::default()).unwrap();
            builder = builder.provider(Provider::new(server.url(), Arc::new(model)));
        }
        let chat = builder.start().await.unwrap();
        let company =
            Company::start_with(chat.clone(), CompanyLimits { debates: limits, ..CompanyLimits::default() })
                .await
                .unwrap();
        Self { chat, company, folder }
    }

    /// Shuts down, and starts again over the same file.
    pub(super) async fn restart(self, server: &ModelServer) -> Self {
        self.chat.shutdown().await;
        Self::open(self.folder, &[server], DebateLimits::default()).await
    }

    /// Starts over what a crash at this moment would leave.
    pub(super) async fn after_a_crash(&self, server: &ModelServer) -> Self {
        let wreck = tempfile::tempdir().unwrap();
        for name in ["daena.db", "daena.db-wal"] {
            std::fs::copy(self.folder.path().join(name), wreck.path().join(name)).unwrap();
        }
        Self::open(wreck, &[server], DebateLimits::default()).await
    }

    pub(super) async fn start(&self, new: NewDebate) -> SessionId {
        self.company.start_debate(slug("finance"), new).await.unwrap().debate.id
    }

    pub(super) async fn record(&self, id: SessionId) -> DebateRecord {
        self.company.debate_record(id).await.unwrap()
    }

    /// Waits until the debate is like this.
    pub(super) async fn until(
        &self,
        id: SessionId,
        what: &str,
        is: impl Fn(&DebateRecord) -> bool,
    ) -> DebateRecord {
        wait_until(what, LONG, async || Some(self.record(id).await).filter(&is)).await
    }

    pub(super) async fn until_status(&self, id: SessionId, status: DebateStatus) -> DebateRecord {
        self.until(id, &format!("the debate to be {status}"), |record| record.debate.status == status).await
    }

    /// Waits until the debate has its synthesis.
    pub(super) async fn synthesized(&self, id: SessionId) -> (DebateRecord, Synthesis) {
        let record = self.until_status(id, DebateStatus::Synthesized).await;
        let synthesis = record.debate.synthesis.clone().unwrap();
        (record, synthesis)
    }

    pub(super) async fn events(&self) -> Vec<RecordedEvent> {
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = events.last().map_or(Position::START, |last| last.position);
            let page = self.chat.events_after(after, EventFilter::default(), Limit::new(200).unwrap());
            let page = page.await.unwrap().events;
            if page.is_empty() {
                return events;
            }
            events.extend(page);
        }
    }

    /// The names of a debate's events, those of its session left out.
    pub(super) async fn story(&self, id: SessionId) -> Vec<String> {
        let told = format!("\"debate_id\":\"{id}\"");
        let events = self.events().await;
        let of = events.iter().filter(|event| event.payload.get().contains(&told));
        of.map(|event| event.event_type.to_string()).collect()
    }
}

pub(super) fn debate(topic: &str) -> NewDebate {
    NewDebate { topic: topic.to_owned(), rounds: Some(1), ..NewDebate::default() }
}

/// Whose turn a request is: the speaker's name as the prompt gives it.
pub(super) fn speaker(request: &ChatRequest) -> String {
    let system = request.system();
    let rest = system.strip_prefix("You are ").unwrap_or_default();
    rest.split(',').next().unwrap_or_default().to_owned()
}

/// Every member says its name and the number of what it heard; Daena writes sections.
pub(super) fn civil(request: &ChatRequest) -> Vec<String> {
    match speaker(request).as_str() {
        "Daena" => vec![
            "RECOMMENDATION\nSell the house.\n".to_owned(),
            "AGREEMENTS\n- Rates are high\nDISAGREEMENTS\nnone\nCAVEATS\n- Taxes\n".to_owned(),
        ],
        name => vec![name.to_owned(), " thinks ".to_owned(), "so.".to_owned()],
    }
}

/// A server on which everybody is civil.
pub(super) async fn civil_server() -> ModelServer {
    ModelServer::start(Script::by(civil)).await
}

/// A script for some, civil for all others.
pub(super) fn but(choose: impl Fn(&str) -> Option<Script> + Send + Sync + 'static) -> Script {
    Script { choose: Script::choose(move |request| choose(&speaker(request))).choose, ..Script::by(civil) }
}

/// Who said what, in order: name and text.
pub(super) fn said(messages: &[Message]) -> Vec<(&str, &str)> {
    messages.iter().map(|message| (message.speaker.name.as_str(), message.content.as_str())).collect()
}
