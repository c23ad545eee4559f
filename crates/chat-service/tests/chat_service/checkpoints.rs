//! The text of a reply in the making is kept as it comes.

use crate::house::{House, Plan, ollama, read_to, soon, to_daena};
use chat_service::domain::{Clock, MessageState, Timestamp};
use chat_service::{ChatService, StoreSettings, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{DEADLINE, ModelServer, Script, wait_until};

#[tokio::test]
async fn a_held_reply_has_its_text_on_disk_and_no_event_tells_of_it() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let (id, session) = (turn.reply.id, turn.session.id);
    let since = house.head();
    let kept = |text: &'static str| house.row_is(id, "the text to be kept", move |row| row.content == text);
    assert_eq!(kept("Hello from").await.state, MessageState::Streaming);
    server.step(1);
    kept("Hello from the").await;
    assert_eq!(house.head(), since, "a checkpoint is no event");
    assert_eq!(house.session(session).await.last_message.unwrap().preview.as_str(), "Speak");
    server.release();
    assert_eq!(soon(turn.finished()).await.unwrap().reply.content, "Hello from the model.");
    assert_eq!(house.head().get(), since.get() + 1);
    assert_eq!(house.row(id).await.unwrap().state, MessageState::Complete);
}

/// A clock that counts how often it is asked: each checkpoint asks once.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        self.0.fetch_add(1, Ordering::SeqCst);
        SystemClock.now()
    }
}

#[tokio::test]
async fn a_checkpoint_that_finds_the_database_busy_is_made_later() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Counting::default());
    let mut store = StoreSettings::new(folder.path().join("daena.db"));
    store.queue = 16;
    let plan = Plan::default();
    let chat = ChatService::builder()
        .store(store)
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .model(Arc::new(ollama(&server)))
        .limits(plan.limits)
        .gateway(plan.gateway)
        .start()
        .await
        .unwrap();
    let house = House::around(chat, folder);
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let jammed = house.jam_writer().await;
    let mut updates = turn.updates();
    server.step(1);
    read_to(&mut updates, "Hello".len()).await;
    let asked = clock.0.load(Ordering::SeqCst);
    let tried = async || (clock.0.load(Ordering::SeqCst) >= asked + 2).then_some(());
    wait_until("two checkpoints to be tried", DEADLINE, tried).await;
    drop(jammed);
    house.row_is(id, "the text to be kept", |row| row.content == "Hello").await;
}
