//! Putting a service together.

use crate::events::StoreLog;
use crate::health::Health;
use crate::line::Lines;
use crate::live::LiveReplies;
use crate::pulls::Pulls;
use crate::rules::RuleBook;
use crate::service::{ChatLimits, ChatService, Inner};
use crate::system::{SystemClock, SystemIds};
use crate::told::Told;
use crate::toolbox::Toolbox;
use crate::tools::{Holder, Tooling};
use crate::usage::{self, UsageBook};
use crate::{ChatError, checkpoint, deferred, pulls, recovery, transfer};
use domain::{Budgets, Clock, IdSource, Prices};
use event_bus::EventBus;
use llm_gateway::{
    ChatModel, ClientSettings, Gateway, GatewayBuilder, GatewaySettings, OllamaModel, OpenAiModel, Provider,
    Secret, SetupError,
};
use persistence::{Store, StoreSettings};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Puts a [`ChatService`] together. Only the database has no default.
pub struct ChatServiceBuilder {
    store: Option<StoreSettings>,
    providers: Vec<Provider>,
    client: ClientSettings,
    gateway: GatewaySettings,
    limits: ChatLimits,
    prices: Prices,
    budgets: Budgets,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    tools: Holder,
    at_rest: bool,
}

impl Default for ChatServiceBuilder {
    fn default() -> Self {
        Self {
            store: None,
            providers: Vec::new(),
            client: ClientSettings::default(),
            gateway: GatewaySettings::default(),
            limits: ChatLimits::default(),
            prices: Prices::default(),
            budgets: Budgets::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            tools: Holder::Nobody,
            at_rest: false,
        }
    }
}

impl std::fmt::Debug for ChatServiceBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatServiceBuilder").field("store", &self.store).finish_non_exhaustive()
    }
}

impl ChatServiceBuilder {
    /// The database file; it is made when it is not there.
    #[must_use]
    pub fn database(self, path: impl Into<PathBuf>) -> Self {
        self.store(StoreSettings::new(path))
    }

    /// The database with settings of its own.
    #[must_use]
    pub fn store(mut self, settings: StoreSettings) -> Self {
        self.store = Some(settings);
        self
    }

    /// How model servers are connected to. Set it before naming one.
    #[must_use]
    pub fn client(mut self, settings: ClientSettings) -> Self {
        self.client = settings;
        self
    }

    /// Answers come from an Ollama server.
    ///
    /// # Errors
    /// When the URL is not one of an HTTP server.
    pub fn ollama(self, url: &str) -> Result<Self, SetupError> {
        let model = OllamaModel::new(url, &self.client)?;
        Ok(self.model(Arc::new(model)))
    }

    /// Answers come from a server that speaks the OpenAI wire.
    ///
    /// # Errors
    /// When the URL is not one of an HTTP server.
    pub fn openai(self, url: &str, key: Option<&Secret>) -> Result<Self, SetupError> {
        let model = OpenAiModel::new(url, key, &self.client)?;
        Ok(self.model(Arc::new(model)))
    }

    /// Answers come from this model.
    #[must_use]
    pub fn model(self, model: Arc<dyn ChatModel>) -> Self {
        self.provider(Provider::new(model.provider(), model))
    }

    /// Answers come from this provider too.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// Time-outs and limits of the model side.
    #[must_use]
    pub fn gateway(mut self, settings: GatewaySettings) -> Self {
        self.gateway = settings;
        self
    }

    /// Limits of the service.
    #[must_use]
    pub fn limits(mut self, limits: ChatLimits) -> Self {
        self.limits = limits;
        self
    }

    /// What models cost. Without prices nothing is known to cost anything.
    #[must_use]
    pub fn prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// The most that may be used up; what is beyond is refused, and what waits goes on waiting.
    #[must_use]
    pub fn budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Other ids than the system's.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Who has tools for those who speak.
    #[must_use]
    pub fn toolbox(mut self, toolbox: Arc<dyn Toolbox>) -> Self {
        self.tools = Holder::Is(toolbox);
        self
    }

    /// A service above has tools, and says so with [`ChatService::set_toolbox`]. No reply that may use them is made before.
    #[must_use]
    pub fn awaiting_toolbox(mut self) -> Self {
        self.tools = Holder::Awaited;
        self
    }

    /// For administration: the service asks no model server, and leaves replies that the last run began as they are.
    #[must_use]
    pub fn at_rest(mut self) -> Self {
        self.at_rest = true;
        self
    }

    /// Opens the database, takes up what the last run left, and begins to probe the model server. Does not wait for it.
    /// Must be called within a tokio runtime; the service's tasks run there.
    ///
    /// # Errors
    /// [`ChatError::Invalid`] without a database or model; otherwise what the database says.
    pub async fn start(self) -> Result<ChatService, ChatError> {
        let missing = |field| ChatError::Invalid { field, detail: "is not set".to_owned() };
        if self.providers.is_empty() {
            return Err(missing("model"));
        }
        let store = Store::open(self.store.ok_or_else(|| missing("database"))?)?;
        let usage = UsageBook::open(&store, self.prices, self.budgets, self.clock.now()).await?;
        let usage = Arc::new(usage);
        let rules =
            RuleBook::open(&store, Arc::clone(&self.clock), &self.providers, Arc::clone(&usage)).await?;
        let rules = Arc::new(rules);
        let told = Told::open(&store).await?;
        let bus = EventBus::new(Arc::new(StoreLog(store.clone())));
        let publisher = bus.clone();
        store.observe(move |events| publisher.publish(events));
        let law = Arc::clone(&rules);
        let mut providers = self.providers.into_iter();
        let first = providers.next().ok_or_else(|| missing("model"))?;
        let gateway = providers
            .fold(Gateway::to(first, Arc::clone(&self.clock)), GatewayBuilder::provider)
            .settings(self.gateway)
            .permitted_by(move || law.now().permission())
            .build();
        let inner = Arc::new(Inner {
            store,
            bus,
            gateway,
            clock: self.clock,
            ids: self.ids,
            limits: self.limits,
            live: LiveReplies::default(),
            lines: Lines::default(),
            tracker: TaskTracker::new(),
            runtime: tokio::runtime::Handle::current(),
            shutdown: CancellationToken::new(),
            health: Health::default(),
            rules,
            usage,
            told,
            pulls: Pulls::default(),
            tooling: Tooling::new(self.tools),
            halts: watch::Sender::new(0),
            streaming: Notify::new(),
            deferred: Notify::new(),
            imports: Mutex::new(()),
        });
        if self.at_rest {
            return Ok(ChatService { inner });
        }
        inner.spawn(Health::check(Arc::clone(&inner)));
        inner.spawn(inner.gateway.clone().run_probe(inner.shutdown.clone()));
        inner.spawn(checkpoint::keep(Arc::clone(&inner)));
        inner.spawn(usage::keep(Arc::clone(&inner)));
        let service = ChatService { inner: Arc::clone(&inner) };
        let taken_up = async {
            recovery::take_up(&inner).await?;
            pulls::take_up(&inner).await?;
            transfer::take_up(&inner).await
        };
        if let Err(error) = taken_up.await {
            // Nobody gets the service: its tasks must not keep the file.
            service.shutdown().await;
            return Err(error);
        }
        inner.spawn(deferred::answer(Arc::clone(&inner)));
        Ok(service)
    }
}
