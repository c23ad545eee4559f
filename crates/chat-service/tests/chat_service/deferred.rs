//! How what waited for the brain is answered.

use crate::house::{House, Plan, ollama, slug_of, to_agent, to_daena};
use chat_service::domain::{MessageId, MessageState};
use chat_service::{ChatService, Provider};
use company_service::{AgentEdit, Company};
use std::sync::Arc;
use testkit::{ModelCard, ModelServer, Script};

/// Questions that wait while the server is away; the second and third are of one session.
async fn waiting(house: &House, server: &ModelServer, texts: &[&str]) -> Vec<MessageId> {
    server.stop().await;
    house.chat.probe_brain().await.unwrap();
    let mut ids = Vec::new();
    for text in texts {
        ids.push(house.send(to_daena(text)).await.reply.id);
    }
    ids
}

async fn back(house: &House, server: &ModelServer) {
    server.restart().await;
    assert!(house.chat.probe_brain().await.unwrap().status.connected);
}

#[tokio::test]
async fn a_server_that_returns_without_a_model_leaves_deferred_replies_waiting() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let ids = waiting(&house, &server, &["one", "two"]).await;
    server.set(Script { models: Vec::new(), ..Script::default() });
    back(&house, &server).await;
    for text in ["three", "four", "five"] {
        assert_eq!(house.turn(to_daena(text)).await.reply.state.as_str(), "failed", "nobody can answer");
    }
    for id in &ids {
        assert_eq!(house.row(*id).await.unwrap().state, MessageState::Deferred);
    }
    server.set(Script::default());
    house.chat.probe_brain().await.unwrap();
    for id in ids {
        house.row_has(id, MessageState::Complete).await;
    }
}

#[tokio::test]
async fn deferred_replies_that_hang_hold_back_only_their_own_sessions() {
    let hangs = Script { hold_after: Some(0), ..Script::default() };
    let script = {
        let hangs = hangs.clone();
        Script::choose(move |asked| asked.last_user().starts_with("hang").then(|| hangs.clone()))
    };
    let server = ModelServer::start(script).await;
    let house = House::new(ollama(&server)).await;
    let ids = waiting(&house, &server, &["hang one", "hang two", "three", "four", "five", "six"]).await;
    let session = house.message(ids[0]).await.session_id;
    let behind = house.send(to_daena("seven").in_session(session)).await.reply.id;
    back(&house, &server).await;
    for id in &ids[2..] {
        house.row_has(*id, MessageState::Complete).await;
    }
    assert_eq!(house.row(behind).await.unwrap().state, MessageState::Deferred, "in its order");
    assert!(server.stats().max_active <= 4, "{:?}", server.stats());
    server.set(Script::default());
    server.release();
    for id in [ids[0], ids[1], behind] {
        house.row_has(id, MessageState::Complete).await;
    }
}

#[tokio::test]
async fn no_more_than_four_deferred_replies_are_made_at_a_time_the_oldest_first() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let ids = waiting(&house, &server, &["one", "two", "three", "four", "five", "six"]).await;
    back(&house, &server).await;
    server.wait_for("four to be held", |stats| stats.held == 4).await;
    house.chat.probe_brain().await.unwrap();
    assert_eq!(server.stats().chats, 4);
    let mut asked: Vec<_> =
        server.chats().into_iter().map(|chat| chat.messages.last().unwrap().1.clone()).collect();
    asked.sort();
    assert_eq!(asked, ["four", "one", "three", "two"]);
    server.set(Script::default());
    server.release();
    for id in ids {
        house.row_has(id, MessageState::Complete).await;
    }
    assert_eq!(server.stats().max_active, 4);
}

#[tokio::test]
async fn what_waits_for_a_provider_that_is_away_leaves_the_others_alone() {
    const ATLAS: &str = "engineering-atlas";
    let near = ModelServer::start(Script::default()).await;
    let far =
        ModelServer::start(Script { models: vec![ModelCard::new("far", 8192)], ..Script::default() }).await;
    let folder = tempfile::tempdir().unwrap();
    let builder = ChatService::builder()
        .database(folder.path().join("daena.db"))
        .provider(Provider::new("near", Arc::new(ollama(&near))))
        .provider(Provider::new("far", Arc::new(ollama(&far))))
        .limits(Plan::default().limits)
        .gateway(Plan::default().gateway);
    let house = House::around(builder.start().await.unwrap(), folder);
    house.seed().await;
    house.chat.probe_brain().await.unwrap();
    let edit = AgentEdit { model: Some(Some("far".into())), ..AgentEdit::default() };
    Company::new(house.chat.clone()).edit_agent(slug_of(ATLAS), edit).await.unwrap();
    far.stop().await;
    let mut waiting = Vec::new();
    for text in ["one", "two", "three", "four", "five"] {
        let turn = house.turn(to_agent(ATLAS, text)).await;
        assert_eq!(turn.reply.state, MessageState::Deferred);
        waiting.push(turn.reply);
    }
    near.stop().await;
    house.chat.probe_brain().await.unwrap();
    let daenas = house.send(to_daena("And you?")).await.reply.id;
    back(&house, &near).await;
    house.row_has(daenas, MessageState::Complete).await;
    for reply in &waiting {
        let story = house.story(reply.session_id).await;
        let again = story.iter().filter(|it| *it == "chat.reply.deferred").count();
        assert_eq!(again, 1, "it waits, and is not tried again and again: {story:?}");
    }
    back(&house, &far).await;
    for reply in waiting {
        house.row_has(reply.id, MessageState::Complete).await;
    }
}
