//! A service over a file in a folder of its own, and what tests ask it.

use chat_service::domain::{
    Agent, EventFilter, Limit, Message, MessageId, MessageState, Position, RecordedEvent, Session, SessionId,
    Slug,
};
use chat_service::{
    ChatLimits, ChatModel, ChatService, ClientSettings, Finished, GatewaySettings, OllamaModel, OpenAiModel,
    OpenedSession, Recipient, ReplyUpdate, ReplyUpdates, SendMessage, StoreSettings, Turn, Within,
};
use company_service::Company;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{DEADLINE, Fault, ModelServer, Script, wait_until};

/// Long enough for whatever is to happen.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A service that runs.
pub(crate) struct House {
    pub(crate) chat: ChatService,
    folder: TempDir,
}

/// How a service is to be.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) limits: ChatLimits,
    pub(crate) gateway: GatewaySettings,
    pub(crate) queue: usize,
}

impl Default for Plan {
    /// No limit is run into, and the probe asks only when a test wants it.
    fn default() -> Self {
        let limits = ChatLimits {
            note_deadline: LONG,
            checkpoint_interval: Duration::from_millis(5),
            shutdown_grace: LONG,
            ..ChatLimits::default()
        };
        let gateway = GatewaySettings {
            probe_interval: Duration::from_secs(3600),
            probe_timeout: LONG,
            ..GatewaySettings::default()
        };
        Self { limits, gateway, queue: 4096 }
    }
}

impl House {
    /// With this model, probed.
    pub(crate) async fn new(model: impl ChatModel) -> Self {
        Self::planned(model, Plan::default()).await
    }

    pub(crate) async fn planned(model: impl ChatModel, plan: Plan) -> Self {
        let house = Self::open(tempfile::tempdir().unwrap(), model, plan).await;
        house.chat.probe_brain().await.unwrap();
        house
    }

    /// With this model, probed; it is asked one question at a time.
    pub(crate) async fn one_at_a_time(model: impl ChatModel) -> Self {
        let gateway = GatewaySettings { concurrency: 1, ..Plan::default().gateway };
        Self::planned(model, Plan { gateway, ..Plan::default() }).await
    }

    /// With the company of the seed.
    pub(crate) async fn staffed(model: impl ChatModel) -> Self {
        let house = Self::new(model).await;
        house.seed().await;
        house
    }

    pub(crate) async fn seed(&self) {
        Company::new(self.chat.clone()).seed().await.unwrap();
    }

    /// Over what is in the folder; the model is not asked anything first.
    pub(crate) async fn open(folder: TempDir, model: impl ChatModel, plan: Plan) -> Self {
        let mut store = StoreSettings::new(folder.path().join("daena.db"));
        store.queue = plan.queue;
        let chat = ChatService::builder()
            .store(store)
            .model(Arc::new(model))
            .limits(plan.limits)
            .gateway(plan.gateway)
            .start()
            .await
            .unwrap();
        Self { chat, folder }
    }

    /// Around a service that was started elsewhere.
    pub(crate) const fn around(chat: ChatService, folder: TempDir) -> Self {
        Self { chat, folder }
    }

    /// Shuts down, and starts again over the same file.
    pub(crate) async fn restart(self, model: impl ChatModel) -> Self {
        self.chat.shutdown().await;
        Self::open(self.folder, model, Plan::default()).await
    }

    pub(crate) fn into_folder(self) -> TempDir {
        self.folder
    }

    /// What a crash at this moment would leave, in a folder of its own.
    pub(crate) fn wreck(&self) -> TempDir {
        let wreck = tempfile::tempdir().unwrap();
        for name in ["daena.db", "daena.db-wal"] {
            std::fs::copy(self.folder.path().join(name), wreck.path().join(name)).unwrap();
        }
        wreck
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("daena.db")
    }

    pub(crate) async fn send(&self, message: SendMessage) -> Turn {
        self.chat.send(message).await.unwrap()
    }

    /// A whole turn.
    pub(crate) async fn turn(&self, message: SendMessage) -> Finished {
        soon(self.send(message).await.finished()).await.unwrap()
    }

