//! Debates that are interrupted: by the brain going away, by a restart, by a crash.

use super::house::{House, but, civil, civil_server, debate, said};
use chat_service::{Item, Subscribe};
use company_service::{DebateLimits, NewDebate};
use domain::{DebateStatus, MessageState};
use std::time::Duration;
use testkit::{ModelServer, Script};

const ALL: [&str; 7] =
    ["Founder", "The Oracle", "The Macro", "The Quant", "The Venture", "The Crypto", "Daena"];

/// Everybody spoke once, whole, and in order.
fn whole(record: &company_service::DebateRecord) {
    let names: Vec<&str> = said(&record.messages).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ALL);
    assert!(record.messages.iter().all(|message| message.state == MessageState::Complete));
}

/// All are civil, and one of them is held after its first word.
fn held_at(name: &'static str) -> Script {
    but(move |speaker| (speaker == name).then(|| Script { hold_after: Some(1), ..Script::by(civil) }))
}

#[tokio::test]
async fn asked_for_offline_a_debate_waits_and_is_held_when_the_brain_returns() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    server.stop().await;
    house.chat.probe_brain().await.unwrap();
    let id = house.start(debate("Sell the house?")).await;
    assert_eq!(house.record(id).await.debate.status, DebateStatus::Deferred);
    house.company.join_debate(id, "Take your time.".into()).await.unwrap();
    server.restart().await;
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(said(&record.messages)[1], ("Founder", "Take your time."));
    assert_eq!(record.messages.len(), 8);
    assert!(synthesis.absent.is_empty(), "{synthesis:?}");
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_brain_that_goes_away_in_the_middle_is_waited_for_and_nobody_is_skipped() {
    let server = ModelServer::start(held_at("The Quant")).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house
        .until(id, "the third to speak", |record| {
            record.messages.len() == 4 && !record.messages[3].content.is_empty()
        })
        .await;
    server.stop().await;
    let waiting = house.until_status(id, DebateStatus::Deferred).await;
    assert_eq!(waiting.messages[3].state, MessageState::Interrupted);
    server.set(Script::by(civil));
    server.restart().await;
    let (record, synthesis) = house.synthesized(id).await;
    whole(&record);
    assert!(synthesis.absent.is_empty(), "{synthesis:?}");
    assert_eq!(record.messages[3].id, waiting.messages[3].id, "it is said again in its place");
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_an_utterance_goes_on_with_it() {
    let server = ModelServer::start(held_at("The Macro")).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house
        .until(id, "the second to speak", |record| {
            record.messages.len() == 3 && !record.messages[2].content.is_empty()
        })
        .await;
    let house = house.restart(&server).await;
    server.set(Script::by(civil));
    server.release();
    let (record, synthesis) = house.synthesized(id).await;
    whole(&record);
    assert!(synthesis.absent.is_empty());
    let messages = house.story(id).await.iter().filter(|name| *name == "council.debate.message").count();
    assert_eq!(messages, 5);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_crash_at_any_utterance_loses_nothing_and_nobody_speaks_twice() {
    for (place, name) in ALL.iter().enumerate().skip(1) {
        let server = ModelServer::start(held_at(name)).await;
        let house = House::new(&server).await;
        let id = house.start(debate("Sell the house?")).await;
        house.until(id, "the utterance", |record| record.messages.len() == place + 1).await;
        let civil = civil_server().await;
        let after = house.after_a_crash(&civil).await;
        let (record, synthesis) = after.synthesized(id).await;
        whole(&record);
        assert!(synthesis.absent.is_empty());
        assert_eq!(civil.chats().len(), ALL.len() - place, "only what was missing was asked, from {name} on");
        after.chat.shutdown().await;
        house.chat.shutdown().await;
    }
}

#[tokio::test]
async fn a_restart_between_two_rounds_goes_on_in_the_second() {
    let server = ModelServer::start(Script::by(civil)).await;
    let house = House::new(&server).await;
    let id = house.start(NewDebate { rounds: Some(2), ..debate("Sell the house?") }).await;
    house.until(id, "the second round", |record| record.debate.round == 2).await;
    let house = house.restart(&server).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(record.messages.len(), 1 + 10 + 1);
    assert!(synthesis.absent.is_empty());
    house.chat.shutdown().await;
}

#[tokio::test]
async fn during_maintenance_debates_stay_as_they_are_and_lose_no_time() {
    let server = ModelServer::start(held_at("The Oracle")).await;
    let house = House::with_limits(&server, DebateLimits { at_once: 1, ..DebateLimits::default() }).await;
    let new = || NewDebate { deadline_s: Some(20), ..debate("Sell the house?") };
    let (running, waiting) = (house.start(new()).await, house.start(new()).await);
    house
        .until(running, "the first to speak", |record| {
            record.messages.len() == 2 && !record.messages[1].content.is_empty()
        })
        .await;
    let before = (house.record(running).await.debate, house.record(waiting).await.debate);
    house.company.maintain("a new disk").await.unwrap();
    let mut events = house.chat.bus().subscribe(Subscribe::from_now());
    server.set(Script::by(civil));
    server.release();
    // A reply in the making finishes. Nothing comes after it, though its debate's place is free meanwhile.
    let mut told = Vec::new();
    let quiet = Duration::from_millis(1500);
    while let Ok(item) = tokio::time::timeout(quiet, events.next()).await {
        if let Item::Event(event) = item.unwrap() {
            told.push(event.event().event_type.to_string());
        }
    }
    assert_eq!(told, ["chat.message"]);
    let now = (house.record(running).await.debate, house.record(waiting).await.debate);
    assert_eq!(now, before);
    house.company.end_maintenance().await.unwrap();
    for id in [running, waiting] {
        let (record, synthesis) = house.synthesized(id).await;
        whole(&record);
        assert!(synthesis.absent.is_empty(), "{synthesis:?}");
        assert!(record.debate.time_left_ms > 18_000, "{} ms are left of 20 s", record.debate.time_left_ms);
    }
    house.chat.shutdown().await;
}
