//! The service.

use crate::CompanyError;
use crate::connections::{ConnectionSettings, Connections};
use crate::debates::{DebateLimits, Debates};
use crate::overview::{CountLimits, Counting};
use crate::tasks::{Places, TaskLimits};
use crate::upkeep::Upkeep;
use crate::voice::Voices;
use chat_service::{Change, ChatService, Store};
use domain::Actor;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::oneshot;
use voice_gateway::VoiceGateway;

/// How much the company does at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompanyLimits {
    /// Of tasks.
    pub tasks: TaskLimits,
    /// Of debates.
    pub debates: DebateLimits,
    /// Of connections.
    pub connections: ConnectionSettings,
    /// Of what is counted for the dashboard.
    pub counts: CountLimits,
}

/// The company around the conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Company {
    pub(crate) chat: ChatService,
    pub(crate) tasks: Arc<Places>,
    pub(crate) debates: Arc<Debates>,
    pub(crate) upkeep: Arc<Upkeep>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) voice: Arc<Voices>,
    pub(crate) counting: Arc<Counting>,
}

impl Company {
    /// The company of a conversation service's database, at rest: for administration. Nothing runs by itself.
    pub fn new(chat: ChatService) -> Self {
        Self::at_rest_with(chat, ConnectionSettings::default())
    }

    /// As [`Company::new`], with the keys of its secrets elsewhere than beside the database.
    pub fn at_rest_with(chat: ChatService, connections: ConnectionSettings) -> Self {
        let connections = Arc::new(Connections::new(&chat, connections));
        let voice = silent(&chat);
        Self {
            chat,
            tasks: Arc::default(),
            debates: Arc::default(),
            upkeep: Arc::default(),
            connections,
            voice,
            counting: Arc::default(),
        }
    }

    /// The company at work: takes up what the last run left, and goes on until the conversation service shuts down.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start(chat: ChatService) -> Result<Self, CompanyError> {
        Self::start_with(chat, CompanyLimits::default()).await
    }

    /// As [`Company::start`], with limits of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start_with(chat: ChatService, limits: CompanyLimits) -> Result<Self, CompanyError> {
        let company = Self {
            tasks: Arc::new(Places::new(limits.tasks)),
            debates: Arc::new(Debates::new(limits.debates)),
            counting: Arc::new(Counting::new(limits.counts)),
            ..Self::at_rest_with(chat, limits.connections)
        };
        company.connections.take_up().await?;
        company.chat.spawn(company.clone().keep_clearing_expired());
        company.chat.spawn(company.chat.clone().keep_telling_of_brain());
        company.take_up_tasks().await?;
        company.chat.spawn(company.clone().run_tasks());
        company.keep_debating();
        Ok(company)
    }

    pub(crate) fn store(&self) -> &Store {
        self.chat.store()
    }

    /// The slugs of the agents that are making a reply or are at work on a task.
    pub(crate) fn working_agents(&self) -> Vec<String> {
        let mut working = self.chat.working_agents();
        working.extend(self.tasks.agents());
        working
    }

    pub(crate) fn change(&self, actor: Actor) -> Change {
        Change::new(actor, self.chat.clock().now())
    }

    /// The name of a model that may become an agent's or a member's own, without white space at its ends.
    pub(crate) async fn check_model(&self, name: &str) -> Result<String, CompanyError> {
        let name = name.trim();
        let refused = |detail| CompanyError::Unprocessable { field: "model", detail };
        self.chat.check_model(name).await.map_err(refused)?;
        Ok(name.to_owned())
    }

    /// Does work to its end, even when who asked for it goes away: it is never done by halves, and what is stored also has
    /// its effect.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, CompanyError>> + Send + 'static,
    ) -> Result<T, CompanyError> {
        let (done, ended) = oneshot::channel();
        self.chat.spawn(async move {
            // Who asked may be gone.
            done.send(work.await).ok();
        });
        ended.await.unwrap_or(Err(CompanyError::ShuttingDown))
    }
}

/// No speech engine.
fn silent(chat: &ChatService) -> Arc<Voices> {
    Arc::new(Voices::new(VoiceGateway::builder(Arc::clone(chat.clock())).build()))
}
