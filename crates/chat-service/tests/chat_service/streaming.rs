//! Watching a reply come, from anywhere in it.

use crate::house::{House, ollama, openai, read_all, read_to, soon, to_daena};
use chat_service::domain::{MessageState, Position};
use chat_service::{ChatError, ChatModel};
use testkit::{ModelServer, Script};

const TOKENS: [&str; 6] = ["Grüße ", "漢字", " 👩‍👩‍👧‍👦", " e\u{301}", "\u{202e}سلام", " \n end."];

fn whole() -> String {
    TOKENS.concat()
}

fn held(after: usize) -> Script {
    Script { hold_after: Some(after), split: Some(3), ..Script::tokens(TOKENS) }
}

async fn streams(server: &ModelServer, model: impl ChatModel) {
    let house = House::new(model).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    let (text, reply) = read_all(&mut turn.updates(), 0).await;
    assert_eq!(text, whole());
    assert_eq!(reply.unwrap().content, whole());
    assert_eq!(house.row(id).await.unwrap().content, whole());
    assert_eq!(server.chats().len(), 1);
}

#[tokio::test]
async fn the_updates_joined_are_the_stored_text_whatever_the_chunks() {
    for split in [None, Some(1), Some(2), Some(5)] {
        let script = Script { split, ..Script::tokens(TOKENS) };
        let server = ModelServer::start(script.clone()).await;
        streams(&server, ollama(&server)).await;
        let server = ModelServer::start(Script { coalesce: split.is_none(), ..script }).await;
        streams(&server, openai(&server)).await;
    }
}

#[tokio::test]
async fn two_watchers_and_one_that_rejoins_get_the_same_text() {
    let server = ModelServer::start(held(2)).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    let mut first = turn.updates();
    let begin = TOKENS[..2].concat();
    assert_eq!(read_to(&mut first, begin.len()).await, begin);
    drop(first);
    assert_eq!(house.message(id).await.content, begin, "what is there is told, checkpoint or not");
    let mut whole_watcher = house.chat.watch_reply(id, 0).await.unwrap();
    let mut rejoined = house.chat.watch_reply(id, begin.len()).await.unwrap();
    let mut middle = house.chat.watch_reply(id, TOKENS[0].len()).await.unwrap();
    server.step(1);
    assert_eq!(read_to(&mut rejoined, TOKENS[2].len()).await, TOKENS[2]);
    server.release();
    assert_eq!(read_all(&mut whole_watcher, 0).await.0, whole());
    assert_eq!(read_all(&mut middle, TOKENS[0].len()).await.0, whole()[TOKENS[0].len()..]);
    let from = TOKENS[..3].concat().len();
    let (rest, reply) = read_all(&mut rejoined, from).await;
    assert_eq!(rest, whole()[from..]);
    assert_eq!(*reply.unwrap(), house.row(id).await.unwrap());
}

#[tokio::test]
async fn after_the_end_any_offset_gives_the_rest_and_the_end() {
    let server = ModelServer::start(Script::tokens(TOKENS)).await;
    let house = House::new(ollama(&server)).await;
    let reply = house.turn(to_daena("Speak")).await.reply;
    for (offset, _) in whole().char_indices().chain([(whole().len(), ' ')]) {
        let mut updates = house.chat.watch_reply(reply.id, offset).await.unwrap();
        let (rest, end) = read_all(&mut updates, offset).await;
        assert_eq!(rest, whole()[offset..]);
        assert_eq!(end.unwrap(), reply);
    }
}

#[tokio::test]
async fn an_offset_inside_a_character_or_past_the_end_is_refused() {
    let server = ModelServer::start(held(2)).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    let there = TOKENS[..2].concat().len();
    let mut updates = turn.updates();
    read_to(&mut updates, there).await;
    let refused = async |offset| match house.chat.watch_reply(id, offset).await {
        Err(ChatError::Invalid { field: "offset", .. }) => true,
        Err(other) => panic!("{other}"),
        Ok(_) => false,
    };
    for (offset, expected) in
        [(3, true), (there - 1, true), (there + 1, true), (usize::MAX, true), (there, false)]
    {
        assert_eq!(refused(offset).await, expected, "in the making: {offset}");
    }
    server.release();
    read_all(&mut updates, there).await;
    for (offset, expected) in
        [(3, true), (whole().len() + 1, true), (usize::MAX, true), (whole().len(), false)]
    {
        assert_eq!(refused(offset).await, expected, "at its end: {offset}");
    }
    let unknown = chat_service::domain::MessageId::new(house.chat.ids().next_id());
    assert!(matches!(house.chat.watch_reply(unknown, 0).await, Err(ChatError::NotFound { .. })));
}

#[tokio::test]
async fn a_reply_goes_on_when_nobody_watches_or_waits() {
    let server = ModelServer::start(held(1)).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let id = turn.reply.id;
    let mut updates = turn.updates();
    read_to(&mut updates, TOKENS[0].len()).await;
    drop(updates);
    server.release();
    assert_eq!(house.row_has(id, MessageState::Complete).await.content, whole());
}

#[tokio::test]
async fn a_send_whose_future_is_dropped_is_a_turn_all_the_same() {
    let server = ModelServer::start(Script::tokens(TOKENS)).await;
    let house = House::new(ollama(&server)).await;
    let blocked = house.block_writer().await;
    let mut send = Box::pin(house.chat.send(to_daena("Speak")));
    assert!(futures_util::poll!(&mut send).is_pending());
    drop(send);
    drop(blocked);
    server.wait_for("the answer", |stats| stats.streams_finished == 1).await;
    let told = async || {
        let events = house.events_after(Position::START).await;
        (events.len() == 4).then_some(())
    };
    testkit::wait_until("the turn to be told", testkit::DEADLINE, told).await;
}

#[tokio::test]
async fn the_text_is_stored_once_whoever_watches() {
    let server = ModelServer::start(held(3)).await;
    let house = House::new(ollama(&server)).await;
    let turn = house.send(to_daena("Speak")).await;
    let (id, session) = (turn.reply.id, turn.session.id);
    let mut watchers = vec![turn.updates()];
    for _ in 0..8 {
        watchers.push(house.chat.watch_reply(id, 0).await.unwrap());
    }
    server.release();
    for watcher in &mut watchers {
        assert_eq!(soon(read_all(watcher, 0)).await.0, whole());
    }
    assert_eq!(house.messages(session).await.len(), 2);
    assert_eq!(house.story(session).await.iter().filter(|name| *name == "chat.message").count(), 2);
    assert_eq!(server.chats().len(), 1);
}
