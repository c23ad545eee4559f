//! How what waited for the brain is answered.

use crate::house::{House, Plan, ollama, openai, slug_of, to_agent, to_daena};
use chat_service::domain::{MessageId, MessageState};
use chat_service::{ChatError, ChatService, GatewaySettings, Provider, ScriptedModel, SendMessage};
use company_service::{AgentEdit, Company};
use std::sync::Arc;
use std::time::Duration;
use testkit::{DEADLINE, ModelCard, ModelServer, Script, wait_until};

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

#[tokio::test]
async fn what_has_waited_goes_on_waiting_while_the_brain_takes_questions_and_answers_none() {
    let server = ModelServer::start(Script::default()).await;
    let gateway =
        GatewaySettings { first_token_timeout: Duration::from_millis(20), ..Plan::default().gateway };
    let house = House::planned(ollama(&server), Plan { gateway, ..Plan::default() }).await;
    let ids = waiting(&house, &server, &["one", "two"]).await;
    server.set(Script { hold_after: Some(0), ..Script::default() });
    back(&house, &server).await;
    let session = house.message(ids[0]).await.session_id;
    let tried = async || {
        let story = house.story(session).await;
        let kept = story.iter().filter(|it| *it == "chat.reply.deferred").count();
        assert!(!story.iter().any(|it| it == "chat.reply.failed"), "{story:?}");
        (kept > 1).then_some(())
    };
    wait_until("a question in vain", DEADLINE, tried).await;
    server.set(Script::default());
    for id in ids {
        house.chat.probe_brain().await.unwrap();
        house.row_has(id, MessageState::Complete).await;
    }
}

#[tokio::test]
async fn a_server_that_lists_no_models_answers_what_has_waited_for_one_by_name() {
    let model = ScriptedModel::saying("Here.");
    let house = House::new(model.clone()).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let message = SendMessage { model: Some("unlisted".into()), ..to_daena("one") };
    let reply = house.send(message).await.reply.id;
    assert_eq!(house.row(reply).await.unwrap().state, MessageState::Deferred);
    let server = ModelServer::start(Script { models: Vec::new(), ..Script::default() }).await;
    let house = house.restart(openai(&server)).await;
    house.chat.probe_brain().await.unwrap();
    // It has no such model either, and says so: it was asked.
    house.row_is(reply, "it to be asked", |row| row.state.as_str() == "failed").await;
}

#[tokio::test]
async fn what_waits_for_a_paused_agent_is_neither_made_nor_made_again_until_it_is_resumed() {
    const ATLAS: &str = "engineering-atlas";
    let model = ScriptedModel::saying("Here.");
    let house = House::staffed(model.clone()).await;
    let company = Company::new(house.chat.clone());
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let (waits, stopped) =
        (house.send(to_agent(ATLAS, "two")).await, house.send(to_agent(ATLAS, "three")).await);
    house.chat.stop(stopped.reply.id).await.unwrap();
    company.pause_agent(slug_of(ATLAS)).await.unwrap();
    model.set_online(true);
    let daenas = house.send(to_daena("And you?")).await.reply.id;
    house.chat.probe_brain().await.unwrap();
    house.row_has(daenas, MessageState::Complete).await;
    assert_eq!(house.row(waits.reply.id).await.unwrap().state, MessageState::Deferred);
    let again = house.chat.retry(stopped.reply.id).await;
    assert!(matches!(again, Err(ChatError::Forbidden { .. })), "{again:?}");
    company.resume_agent(slug_of(ATLAS)).await.unwrap();
    house.row_has(waits.reply.id, MessageState::Complete).await;
    house.chat.retry(stopped.reply.id).await.unwrap();
    house.row_has(stopped.reply.id, MessageState::Complete).await;
}