    /// A whole turn whose reply fails; the server answers well from then on.
    pub(crate) async fn turn_that_fails(&self, server: &ModelServer) -> Message {
        server.set(Script::fault(Fault::Status(500)));
        let reply = self.turn(to_daena("Speak")).await.reply;
        assert_eq!(reply.state.as_str(), "failed");
        server.set(Script::default());
        Message::clone(&reply)
    }

    pub(crate) async fn message(&self, id: MessageId) -> Message {
        self.chat.message(id).await.unwrap()
    }

    /// The message as its row is, without what is in memory.
    pub(crate) async fn row(&self, id: MessageId) -> Option<Message> {
        self.chat.store().read(move |tx| tx.messages().get(id)).await.unwrap()
    }

    pub(crate) async fn row_is(&self, id: MessageId, what: &str, is: impl Fn(&Message) -> bool) -> Message {
        wait_until(what, DEADLINE, async || self.row(id).await.filter(&is)).await
    }

    /// Waits for the next event of a reply that says it has this state.
    pub(crate) async fn row_has(&self, id: MessageId, state: MessageState) -> Message {
        self.row_is(id, &format!("{id} to be {}", state.as_str()), |row| row.state == state).await
    }

    pub(crate) async fn opened(&self, id: SessionId) -> OpenedSession {
        self.chat.open_session(id, Within::Anywhere, None, Limit::new(200).unwrap()).await.unwrap()
    }

    pub(crate) async fn messages(&self, id: SessionId) -> Vec<Message> {
        self.opened(id).await.messages.items
    }

    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.chat.session(id, Within::Anywhere).await.unwrap()
    }

    /// All events after a position, and that they are dense.
    pub(crate) async fn events_after(&self, since: Position) -> Vec<RecordedEvent> {
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = events.last().map_or(since, |last| last.position);
            let page = self.chat.events_after(after, EventFilter::default(), Limit::new(200).unwrap());
            let page = page.await.unwrap().events;
            if page.is_empty() {
                break;
            }
            events.extend(page);
        }
        for (event, place) in events.iter().zip(since.get() + 1..) {
            assert_eq!(event.position.get(), place, "positions are dense");
        }
        events
    }

    pub(crate) fn head(&self) -> Position {
        self.chat.store().head()
    }

    /// The names of all events of a session.
    pub(crate) async fn story(&self, id: SessionId) -> Vec<String> {
        let id = id.to_string();
        let events = self.events_after(Position::START).await;
        events.iter().filter(|it| *it.entity_id == *id).map(|it| it.event_type.to_string()).collect()
    }

    pub(crate) async fn session_count(&self) -> i64 {
        let totals = self.chat.stats().await.unwrap().totals;
        totals.live + totals.deleted
    }

    pub(crate) async fn agent(&self, slug: &str) -> Agent {
        let slug = slug_of(slug);
        self.chat.store().read(move |tx| tx.agents().get(&slug)).await.unwrap().unwrap()
    }

    pub(crate) async fn department(&self, slug: &str) -> chat_service::domain::Department {
        let slug = slug_of(slug);
        self.chat.store().read(move |tx| tx.departments().get(&slug)).await.unwrap().unwrap()
    }

    /// Changes an agent behind everybody's back.
    pub(crate) async fn change_agent(&self, slug: &str, change: impl Fn(&mut Agent)) {
        let mut agent = self.agent(slug).await;
        change(&mut agent);
        let by = self.by_system();
        self.chat.store().write(move |tx| tx.agents_mut().update(&agent, &by)).await.unwrap();
    }

    pub(crate) fn by_system(&self) -> chat_service::Change {
        chat_service::Change::new(chat_service::domain::Actor::System, self.chat.clock().now())
    }

    /// Blocks the writer and fills its queue.
    pub(crate) async fn jam_writer(&self) -> JammedWriter {
        let blocked = self.block_writer().await;
        let mut waiting = Vec::new();
        loop {
            let store = self.chat.store().clone();
            let mut write: PendingWrite =
                Box::pin(async move { store.write(|_| Ok::<_, chat_service::StoreError>(())).await });
            match futures_util::poll!(&mut write) {
                Poll::Pending => waiting.push(write),
                Poll::Ready(Err(chat_service::StoreError::Busy)) => break,
                Poll::Ready(other) => panic!("{other:?}"),
            }
        }
        JammedWriter { _waiting: waiting, _blocked: blocked }
    }

    /// Lets the writer do nothing until the guard goes.
    pub(crate) async fn block_writer(&self) -> BlockedWriter {
        let (release, released) = std::sync::mpsc::sync_channel::<()>(1);
        let (reached, blocked) = tokio::sync::oneshot::channel();
        let (mut reached, store) = (Some(reached), self.chat.store().clone());
        let blocking = tokio::spawn(async move {
            let job = move |_: &mut chat_service::WriteTx<'_>| {
                if let Some(reached) = reached.take() {
                    reached.send(()).unwrap();
                    // Ends when the guard goes, too.
                    released.recv().ok();
                }
                Ok::<_, chat_service::StoreError>(())
            };
            store.write(job).await
        });
        blocked.await.unwrap();
        BlockedWriter { _release: release, _blocking: blocking }
    }
}

type PendingWrite = Pin<Box<dyn Future<Output = Result<(), chat_service::StoreError>>>>;

/// A writer that does nothing and whose queue is full. Dropping it lets it go on.
pub(crate) struct JammedWriter {
    _waiting: Vec<PendingWrite>,
    _blocked: BlockedWriter,
}

/// Dropping it lets the writer go on.
pub(crate) struct BlockedWriter {
    _release: std::sync::mpsc::SyncSender<()>,
    _blocking: tokio::task::JoinHandle<Result<(), chat_service::StoreError>>,
}

/// What must not take for ever.
pub(crate) async fn soon<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, wait).await.expect("it takes too long")
}

pub(crate) fn ollama(server: &ModelServer) -> OllamaModel {
    OllamaModel::new(&server.url(), &ClientSettings::default()).unwrap()
}

pub(crate) fn openai(server: &ModelServer) -> OpenAiModel {
    OpenAiModel::new(&server.openai_url(), None, &ClientSettings::default()).unwrap()
}

pub(crate) fn slug_of(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

pub(crate) fn to_daena(text: &str) -> SendMessage {
    SendMessage::new(Recipient::Daena, text)
}

pub(crate) fn to_department(slug: &str, text: &str) -> SendMessage {
    SendMessage::new(Recipient::Department(slug_of(slug)), text)
}

pub(crate) fn to_agent(slug: &str, text: &str) -> SendMessage {
    SendMessage::new(Recipient::Agent(slug_of(slug)), text)
}

pub(crate) fn identified(id: &str, message: SendMessage) -> SendMessage {
    SendMessage { client_message_id: Some(id.to_owned()), ..message }
}

/// Reads until this much text is there.
pub(crate) async fn read_to(updates: &mut ReplyUpdates, bytes: usize) -> String {
    let mut text = String::new();
    while text.len() < bytes {
        match soon(updates.next()).await {
            Some(ReplyUpdate::Delta { text: more, .. }) => text.push_str(&more),
            Some(ReplyUpdate::Note(_)) => {}
            other => panic!("the reply ended at {text:?}: {other:?}"),
        }
    }
    text
}

/// Reads to the end: the text, put together by offsets that must join from `offset` on, and the reply as it ended.
pub(crate) async fn read_all(updates: &mut ReplyUpdates, from: usize) -> (String, Option<Arc<Message>>) {
    let mut text = String::new();
    loop {
        match soon(updates.next()).await {
            Some(ReplyUpdate::Delta { offset, text: more }) => {
                assert_eq!(offset, from + text.len(), "a gap or a repeat");
                text.push_str(&more);
            }
            Some(ReplyUpdate::Note(_)) => {}
            Some(ReplyUpdate::Done(reply)) => {
                assert!(soon(updates.next()).await.is_none(), "nothing follows the end");
                return (text, Some(reply));
            }
            None => return (text, None),
        }
    }
}
